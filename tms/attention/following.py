"""Follows what was retried on Needs attention, until its providers have answered or it is no longer worth waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import ngettext

from badges.held.acting import retriable_by
from badges.models import ON_ITS_WAY, IssuedBadge
from badges.pages.views.words import going_again
from listing.chosen import is_id, numbers
from organizations.models import User

# So many badges an address names. Of more, the page says only that they are on their way.
MOST = 100
# The page looks so many times, every two seconds: what has no answer by then is tried again later, by itself.
LOOKS = 45


@dataclass(frozen=True)
class Followed:
    """Where the badges stand that were retried, after so many looks."""

    ids: Sequence[int]
    looks: int
    on_its_way: int
    delivered: int
    failed: int

    @property
    def is_over(self) -> bool:
        """Whether the page need not look again."""
        return not self.on_its_way or self.looks >= LOOKS

    @property
    def words(self) -> str:
        """What became of them."""
        on_its_way = going_again(self.on_its_way)
        delivered = ngettext("%(count)s badge was delivered.", "%(count)s badges were delivered.", self.delivered)
        failed = ngettext("%(count)s badge failed again.", "%(count)s badges failed again.", self.failed)
        said = [(failed, self.failed), (delivered, self.delivered), (on_its_way, self.on_its_way)]
        return " ".join(words % {"count": localize(count)} for words, count in said if count)

    @property
    def address(self) -> str:
        """What the page asks for when it looks again."""
        return address_after(self.ids, looks=self.looks + 1)

    @property
    def page(self) -> str:
        """The page that begins to look anew."""
        return address_after(self.ids)


def address_after(ids: Sequence[int], *, looks: int = 0) -> str:
    """The page that follows these badges; the page alone where they are none, or too many."""
    page = reverse("attention")
    if not 0 < len(ids) <= MOST:
        return page
    query = {"retried": ",".join(map(str, sorted(ids)))} | ({"looks": looks} if looks else {})
    return f"{page}?{urlencode(query, safe=',')}"


def followed(retried: str, looks: str, user: User) -> Followed | None:
    """What the address asks to follow, of what the user may retry; None where that is nothing. At most one query of rows."""
    ids = numbers([retried])[:MOST]
    if not ids:
        return None
    of = IssuedBadge.Delivery
    counts = (
        retriable_by(user)
        .filter(pk__in=ids)
        .aggregate(
            on_its_way=Count("pk", filter=Q(delivery__in=ON_ITS_WAY)),
            delivered=Count("pk", filter=Q(delivery=of.DELIVERED, failure_code="")),
            failed=Count("pk", filter=Q(delivery=of.FAILED) | (Q(delivery=of.DELIVERED) & ~Q(failure_code=""))),
        )
    )
    if not any(counts.values()):
        return None
    return Followed(ids, min(int(looks), LOOKS) if is_id(looks) else 0, **counts)
