"""The Verify button's answer: what is looked at when somebody doubts a badge, a line for each check."""

from dataclasses import dataclass
from datetime import datetime

from badges.models import Credential, IssuedBadge
from badges.openbadges.credentials import up_to_date
from badges.openbadges.verifying import verify
from badges.secrets import UnreadableSecretError


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and whether it is as it should be."""

    is_good: bool
    words: str


def checks_of(issued: IssuedBadge, *, at: datetime) -> list[Check]:
    """Signature, status and dates of the stored credential, checked now; empty while there is none to hand out.

    What the badge's row says of it is not asked: the signed text is judged as anybody outside would.
    """
    document = _handed_out(issued)
    if document is None:
        return []
    found = verify(document, at=at)
    if not found.is_signed:
        return [Check(is_good=False, words=words) for words in found.sentences]
    dates_are_good = not found.is_expired and (found.is_current or found.is_revoked)
    verdicts = [True, not found.is_revoked, dates_are_good]
    return [Check(is_good, words) for is_good, words in zip(verdicts, found.sentences, strict=True)]


def _handed_out(issued: IssuedBadge) -> str | None:
    """What whoever asks for the credential gets."""
    credential = Credential.objects.select_related("issued_badge__student").filter(issued_badge=issued.pk).first()
    if credential is None:
        return None
    try:
        return up_to_date(credential).document
    except UnreadableSecretError:
        return None
