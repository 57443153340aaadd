"""The students of a class by the badges of its course: of each pair whether it is ready, can be given, is held, or is refused
and why.

What may be issued is not decided here: badges.issuing.preflight says it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from badges.issuing import preflight
from badges.issuing.deciding import ALREADY_HELD, NOT_DELIVERED, REJECTED, TOLD_LATELY
from badges.issuing.reports import LEFT_OUT, Refusal
from badges.models import Badge, IssuanceItem, Via
from classes import rosters
from classes.course_badges import awards_of
from classes.models import Class, Enrollment
from classes.repairs import Key, repairs_of
from organizations.models import User

# How many badges a page begins with, and how many it shows at most; so many cells, and lines, at a time.
FIRST_COLUMNS, MOST_COLUMNS = 6, 40
CELLS, MOST_LINES, FEWEST_LINES = 1_000, 100, 25

_SHORT: Mapping[str, str | Promise] = {
    ALREADY_HELD: _("Held"),
    NOT_DELIVERED: _("Not delivered"),
    REJECTED: _("Rejected"),
    TOLD_LATELY: _("Told recently"),
    "account_closed": _("Account closed"),
    "bad_email": _("Invalid e-mail"),
    "manual_issuance_off": _("Not by hand"),
    "no_email": _("No e-mail"),
    "no_name": _("Name missing"),
    "no_template": _("No template"),
    "not_enrolled": _("Not enrolled"),
    "provider_disabled": _("Provider off"),
}


@dataclass(frozen=True)
class Ticks:
    """What was ticked (`given`) where these badges were `seen`. What is proposed counts for other badges, and once more for
    the students of whom the completion was just changed (`renewed`), or who were just `selected`, Complete or not.
    """

    given: Collection[Key] = ()
    seen: Collection[int] = ()
    renewed: Collection[int] = ()
    selected: Collection[int] = ()

    def follows_proposal(self, key: Key, *, is_proposed: bool) -> bool:
        """Whether what is proposed decides, and not what was ticked."""
        badge, student = key
        return badge not in self.seen or (is_proposed and (student in self.renewed or student in self.selected))


@dataclass(frozen=True)
class Cell:
    """A badge and a student. It can be given where there is no `refusal`, and is ready if the student is Complete as well;
    `repair` is the address where a refusal can be mended.
    """

    badge: Badge
    student: User
    is_complete: bool = False
    refusal: Refusal | None = None
    repair: str = ""
    comes: bool = False
    is_proposed: bool = False
    is_ticked: bool = False

    @property
    def key(self) -> Key:
        """The pair."""
        return self.badge.pk, self.student.pk

    @property
    def value(self) -> str:
        """How a form names the pair."""
        return f"{self.badge.pk}-{self.student.pk}"

    @property
    def is_ready(self) -> bool:
        """Whether the student has earned it: who is not Complete may be given it, one by one."""
        return self.refusal is None and self.is_complete

    @property
    def is_held(self) -> bool:
        """Whether the student has the badge."""
        return self.refusal is not None and self.refusal.code == ALREADY_HELD

    @property
    def short(self) -> str:
        """The reason in a word or two."""
        return str(_SHORT.get(self.refusal.code, self.refusal.code)) if self.refusal else ""


@dataclass(frozen=True)
class Column:
    """A badge and how many of the students shown are `ready` for it, and of these `ticked`; `can_be_given`: to somebody.

    `is_of_course`: proposed to who completes the class.
    """

    badge: Badge
    is_of_course: bool
    can_be_given: bool
    ready: int
    ticked: int
    comes: int

    @property
    def is_ticked(self) -> bool:
        """Whether everybody who is ready is ticked."""
        return 0 < self.ready == self.ticked


@dataclass(frozen=True)
class Row:
    """A line of the roster and its cells."""

    line: Enrollment
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Reason:
    """Why a student cannot get these badges, and where that can be mended."""

    student: User
    badges: Sequence[Badge]
    message: str
    repair: str


@dataclass(frozen=True)
class Matrix:
    """What a page shows."""

    columns: Sequence[Column]
    rows: Sequence[Row]

    @property
    def cells(self) -> list[Cell]:
        """All of them."""
        return [cell for row in self.rows for cell in row.cells]

    @property
    def ready(self) -> int:
        """How many pairs are ready."""
        return sum(cell.is_ready for cell in self.cells)

    @property
    def can_be_given(self) -> bool:
        """Whether any pair can be issued, ready or not."""
        return any(cell.refusal is None for cell in self.cells)

    @property
    def refused(self) -> list[Cell]:
        """Those that cannot be issued and are not held."""
        return [cell for cell in self.cells if cell.refusal is not None and not cell.is_held]

    @property
    def reasons(self) -> list[Reason]:
        """The same for people to read: a student's badges that are refused for one reason are told once."""
        alike: dict[tuple[int, str, str], list[Cell]] = defaultdict(list)
        for cell in self.refused:
            assert cell.refusal is not None, "refused has no other cells"
            alike[cell.student.pk, cell.refusal.message, cell.repair].append(cell)
        return [
            Reason(cells[0].student, [cell.badge for cell in cells], message, repair)
            for (_student, message, repair), cells in alike.items()
        ]

    def left_out(self, given: Collection[Key], chosen: Collection[int]) -> dict[Key, Refusal]:
        """By pair, why it is not among the `given`, where nobody has decided that: of the badges that were `chosen`, those of
        the course, and those that anybody is given.
        """
        told = {badge for badge, _student in given}.union(chosen, (c.badge.pk for c in self.columns if c.is_of_course))
        found = {}
        for row in self.rows:
            for cell in row.cells:
                is_told = cell.badge.pk in told and cell.key not in given
                if is_told and (refusal := cell.refusal or _unasked(row.line, cell)) is not None:
                    found[cell.key] = refusal
        return found

    @property
    def ticked(self) -> list[Cell]:
        """Those that the button issues."""
        return [cell for cell in self.cells if cell.is_ticked]

    @property
    def receiving(self) -> int:
        """How many students it issues something to."""
        return len({cell.student.pk for cell in self.ticked})


