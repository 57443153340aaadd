"""What became of the pairs of an issuance: issued, on their way, failed or left out and why, in words and in numbers (N3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from badges.models import Badge, IssuanceBatch, IssuanceItem, IssuanceItemQuerySet, IssuedBadge, undoable
from organizations.models import User
from organizations.telling_apart import tell_apart

Delivery = IssuedBadge.Delivery

# How many lines of a kind the page of an issuance shows at a time.
LINES_SHOWN = 200

_IS_REFUSED = Q(issued_badge__isnull=True)
_IS_REVOKED = Q(issued_badge__revoked_at__isnull=False)
_HAS_FAILED = Q(issued_badge__delivery=Delivery.FAILED) | ~Q(issued_badge__failure_code="")
# Of a pair that was issued and taken back before it left.
UNDONE_CODE = "undone"
# Of a pair that was chosen and not asked for: its message says why.
LEFT_OUT_CODE = "left_out"
# A pair belongs to exactly one of these.
UNDONE = _IS_REFUSED & Q(code=UNDONE_CODE)
LEFT_OUT = _IS_REFUSED & Q(code=LEFT_OUT_CODE)
REVOKED = ~_IS_REFUSED & _IS_REVOKED
FAILED = (_IS_REFUSED & ~Q(code__in=[UNDONE_CODE, LEFT_OUT_CODE])) | (~_IS_REFUSED & ~_IS_REVOKED & _HAS_FAILED)
ISSUED = ~_IS_REFUSED & ~_IS_REVOKED & ~_HAS_FAILED


@dataclass(frozen=True)
class Refusal:
    """Why a pair is not issued: a code for programs and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True)
class Pair:
    """One badge for one student."""

    badge: Badge
    student: User

    @property
    def key(self) -> tuple[int, int]:
        """(badge id, student id): the order in which every writer inserts, so that no two can deadlock."""
        return self.badge.pk, self.student.pk


@dataclass(frozen=True)
class Failure:
    """A pair that was not issued, and why."""

    pair: Pair
    refusal: Refusal

    @property
    def sentence(self) -> str:
        """The line that a failure is shown as (S34)."""
        return _("Badge: %(badge)s was not issued to %(student)s because of this error: %(reason)s") % {
            "badge": self.pair.badge,
            "student": self.pair.student,
            "reason": self.refusal.message,
        }


