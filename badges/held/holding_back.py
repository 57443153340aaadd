"""What keeps an issued badge from its student, in a sentence: for the student, or for who administers it."""

from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from badges.delivery.standstills import standstill_of
from badges.models import IssuedBadge
from operation.templatetags.display import DAY

Standing = IssuedBadge.Standing


def held_back(issued: IssuedBadge, *, is_own: bool) -> str:
    """Nothing where the student simply has it. `is_own` leaves out what a provider said. Reads the provider."""
    match issued.standing:
        case Standing.REVOKED | Standing.EXPIRED:
            return _over(issued)
        case Standing.FAILED:
            return _failed(issued, is_own=is_own)
        case Standing.ISSUED:
            return _on_its_way(issued)
        case Standing.WAITING:
            words = (_("The badge waits for you to accept it."), _("The badge waits for the student to accept it."))
        case Standing.REJECTED:
            words = (_("You rejected the badge."), _("The student rejected the badge."))
        case _:
            words = ("", "")
    return words[0] if is_own else words[1]


def _over(issued: IssuedBadge) -> str:
    if issued.is_revoked:
        return _("The badge was revoked on %(day)s.") % {"day": _day(issued.revoked_at)}
    return _("The badge expired on %(day)s.") % {"day": _day(issued.expires_at)}


def _on_its_way(issued: IssuedBadge) -> str:
    stuck = standstill_of(issued)
    return _("The badge waits: %(reason)s") % {"reason": stuck.words} if stuck else _("The badge is on its way.")


def _failed(issued: IssuedBadge, *, is_own: bool) -> str:
    if not issued.is_unissued:
        return _("The badge provider gave no answer. An administrator has to look whether the badge is there.")
    if is_own:
        return _("The badge could not be issued. Ask an administrator.")
    return _("The badge was not issued: %(reason)s. Retry it.") % {"reason": issued.failure_message.removesuffix(".")}


def _day(moment: datetime | None) -> str:
    return formats.date_format(timezone.localtime(moment), DAY)
