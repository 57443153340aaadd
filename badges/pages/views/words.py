"""Sentences that several pages of issued badges say."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from badges.held.undoing import Sent, Undone
from badges.issuing.reports import Failure
from badges.models import IssuedBadge
from listing.narrowing import LONGEST_SEARCH

# Of each reason, so many are named: a message is read, and travels with the session.
NAMED = 20


def going_again(count: int, *, show: Collection[int] = ()) -> str:
    """After a retry; with a link to the issued badges to `show`, for a list that does not hold them any more."""
    words = ngettext(
        "%(count)s badge is on its way to its provider again.",
        "%(count)s badges are on their way to their providers again.",
        count,
    ) % {"count": localize(count)}
    if not show:
        return words
    address = list_of(show, otherwise=IssuedBadge.Standing.ISSUED)
    return format_html('{} <a href="{}">{}</a>', words, address, ngettext("Show it", "Show them", count))


def undone_in_words(done: Undone, *, again: str = "") -> str:
    """After an undo: what it took back, what had left before, and a link to where it was chosen, if `again` names that."""
    if not done.undone:
        return _("Too late to undo: nothing of this issuance is left to take back.")
    words = _what_was_undone(done)
    return format_html('{} <a href="{}">{}</a>', words, again, _("Change it and issue again")) if again else words


def _what_was_undone(done: Undone) -> str:
    said = ngettext("%(count)s badge was undone.", "%(count)s badges were undone.", done.undone)
    said %= {"count": localize(done.undone)}
    if not done.left:
        return _("%(undone)s Nothing was sent, and no one was told.") % {"undone": said}
    left = ngettext("%(count)s had already left.", "%(count)s had already left.", done.left)
    return f"{said} {left % {'count': localize(done.left)}}"


def sent_in_words(done: Sent) -> str:
    """After Send now: what it let go; where that is not all, also what had left before and what was undone."""
    if not done.sent and not done.undone:
        return _("Nothing was waiting to be sent.")
    sent = ngettext("%(count)s badge is on its way.", "%(count)s badges are on their way.", done.sent)
    left = ngettext("%(count)s had already left.", "%(count)s had already left.", done.left)
    undone = ngettext(
        "%(count)s badge was undone, so it was not sent.",
        "%(count)s badges were undone, so they were not sent.",
        done.undone,
    )
    said = [(sent, done.sent), (left, done.left), (undone, done.undone)]
    return " ".join(words % {"count": localize(count)} for words, count in said if count)


def list_of(ids: Iterable[int], *, otherwise: IssuedBadge.Standing) -> str:
    """The address of Find Issued Badges with these alone; more than its filter takes are found among all that stand so."""
    words = ",".join(map(str, sorted(ids)))
    query = f"ids={words}" if len(words) <= LONGEST_SEARCH else f"status={otherwise}"
    return f"{reverse('badges:issued')}?{query}"


def not_going_again(left: Sequence[Failure]) -> list[str]:
    """A sentence for each reason why a retry left badges as they were, with those whom it concerns."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for failure in left:
        by_reason[failure.refusal.message].append(f"{failure.pair.badge} – {failure.pair.student}")
    said = _("Not retried: %(badges)s. %(reason)s")
    return [said % {"badges": _some_of(those), "reason": reason} for reason, those in by_reason.items()]


def _some_of(names: Sequence[str]) -> str:
    shown, left = "; ".join(names[:NAMED]), len(names) - NAMED
    if left <= 0:
        return shown
    words = ngettext("%(badges)s; and %(count)s more", "%(badges)s; and %(count)s more", left)
    return words % {"badges": shown, "count": localize(left)}
