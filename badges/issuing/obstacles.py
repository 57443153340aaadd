"""What keeps a badge from being sent, whatever its provider would say: it is known before the provider is asked (S14)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _

from badges.issuing.reports import Failure, Pair, Refusal
from badges.models import Badge, IssuedBadge, IssuedBadgeQuerySet
from badges.providers.opening import capabilities_of, kinds_that
from organizations.models import User, faults_of_accounts

_HAVE_TEMPLATES = kinds_that(lambda can: can.has_templates)
_NEED_NAMES = kinds_that(lambda can: can.needs_names)
# For statements that join all three: whether the badge could certainly be issued to the person, but for the address.
# Kinds are words of the code.
IS_ISSUABLE = """(
    provider.is_enabled AND person.is_active
    AND (badge.provider_template_id <> '' OR provider.kind <> ALL (string_to_array('{have_templates}', ',')))
    AND ((btrim(person.first_name) <> '' AND btrim(person.last_name) <> '')
        OR provider.kind <> ALL (string_to_array('{need_names}', ','))))""".format(
    have_templates=",".join(_HAVE_TEMPLATES), need_names=",".join(_NEED_NAMES)
)


def faults_of_badges(to: str = "") -> dict[str, Q]:
    """What `obstacles` says of a badge by the same code, of rows with the badge at this path."""
    return {
        "provider_disabled": Q((f"{to}provider__is_enabled", False)),
        "no_template": Q((f"{to}provider__kind__in", _HAVE_TEMPLATES), (f"{to}provider_template_id", "")),
    }


def needs_names(to: str = "") -> Q:
    """Badges, at this path, that go only to people with a first and a last name."""
    return Q((f"{to}provider__kind__in", _NEED_NAMES))


def in_the_way(*, badge: str = "badge__", student: str = "student__") -> dict[str, Q]:
    """All that `obstacles` says, by code, of rows with a badge and a student at these paths."""
    of_accounts = faults_of_accounts(student)
    # The kind first: names are only looked at where they are needed.
    of_accounts["no_name"] = needs_names(badge) & of_accounts["no_name"]
    return faults_of_badges(badge) | of_accounts


IN_THE_WAY: Mapping[str, Q] = in_the_way()


def unsendable(to: str = "") -> Q:
    """What delivery would refuse once more without asking anybody, of rows with a badge, a student, and the issued badge at
    this path; of one that was sent before it asks.
    """
    is_unsent = Q((f"{to}sent_at__isnull", True)) | Q((f"{to}failure_code", "no_answer"))
    is_in_the_way = IN_THE_WAY["account_closed"] | IN_THE_WAY["no_template"]
    return Q((f"{to}revoked_at__isnull", True)) & is_unsent & is_in_the_way


UNSENDABLE = unsendable()


@dataclass(frozen=True)
class RecipientAccount:
    """What of a student's account decides whether anything can be sent to it."""

    email: str
    first_name: str
    last_name: str
    is_active: bool

    @classmethod
    def of(cls, student: User) -> "RecipientAccount":
        """As it was read."""
        return cls(student.email, student.first_name, student.last_name, student.is_active)


def obstacles(badge: Badge, account: RecipientAccount) -> Iterator[Refusal]:
    """Everything that keeps the badge from the account. Reads the badge's provider."""
    capabilities = capabilities_of(badge.provider)
    if not badge.provider.is_enabled:
        words = _("The badge provider %(provider)s is switched off.")
        yield Refusal("provider_disabled", words % {"provider": badge.provider.name})
    if capabilities.has_templates and not badge.provider_template_id:
        yield Refusal("no_template", _("The badge has no badge provider template id. An administrator can enter it."))
    if not account.is_active:
        yield closed_account()
    if capabilities.needs_names and not (account.first_name.strip() and account.last_name.strip()):
        words = _("The badge provider %(provider)s needs a first and a last name. The account lacks one.")
        yield Refusal("no_name", words % {"provider": badge.provider.name})
    if (refusal := _refusal_of_address(account.email)) is not None:
        yield refusal


def closed_account() -> Refusal:
    """Nothing is sent to a closed account."""
    return Refusal("account_closed", _("The student's account is closed. An administrator can open it again."))


def together(refusals: Iterable[Refusal]) -> Refusal | None:
    """All reasons in one, under the first one's code; None without any."""
    found = list(refusals)
    return Refusal(found[0].code, " ".join(one.message for one in found)) if found else None


def not_retriable(rows: IssuedBadgeQuerySet) -> list[Failure]:
    """Those of the failed rows that a retry leaves as they are, each with what has to be mended first. One query."""
    left = rows.filter(UNSENDABLE, delivery=IssuedBadge.Delivery.FAILED).select_related("badge__provider", "student")
    return [
        Failure(Pair(row.badge, row.student), refusal)
        for row in left.order_by("pk")
        if (refusal := in_the_way_of(row)) is not None
    ]


def in_the_way_of(row: IssuedBadge) -> Refusal | None:
    """What would keep the issued badge back if it were sent now. Reads its badge's provider and its student."""
    return together(obstacles(row.badge, RecipientAccount.of(row.student)))


def _refusal_of_address(email: str) -> Refusal | None:
    """A badge needs an address to go to."""
    if not email:
        return Refusal("no_email", _("The student's account has no e-mail address."))
    try:
        validate_email(email)
    except ValidationError:
        return Refusal("bad_email", _("The student's e-mail address is not valid."))
    return None
