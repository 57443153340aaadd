"""What keeps an issued badge from its student, in a sentence: for the student, or for who administers it."""

from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from badges.delivery.claims import ON_ITS_WAY
from badges.delivery.standstills import standstill_of
from badges.models import IssuedBadge
from operation.templatetags.display import DAY

Standing = IssuedBadge.Standing


def held_back(issued: IssuedBadge, *, is_own: bool) -> str:
    """Nothing where the student simply has it. `is_own` leaves out what a provider said. Reads the provider."""
    match issued.standing:
        case Standing.REVOKED:
            return _("The badge was revoked on %(day)s.") % {"day": _day(issued.revoked_at)}
        case Standing.EXPIRED:
            return _("The badge expired on %(day)s.") % {"day": _day(issued.expires_at)}
        case Standing.NOT_ISSUED:
            return _not_issued(issued, is_own=is_own)
        case Standing.REJECTED:
            return _("You rejected the badge.") if is_own else _("The student rejected the badge.")
        case _:
            return _not_there_yet(issued, is_own=is_own)


def _not_issued(issued: IssuedBadge, *, is_own: bool) -> str:
    if is_own:
        return _("The badge could not be issued. Ask an administrator.")
    return _("The badge was not issued: %(reason)s. Retry it.") % {"reason": issued.failure_message.removesuffix(".")}


def _not_there_yet(issued: IssuedBadge, *, is_own: bool) -> str:
    if issued.delivery in ON_ITS_WAY:
        stuck = standstill_of(issued)
        return _("The badge waits: %(reason)s") % {"reason": stuck.words} if stuck else _("The badge is on its way.")
    if issued.delivery == IssuedBadge.Delivery.FAILED:
        return _("The badge provider gave no answer. An administrator has to look whether the badge is there.")
    if issued.status == IssuedBadge.Status.PENDING:
        return (
            _("The badge waits for you to accept it.") if is_own else _("The badge waits for the student to accept it.")
        )
    return ""


def _day(moment: datetime | None) -> str:
    return formats.date_format(timezone.localtime(moment), DAY)
