"""The product's own issuer of Open Badges 3.0 as a provider: nothing outside is asked, so nothing can be uncertain."""

import uuid
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from badges.models import BadgeProvider, Credential, IssuedBadge
from badges.openbadges import addresses, credentials, keys
from badges.providers.base import (
    Capabilities,
    Fault,
    FoundBadges,
    Hint,
    Issued,
    IssueOutcome,
    IssueRequest,
    Missing,
    Page,
    Recipient,
    RecipientRefused,
    Refused,
    RemoteBadge,
    RemoteEvent,
    RemoteState,
    RemoteTemplate,
    Revoked,
    RevokeOutcome,
    Unauthorized,
    Verified,
)
from badges.secrets import UnreadableSecretError


class BuiltInIssuer:
    """The issuer of one stored provider. It has no rate to keep: `before_request` is never called."""

    capabilities = Capabilities(revokes=True, refuses_duplicates=True)

    def __init__(
        self, provider: BadgeProvider, *, before_request: Callable[[], None], patience: float | None = None
    ) -> None:
        self.provider = provider

    def verify(self) -> Verified | Missing | Refused | Fault:
        """The keys are there, or are made, and can be read."""
        try:
            signing = keys.in_use(self.provider)
            keys.private_ed25519(signing.ed25519)
            keys.private_rsa(signing.rsa)
        except UnreadableSecretError:
            return _unreadable()
        return Verified(self.provider.name, warnings=tuple(_warnings()))

    def list_templates(self, page: int) -> Page[RemoteTemplate] | Refused | Fault:
        """None: a badge here is all the template there is."""
        return Page(())

    def get_template(self, template_ref: str) -> RemoteTemplate | Missing | Refused | Fault:
        """None."""
        return Missing()

    def issue(self, request: IssueRequest) -> IssueOutcome:
        """Sign the credential of the issued badge that `request_ref` names. Safe to repeat."""
        issued = self._issued().filter(public_id=request.request_ref).first()
        if issued is None:
            return RecipientRefused(_("This issued badge no longer exists."))
        try:
            credential = credentials.sign(issued)
        except UnreadableSecretError:
            return _unreadable()
        return Issued(_remote(issued, credential))

    def find_issued(self, template_ref: str, recipient: Recipient) -> FoundBadges | Refused | Fault:
        """The signed badges of the person. `template_ref` is a badge's `public_id`; another one names nothing here."""
        badge_ref = _uuid(template_ref)
        if badge_ref is None:
            return FoundBadges()
        signed = self._issued().filter(
            badge__public_id=badge_ref, student__earner_id=recipient.earner_ref, credential__isnull=False
        )
        rows = signed.select_related("credential").order_by("-issued_at", "-pk")
        return FoundBadges(tuple(_remote(issued, issued.credential) for issued in rows))

    def revoke(self, external_id: str, reason: str, *, suppresses_letter: bool = False) -> RevokeOutcome:
        """Nothing is left to be done: the published bit is that of the row, which was revoked before this is called."""
        public_id = _uuid(external_id)
        issued = self.provider.issued_badges.filter(public_id=public_id).first() if public_id else None
        if issued is None:
            return Missing()
        return Revoked() if issued.is_revoked else Refused(_("This badge is not revoked here."))

    def changed(self, page: int) -> Page[RemoteBadge] | Refused | Fault:
        """Nothing: what changes here is written to the rows at once."""
        return Page(())

    @staticmethod
    def parse_hint(body: bytes) -> Hint | None:  # noqa: ARG004 - the Protocol's
        """None: there are no webhooks."""
        return None

    def get_event(self, event_id: uuid.UUID) -> RemoteEvent | Missing | Refused | Fault:
        """None."""
        return Missing()

    def close(self) -> None:
        """Nothing was opened."""

    def _issued(self) -> QuerySet[IssuedBadge]:
        return self.provider.issued_badges.select_related("badge", "student", "provider")


def _remote(issued: IssuedBadge, credential: Credential) -> RemoteBadge:
    return RemoteBadge(
        external_id=str(issued.public_id),
        state=RemoteState.REVOKED if issued.is_revoked else RemoteState.ACCEPTED,
        template_ref=str(issued.badge.public_id),
        recipient_email=issued.recipient_email,
        earner_ref=str(issued.student.earner_id),
        public_url=addresses.badge_page(issued),
        expires_at=issued.expires_at,
        changed_at=credential.signed_at,
        created_at=credential.signed_at,
        revocation_reason=issued.revocation_reason,
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _unreadable() -> Unauthorized:
    return Unauthorized(
        _("The issuer's signing key cannot be read: the key that encrypted it is not in ENCRYPTION_KEYS.")
    )


def _warnings() -> Iterator[str]:
    if not settings.PUBLIC_URL.startswith("https://"):
        yield _("PUBLIC_URL is not https: others cannot check what is signed here.")