def lines_at_a_time(columns: int) -> int:
    """How many lines a page draws beside so many badges."""
    return max(FEWEST_LINES, min(MOST_LINES, CELLS // max(1, columns)))


def badges_of(klass: Class, chosen: Sequence[int]) -> list[Badge]:
    """The badges that the page has: those that somebody chose, or the first of the course.

    Of the course are those associated with it, then those that achievements give for it, then those issued from this class
    before. One query, and those of the achievements.
    """
    offered = rosters.offered_badges(klass)
    if chosen:
        found = offered.in_bulk(chosen[:MOST_COLUMNS])
        return [found[pk] for pk in chosen if pk in found]
    awarded = Q(pk__in=[0, *awards_of(klass.course, ())])  # an empty list cannot be ordered by
    asked = IssuanceItem.objects.exclude(LEFT_OUT)
    before = asked.filter(batch__via=Via.ROSTER, batch__source_id=klass.pk).values("badge_id")
    of_course: Any = offered.alias(is_awarded=awarded).filter(Q(is_of_course=True) | awarded | Q(pk__in=before))
    return list(of_course.order_by("-is_of_course", "-is_awarded", "name", "pk")[:FIRST_COLUMNS])


def matrix_of(
    klass: Class, user: User, badges: Sequence[Badge], lines: Sequence[Enrollment], ticks: Ticks | None = None
) -> Matrix:
    """The page: what the `ticks` say is ticked, otherwise what is proposed. The number of queries is the same for any size.

    A badge of the course is proposed to who is Complete, unless it comes automatically. Lines have their students and these
    their organization; badges come from `badges_of`.
    """
    students = [line.student for line in lines]
    refused = preflight(badges, students, rosters.refusals(klass, user, students)) if badges and students else {}
    comes_to = awards_of(klass.course, students) if badges else {}
    repairs = repairs_of(refused, badges, user)
    rows = []
    for line in lines:
        cells = []
        for badge in badges:
            key = badge.pk, line.student_id
            refusal = refused.get(key)
            comes = line.student_id in comes_to.get(badge.pk, ())
            is_proposed = bool(getattr(badge, "is_of_course", False)) and not comes
            is_selected = ticks is not None and line.student_id in ticks.selected
            is_asked = is_proposed and (is_selected or line.is_complete)
            follows = ticks is None or ticks.follows_proposal(key, is_proposed=is_proposed)
            is_ticked = is_asked if ticks is None or follows else key in ticks.given
            cells.append(
                Cell(
                    badge=badge,
                    student=line.student,
                    is_complete=line.is_complete,
                    refusal=refusal,
                    repair=repairs.get(key, ""),
                    comes=comes,
                    is_proposed=is_proposed,
                    is_ticked=is_ticked and refusal is None,
                )
            )
        rows.append(Row(line, cells))
    return Matrix([_column(badge, rows, place) for place, badge in enumerate(badges)], rows)


def eligible(klass: Class, user: User) -> set[int]:
    """The ids of the students whom the page would propose a badge of the course that they do not have, all pages together.

    The number of queries is the same for any size.
    """
    offered: Any = rosters.offered_badges(klass)
    badges = list(offered.filter(is_of_course=True)[:MOST_COLUMNS])
    complete = rosters.lines(klass, user).enrolled().filter(completion_status=Enrollment.Completion.COMPLETE)
    students = [line.student for line in complete] if badges else []
    if not students:
        return set()
    ids = {student.pk for student in students}
    left_out = defaultdict(set, {badge: set(comes_to) for badge, comes_to in awards_of(klass.course, students).items()})
    for badge_id, student_id in preflight(badges, students):
        left_out[badge_id].add(student_id)
    return set().union(*(ids - left_out[badge.pk] for badge in badges))


def _unasked(line: Enrollment, cell: Cell) -> Refusal | None:
    """Why a pair that could be issued is not proposed; None where it is for a person to say."""
    if not line.is_complete:
        words = gettext("The student has not completed this class: %(status)s.")
        return Refusal("not_complete", words % {"status": line.get_completion_status_display()})
    return Refusal("automatic", gettext("An achievement gives this badge automatically.")) if cell.comes else None


def _column(badge: Badge, rows: Iterable[Row], place: int) -> Column:
    cells = [row.cells[place] for row in rows]
    return Column(
        badge=badge,
        is_of_course=bool(getattr(badge, "is_of_course", False)),
        can_be_given=any(cell.refusal is None for cell in cells),
        ready=sum(cell.is_ready for cell in cells),
        ticked=sum(cell.is_ready and cell.is_ticked for cell in cells),
        comes=sum(cell.comes and cell.refusal is None for cell in cells),
    )
