"""Sentences that several pages of issued badges say."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import ngettext

from badges.models import IssuedBadge
from tms.narrowing import LONGEST_SEARCH


def going_again(count: int, *, show: Collection[int] = ()) -> str:
    """After a retry; with a link to the issued badges to `show`, for a list that does not hold them any more."""
    words = ngettext(
        "%(count)d badge is on its way to its provider again.",
        "%(count)d badges are on their way to their providers again.",
        count,
    ) % {"count": count}
    if not show:
        return words
    ids = ",".join(map(str, sorted(show)))
    # More than a filter takes are found among all that are on their way.
    query = f"ids={ids}" if len(ids) <= LONGEST_SEARCH else f"delivery={IssuedBadge.Delivery.PENDING}"
    address = f"{reverse('badges:issued')}?{query}"
    return format_html('{} <a href="{}">{}</a>', words, address, ngettext("Show it", "Show them", count))