@dataclass(frozen=True)
class Report:
    """What became of every pair of a batch, in the order of badges and students given.

    Issued is also what its provider has not answered about yet; what the provider refused has failed, in its words. What was
    left out was chosen and never asked for.
    """

    batch: IssuanceBatch
    issued: list[Pair] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    left_out: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class GridLine:
    """One student before the issuing: the badges that would be refused, each with its reasons, and those that are ready."""

    student: User
    failures: list[Failure]
    ready: list[Badge]

    @property
    def is_ready(self) -> bool:
        """Whether nothing is in the way of any badge."""
        return bool(self.ready) and not self.failures


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is, in pairs. `can_retry` of the failed ones were issued here and refused by their provider; those that
    were `left_out` are not among the `asked`.

    `undoable` of those on their way can still be undone, until `leaves_at`.
    """

    asked: int
    delivered: int
    on_its_way: int
    failed: int
    revoked: int
    undone: int
    left_out: int
    can_retry: int
    undoable: int = 0
    leaves_at: datetime | None = None

    @property
    def succeeded(self) -> int:
        """The pairs that nothing more has to happen to: no bar is full while one of them waits or has failed."""
        return self.asked - self.on_its_way - self.failed

    @property
    def is_settled(self) -> bool:
        """Whether every provider has answered."""
        return self.on_its_way == 0


@dataclass(frozen=True)
class BatchPage:
    """The page of a batch: its numbers and, of each kind, a page of the pairs; those that failed as Failures."""

    batch: IssuanceBatch
    progress: BatchProgress
    issued: "Lines"
    failed: "Lines"
    revoked: "Lines"
    undone: "Lines"
    left_out: "Lines"


class Lines(Page[Any]):
    """A page of the lines of one kind, which an address calls by its `name`."""

    name = ""

    @property
    def to_previous(self) -> dict[str, int]:
        """What an address says for the page before this one."""
        return {self.name: self.previous_page_number()}

    @property
    def to_next(self) -> dict[str, int]:
        """What an address says for the page after this one."""
        return {self.name: self.next_page_number()}


def failure_of(issued: IssuedBadge) -> Failure | None:
    """Why an issued badge was refused by its provider, or None. Badge and student are to be at hand."""
    if issued.delivery != Delivery.FAILED and not issued.failure_code:
        return None
    return Failure(Pair(issued.badge, issued.student), Refusal(issued.failure_code, issued.failure_message))


def report_of(batch: IssuanceBatch) -> Report:
    """What became of all pairs of a batch by now. One query."""
    report = Report(batch)
    for item in _items(batch):
        failure = _failure(item)
        if failure is not None and item.code == LEFT_OUT_CODE:
            report.left_out.append(failure)
        elif failure is None:
            report.issued.append(Pair(item.badge, item.student))
        else:
            report.failed.append(failure)
    return report


def outcome_of(batch: IssuanceBatch, user: User, pages: Mapping[str, str] | None = None) -> BatchPage:
    """What the batch's page shows to the user: a query for each kind there is and one, however many pairs there are; one more
    for equal names.

    `pages` says which page of "issued", "failed", "revoked", "undone" and "left_out" is wanted, as an address does; the first in
    place of none.
    """
    items = all_lines(batch, user)
    progress = progress_of(items)
    counts = {
        "issued": progress.delivered + progress.on_its_way,
        "failed": progress.failed,
        "revoked": progress.revoked,
        "undone": progress.undone,
        "left_out": progress.left_out,
    }
    kinds = {"issued": ISSUED, "failed": FAILED, "revoked": REVOKED, "undone": UNDONE, "left_out": LEFT_OUT}
    issued, failed, revoked, undone, left_out = (
        _lines(items.filter(kind), name, counts[name], pages or {}) for name, kind in kinds.items()
    )
    shown = [*issued, *failed, *revoked, *undone, *left_out]
    tell_apart([batch.issued_by, *(item.student for item in shown)], user)
    failed.object_list = [failure for item in failed if (failure := _failure(item)) is not None]
    return BatchPage(batch, progress, issued, failed, revoked, undone, left_out)


def _lines(items: IssuanceItemQuerySet, name: str, count: int, pages: Mapping[str, str]) -> Lines:
    """The page that is wanted of items that were counted already, or the nearest there is."""
    paginator = Paginator(items, LINES_SHOWN)
    vars(paginator)["count"] = count
    page = paginator.get_page(pages.get(name))
    found = Lines(list(page.object_list), page.number, paginator)
    found.name = name
    return found


def progress_of(items: QuerySet[IssuanceItem]) -> BatchProgress:
    """How far these pairs of a batch are. One query."""
    counts = items.order_by().aggregate(
        asked=Count("pk", filter=~LEFT_OUT),
        delivered=Count("pk", filter=ISSUED & Q(issued_badge__delivery=Delivery.DELIVERED)),
        on_its_way=Count("pk", filter=ISSUED & ~Q(issued_badge__delivery=Delivery.DELIVERED)),
        failed=Count("pk", filter=FAILED),
        revoked=Count("pk", filter=REVOKED),
        undone=Count("pk", filter=UNDONE),
        left_out=Count("pk", filter=LEFT_OUT),
        undoable=Count("pk", filter=undoable("issued_badge")),
        leaves_at=Max("issued_badge__next_attempt_at", filter=undoable("issued_badge")),
        can_retry=Count("pk", filter=~_IS_REFUSED & ~_IS_REVOKED & Q(issued_badge__delivery=Delivery.FAILED)),
    )
    return BatchProgress(**counts)


def all_lines(batch: IssuanceBatch, user: User) -> IssuanceItemQuerySet:
    """Every pair of the batch whose student may be named to the user, for the page and the export."""
    return _items(batch).visible_to(user)


def reason_of(item: IssuanceItem) -> str:
    """Why the pair failed or was left out, or nothing."""
    failure = _failure(item)
    return failure.refusal.message if failure else ""


def grid(
    badges: Sequence[Badge], students: Sequence[User], refused: Mapping[tuple[int, int], Refusal]
) -> list[GridLine]:
    """What preflight answered, a line for each student, for people to read before they issue (N1)."""
    return [
        GridLine(
            student,
            [
                Failure(Pair(badge, student), refused[badge.pk, student.pk])
                for badge in badges
                if (badge.pk, student.pk) in refused
            ],
            [badge for badge in badges if (badge.pk, student.pk) not in refused],
        )
        for student in students
    ]


def _items(batch: IssuanceBatch) -> IssuanceItemQuerySet:
    items = IssuanceItem.objects.filter(batch=batch)
    return items.select_related("badge", "student", "issued_badge").order_by("pk")


def _failure(item: IssuanceItem) -> Failure | None:
    """Why the pair failed or was left out, or None; what was issued and revoked since has not failed."""
    pair = Pair(item.badge, item.student)
    if item.issued_badge is None:
        return Failure(pair, Refusal(item.code, item.message))
    row = item.issued_badge
    if row.revoked_at is not None or (row.delivery != Delivery.FAILED and not row.failure_code):
        return None
    return Failure(pair, Refusal(row.failure_code, row.failure_message))
