"""What becomes of the badges that were issued: how many took each step, of how many that would be known.

A badge is issued, and brought to its provider. From there on the steps need not follow each other: a badge is shared by
who never opened the letter, and verified by who was shown it on paper. So each is told as a share of the delivered ones.
No provider tells every step. Where our own pages show a badge we know whether the letter was opened, and the badge shared
and verified, but nobody has to accept it; elsewhere we are told of acceptance alone. What no provider of a badge tells is
no 0: it is not known, and such badges are in no share.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from badges.models import KEPT_STEPS, BadgeProvider, IssuedBadge, IssuedBadgeQuerySet, Step, Via
from badges.providers.opening import kinds_that
from badges.public.noting import took

_ALL, _OURS = tuple(BadgeProvider.Kind.values), (str(BadgeProvider.Kind.BUILT_IN),)
_TOLD_BY: dict[Step, Sequence[str]] = {
    Step.ISSUED: _ALL,
    Step.DELIVERED: _ALL,
    **dict.fromkeys(KEPT_STEPS, _OURS),
    # Who tells us afterwards what became of a badge has its students accept it.
    Step.ACCEPTED: kinds_that(lambda can: can.has_webhooks or can.can_be_polled),
}
_TOOK: dict[Step, Any] = {
    Step.ISSUED: Q(),
    Step.DELIVERED: Q(delivered_at__isnull=False),
    Step.ACCEPTED: Q(status=IssuedBadge.Status.ACCEPTED),
    **{step: took(step) for step in KEPT_STEPS},
}


_GROUPED = ("badge", "via", "provider__kind")
# What is told where nobody asks for another time: all of it is read anew each time.
LATELY = timedelta(days=90)


@dataclass(frozen=True)
class Share:
    """How many badges took a step: `count` of the `of` that came so far and whose provider tells. None: none does.

    `issued` are all that were issued through such providers. `url` leads to the list of those that are counted.
    """

    step: Step
    count: int | None
    of: int
    issued: int
    url: str = ""

    @property
    def percent(self) -> int | None:
        """Of a hundred, rounded down; None of nothing."""
        return self.count * 100 // self.of if self.count is not None and self.of else None

    @property
    def width(self) -> int:
        """How long its bar is, of a thousand: beside what was issued."""
        return (self.count or 0) * 1000 // self.issued if self.issued else 0

    @property
    def is_first(self) -> bool:
        """Whether it is what all others are shares of."""
        return self.step == Step.ISSUED


class _Key(NamedTuple):
    """One badge, one way and one kind of provider."""

    badge: int
    via: str
    kind: str


@dataclass(frozen=True)
class _Group:
    """The issued badges of all that."""

    key: _Key
    counts: dict[Step, int]


@dataclass(frozen=True)
class Adoption:
    """What became of some issued badges: of all, of those of each badge, and by each way."""

    groups: list[_Group]

    @property
    def issued(self) -> int:
        """How many there are."""
        return sum(group.counts[Step.ISSUED] for group in self.groups)

    @property
    def all(self) -> list[Share]:
        """The steps of all of them."""
        return _shares(self.groups)

    @property
    def by_badge(self) -> list[tuple[int, list[Share]]]:
        """The steps of each badge, by its id: what was issued most comes first."""
        return sorted(self._by("badge").items(), key=lambda one: (-(one[1][0].count or 0), one[0]))

    @property
    def by_way(self) -> list[tuple[Via, list[Share]]]:
        """The steps by each way in which any was issued."""
        found = self._by("via")
        return [(way, found[way]) for way in Via if way in found]

    def _by(self, name: str) -> dict[Any, list[Share]]:
        parts: dict[Any, list[_Group]] = defaultdict(list)
        for group in self.groups:
            parts[getattr(group.key, name)].append(group)
        return {key: _shares(groups) for key, groups in parts.items()}


def lately(at: datetime) -> date:
    """The first of the last 90 days, of which this one is the last, in the person's time zone."""
    return timezone.localdate(at) - LATELY + timedelta(days=1)


def counted(rows: IssuedBadgeQuerySet) -> IssuedBadgeQuerySet:
    """Of these, the ones that adoption is told of: neither revoked, since a badge issued again counts once, nor undoable."""
    return rows.unrevoked().beyond_undo()


def that_took(rows: IssuedBadgeQuerySet, step: Step) -> IssuedBadgeQuerySet:
    """Of these, the ones that a step's number counts."""
    return counted(rows).filter(_TOOK[step], provider__kind__in=_TOLD_BY[step])


def adoption_of(rows: QuerySet[IssuedBadge]) -> Adoption:
    """What became of these rows of `counted`. Two queries, whose answers are bounded by badges, not by what was issued.

    The kept moments are joined once for all: to ask for each row which of them it has took twice as long.
    """
    rows = rows.order_by()
    own = {step: Count("pk", filter=_TOOK[step]) for step in Step if step not in KEPT_STEPS}
    found = rows.values_list(*_GROUPED).annotate(**{f"n_{step}": count for step, count in own.items()})
    counts = {_Key(*line[:3]): dict(zip(own, line[3:], strict=True)) for line in found}
    kept = rows.filter(step_moments__isnull=False).values_list(*_GROUPED, "step_moments__step").annotate(n=Count("pk"))
    for badge, via, kind, step, n in kept:
        # A group that is new since the first query waits for the next look.
        if of_group := counts.get(_Key(badge, via, kind)):
            of_group[Step(step)] = n
    return Adoption([_Group(key, dict.fromkeys(KEPT_STEPS, 0) | n) for key, n in counts.items()])


def _shares(groups: Iterable[_Group]) -> list[Share]:
    return [_share(step, [group for group in groups if group.key.kind in _TOLD_BY[step]]) for step in Step]


def _share(step: Step, told: list[_Group]) -> Share:
    def total(of: Step) -> int:
        return sum(group.counts[of] for group in told)

    before = Step.ISSUED if step == Step.DELIVERED else Step.DELIVERED
    return Share(step, total(step) if told else None, total(before), total(Step.ISSUED))
