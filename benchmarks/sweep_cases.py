"""Achievements of mixed kinds, each with the SQL that a person would write.

That SQL is the floor of the sweep's time, and an independent answer to compare its earners with. It knows what a person
knows who looks at the data: which organizations take part, and which courses count for outsiders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from achievements.models import Achievement
from courses.models import Course, CourseTag, Lab
from organizations.models import Organization

type Conditions = list[dict[str, object]]

ZONE = "America/Denver"


@dataclass(frozen=True)
class Case:
    """An achievement, and its earners as SQL, written as a person would, with places for {records} and {earned}.

    `earners` (user_id, nth, earned_at) are those who meet the conditions. `proven` (with records, earned and due_at) are
    the same with the ids of what counted for each and when it was recorded, found in the same search, as the product's
    rows say. Those that follow others name {earned}; a single statement cannot see what it adds there itself.
    """

    name: str
    conditions: Conditions
    earners: str
    proven: str
    is_global: bool = False
    frequency: int = 1
    frequency_type: str = Achievement.FrequencyType.PER_USER
    points: int = 10
    achievement: Achievement | None = None

    @property
    def depends_on_others(self) -> bool:
        """Whether it is earned by earning others."""
        return "{earned}" in self.earners

    @property
    def is_limited(self) -> bool:
        """Whether students compete for it."""
        return self.frequency_type != Achievement.FrequencyType.PER_USER

    def sql(self, *, records: str = "courses_trainingrecord", earned: str = "floor_earned", bare: bool = False) -> str:
        """The SELECT of the proven or, `bare`, of the earners alone."""
        return (self.earners if bare else self.proven).format(records=records, earned=earned)


class Mix:
    """Draws achievements, evenly over what there is."""

    def __init__(self, organizations: Sequence[Organization], outside: Sequence[int]) -> None:
        self.home, self.partner, *_others = (organization.pk for organization in organizations)
        self.taking_part = [organization.pk for organization in organizations if organization.achievements_enabled]
        self.outside = list(outside)
        self.labs = list(Lab.objects.order_by("pk").values_list("pk", flat=True))
        self.courses = list(Course.objects.order_by("pk").values_list("pk", flat=True))
        self.tags = list(CourseTag.objects.order_by("pk").values_list("pk", flat=True))
        self.numbers = count()

    def some(self, ids: list[int], how_many: int) -> list[int]:
        """So many ids, others each time."""
        return sorted({ids[next(self.numbers) * 37 % len(ids)] for _ in range(how_many)})

    def rows(self, what: str, *, is_global: bool = False) -> str:
        """FROM and WHERE of the records that count."""
        homes = [self.home, self.partner] if is_global else [self.home]
        return (
            "FROM {records} r JOIN organizations_user u ON u.id = r.user_id "
            f"WHERE {what} AND u.is_active AND u.participates_in_achievements AND (u.organization_id = ANY('{_array(homes)}') "
            f"OR (u.organization_id = ANY('{_array(self.taking_part)}') AND r.course_id = ANY('{_array(self.outside)}')))"
        )

    def members(self) -> str:
        """Who may earn what follows from other achievements."""
        return f"u.is_active AND u.participates_in_achievements AND u.organization_id = {self.home}"

    def draw(self, how_many: int) -> list[Case]:
        """Two that nearly everybody earns, and then one of each kind, again and again."""
        kinds = [
            self._pass_a_lab,
            self._complete_a_course,
            self._start_different_labs,
            self._complete_tagged,
            self._course_and_exam,
            self._labs_of_one_day,
            self._again_and_again,
            self._long_lab_everywhere,
            self._first_hundred,
        ]
        return [self._any_lab(), self._any_courses()] + [kinds[i % len(kinds)]() for i in range(how_many - 2)]

    def draw_following(self, ids: Sequence[int], how_many: int) -> list[Case]:
        """Those that follow the achievements with these ids; points come last."""
        return [*(self._both([ids[2 + i], ids[3 + i]]) for i in range(how_many - 1)), self._points()]

    # --- kinds

    def _pass_a_lab(self) -> Case:
        labs = self.some(self.labs, 1)
        return Case(
            "Pass a lab",
            [{"Subject": 0, "Count": 1, "LabProfileIds": labs, "Passed": True}],
            *_first(
                "r.completed_at", self.rows(f"{_in('r.lab_id', labs)} AND r.passed AND r.completed_at IS NOT NULL")
            ),
        )

    def _complete_a_course(self) -> Case:
        courses = self.some(self.courses, 1)
        what = f"r.lab_id IS NULL AND {_in('r.course_id', courses)} AND r.completed_at IS NOT NULL"
        return Case(
            "Complete a course",
            [{"Subject": 10, "Count": 1, "CourseIds": courses, "Complete": True}],
            *_first("r.completed_at", self.rows(what)),
        )

    def _start_different_labs(self) -> Case:
        labs = self.some(self.labs, 5)
        rows = self.rows(_in("r.lab_id", labs))
        first = f"SELECT r.user_id, r.lab_id, min(r.started_at) AS started_at {rows} GROUP BY 1, 2"
        proven = (
            "SELECT DISTINCT ON (r.user_id, r.lab_id) r.user_id, r.lab_id, r.started_at, r.id, r.recorded_at "
            + rows
            + " ORDER BY r.user_id, r.lab_id, r.started_at, r.id"
        )
        return Case(
            "Start 2 different labs of 5",
            [{"Subject": 0, "Count": 2, "LabProfileIds": labs, "Distinct": True}],
            _kth(2, "r.started_at", f"FROM ({first}) r")[0],
            _kth(2, "r.started_at", f"FROM ({proven}) r")[1],
        )

    def _complete_tagged(self) -> Case:
        tags = self.some(self.tags, 1)
        tagged = f"r.course_id IN (SELECT course_id FROM courses_course_tags WHERE coursetag_id = {tags[0]})"
        return Case(
            "Complete 3 courses with a tag",
            [{"Subject": 20, "Count": 3, "CourseTagIds": tags, "Complete": True}],
            *_kth(3, "r.completed_at", self.rows(f"r.lab_id IS NULL AND {tagged} AND r.completed_at IS NOT NULL")),
        )

    def _course_and_exam(self) -> Case:
        course, lab = self.some(self.courses, 1), self.some(self.labs, 1)
        is_course = f"r.lab_id IS NULL AND {_in('r.course_id', course)} AND r.completed_at IS NOT NULL"
        is_exam = f"{_in('r.lab_id', lab)} AND r.passed AND r.completed_at IS NOT NULL"
        one, one_proven = _first("r.completed_at", self.rows(is_course))
        other, other_proven = _first("r.completed_at", self.rows(is_exam))
        return Case(
            "Complete a course and pass an exam",
            [
                {"Subject": 10, "Count": 1, "CourseIds": course, "Complete": True},
                {"Subject": 0, "Count": 1, "LabProfileIds": lab, "Passed": True},
            ],
            f"SELECT user_id, 1 AS nth, greatest(a.earned_at, b.earned_at) AS earned_at FROM ({one}) a JOIN ({other}) b "
            "USING (user_id)",
            "SELECT user_id, 1 AS nth, greatest(a.earned_at, b.earned_at) AS earned_at, ARRAY[least(a.records[1],"
            " b.records[1]), greatest(a.records[1], b.records[1])] AS records, a.earned, greatest(a.due_at, b.due_at)"
            f" AS due_at FROM ({one_proven}) a JOIN ({other_proven}) b USING (user_id)",
        )

    def _labs_of_one_day(self) -> Case:
        labs = self.some(self.labs, 20)
        day = f"(r.completed_at AT TIME ZONE '{ZONE}')::date"
        rows = self.rows(f"{_in('r.lab_id', labs)} AND r.completed_at IS NOT NULL")
        second = (
            "SELECT r.user_id, (array_agg(r.completed_at ORDER BY r.completed_at))[2] AS second "
            + rows
            + f" GROUP BY r.user_id, {day} HAVING count(*) >= 2"
        )
        numbered = _numbered("r.completed_at", rows, within=f"r.user_id, {day}", further=f"{day} AS day, ")
        days = f"SELECT user_id, 1 AS nth, {_COUNTED} FROM ({numbered}) r WHERE n <= 2 GROUP BY user_id, day HAVING count(*) = 2"
        return Case(
            "Complete 2 labs of 20 in a day",
            [{"Subject": 0, "Count": 2, "LabProfileIds": labs, "Complete": True, "SingleDay": True}],
            f"SELECT user_id, 1 AS nth, min(second) AS earned_at FROM ({second}) day GROUP BY user_id",
            f"SELECT DISTINCT ON (user_id) * FROM ({days}) day ORDER BY user_id, earned_at",
        )

    def _again_and_again(self) -> Case:
        labs = self.some(self.labs, 50)
        rows = self.rows(f"{_in('r.lab_id', labs)} AND r.passed AND r.completed_at IS NOT NULL")
        numbered = (
            "SELECT r.user_id, r.completed_at AS moment, "
            "row_number() OVER (PARTITION BY r.user_id ORDER BY r.completed_at) AS n " + rows
        )
        return Case(
            "Every 2 passed of 50 labs, 3 times",
            [{"Subject": 0, "Count": 2, "LabProfileIds": labs, "Passed": True}],
            f"SELECT user_id, n / 2 AS nth, moment AS earned_at FROM ({numbered}) numbered WHERE n IN (2, 4, 6)",
            f"SELECT user_id, (n + 1) / 2 AS nth, {_COUNTED} FROM ({_numbered('r.completed_at', rows)}) r WHERE n <= 6"
            " GROUP BY 1, 2 HAVING count(*) = 2",
            frequency=3,
        )

    def _long_lab_everywhere(self) -> Case:
        labs = self.some(self.labs, 3)
        what = f"{_in('r.lab_id', labs)} AND r.completed_at IS NOT NULL AND r.minutes_spent >= 30"
        return Case(
            "Half an hour in a lab, global",
            [{"Subject": 0, "Count": 1, "LabProfileIds": labs, "Complete": True, "MinMinutesSpent": 30}],
            *_first("r.completed_at", self.rows(what, is_global=True)),
            is_global=True,
        )

    def _first_hundred(self) -> Case:
        courses = self.some(self.courses, 1)
        what = f"r.lab_id IS NULL AND {_in('r.course_id', courses)} AND r.completed_at IS NOT NULL"
        return Case(
            "First 100 to complete a course",
            [{"Subject": 10, "Count": 1, "CourseIds": courses, "Complete": True}],
            _first("r.completed_at", self.rows(what))[0] + " ORDER BY earned_at, user_id LIMIT 100",
            f"SELECT * FROM ({_first('r.completed_at', self.rows(what))[1]}) r ORDER BY earned_at, user_id LIMIT 100",
            frequency=100,
            frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT,
        )

    def _any_lab(self) -> Case:
        return Case(
            "Start any lab",
            [{"Subject": 0, "Count": 1}],
            *_first("r.started_at", self.rows("r.lab_id IS NOT NULL")),
        )

    def _any_courses(self) -> Case:
        rows = self.rows("r.lab_id IS NULL AND r.completed_at IS NOT NULL")
        return Case(
            "Complete any 3 courses",
            [{"Subject": 10, "Count": 3, "Complete": True}],
            *_kth(3, "r.completed_at", rows),
        )

    def _points(self) -> Case:
        running = (
            "SELECT e.user_id, e.id, e.created_at, e.earned_at, a.points, sum(a.points) OVER (PARTITION BY e.user_id ORDER BY e.earned_at, e.id) AS total "
            "FROM {earned} e JOIN achievements_achievement a ON a.id = e.achievement_id JOIN organizations_user u ON u.id = e.user_id "
            f"WHERE a.points > 0 AND {self.members()}"
        )
        return Case(
            "60 points",
            [{"Subject": 40, "Points": 60}],
            f"SELECT user_id, 1 AS nth, min(earned_at) AS earned_at FROM ({running}) running WHERE total >= 60 GROUP BY 1",
            "SELECT user_id, 1 AS nth, max(earned_at) AS earned_at, '{{}}'::bigint[] AS records, array_agg(id ORDER BY id)"
            f" AS earned, max(created_at) AS due_at FROM ({running}) running WHERE total - points < 60 GROUP BY 1"
            " HAVING max(total) >= 60",
            points=0,
        )

    def _both(self, listed: list[int]) -> Case:
        both = (
            " FROM {earned} e JOIN organizations_user u ON u.id = e.user_id "
            f"WHERE {_in('e.achievement_id', listed)} AND e.nth = 1 AND {self.members()} GROUP BY 1 HAVING count(*) = 2"
        )
        return Case(
            "Two achievements",
            [{"Subject": 40, "Count": 1, "AchievementIds": listed}],
            "SELECT e.user_id, 1 AS nth, max(e.earned_at) AS earned_at" + both,
            "SELECT e.user_id, 1 AS nth, max(e.earned_at) AS earned_at, '{{}}'::bigint[] AS records,"
            " array_agg(e.id ORDER BY e.id) AS earned, max(e.created_at) AS due_at" + both,
            points=0,
        )


def _array(ids: Sequence[int]) -> str:
    return "{{" + ",".join(map(str, ids)) + "}}"


def _in(column: str, ids: Sequence[int]) -> str:
    return f"{column} = {ids[0]}" if len(ids) == 1 else f"{column} = ANY('{_array(ids)}')"


# What counted, of rows that are grouped by those who earned it.
_COUNTED = (
    "max(r.moment) AS earned_at, array_agg(r.id ORDER BY r.id) AS records, '{{}}'::bigint[] AS earned,"
    " max(r.recorded_at) AS due_at"
)


def _first(moment: str, rows: str) -> tuple[str, str]:
    """Earners and proven of one record."""
    return (
        f"SELECT r.user_id, 1 AS nth, min({moment}) AS earned_at {rows} GROUP BY r.user_id",
        (
            f"SELECT DISTINCT ON (r.user_id) r.user_id, 1 AS nth, {moment} AS earned_at, ARRAY[r.id] AS records,"
            f" '{{{{}}}}'::bigint[] AS earned, r.recorded_at AS due_at {rows} ORDER BY r.user_id, {moment}, r.id"
        ),
    )


def _kth(k: int, moment: str, rows: str) -> tuple[str, str]:
    """Earners and proven of k records."""
    return (
        (
            f"SELECT r.user_id, 1 AS nth, (array_agg({moment} ORDER BY {moment}))[{k}] AS earned_at {rows} "
            f"GROUP BY r.user_id HAVING count(*) >= {k}"
        ),
        (
            f"SELECT user_id, 1 AS nth, {_COUNTED} FROM ({_numbered(moment, rows)}) r WHERE n <= {k}"
            f" GROUP BY user_id HAVING count(*) = {k}"
        ),
    )


def _numbered(moment: str, rows: str, *, within: str = "r.user_id", further: str = "") -> str:
    return (
        f"SELECT r.user_id, {further}{moment} AS moment, r.id, r.recorded_at,"
        f" row_number() OVER (PARTITION BY {within} ORDER BY {moment}, r.id) AS n {rows}"
    )
