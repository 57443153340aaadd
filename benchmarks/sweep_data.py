"""Generates people, records and achievements of mixed kinds; each achievement with the SQL that a person would write.

That SQL is the floor of the sweep's time, and an independent answer to compare its earners with. It knows what a person
knows who looks at the data: which organizations take part, and which courses count for outsiders.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from django.db import connection

from achievements.models import Achievement
from badges.models import Badge, BadgeProvider
from courses.models import ContentProvider, Course, CourseTag, Lab
from tms.models import Organization

type Conditions = list[dict[str, object]]

LABS, COURSES, TAGS = 500, 200, 20
ZONE = "America/Denver"


@dataclass(frozen=True)
class Case:
    """An achievement, and its earners (user_id, nth, earned_at) as SQL with places for {records} and {earned}.

    `earners` of those that follow others name {earned}; a single statement cannot see what it adds there itself.
    """

    name: str
    conditions: Conditions
    earners: str
    is_global: bool = False
    frequency: int = 1
    frequency_type: str = Achievement.FrequencyType.PER_USER
    points: int = 10
    achievement: Achievement | None = None

    @property
    def follows_others(self) -> bool:
        """Whether it is earned by earning others."""
        return "{earned}" in self.earners

    @property
    def is_limited(self) -> bool:
        """Whether students compete for it."""
        return self.frequency_type != Achievement.FrequencyType.PER_USER

    def sql(self, *, records: str = "courses_trainingrecord", earned: str = "floor_earned") -> str:
        """The SELECT."""
        return self.earners.format(records=records, earned=earned)


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
            "FROM {records} r JOIN tms_user u ON u.id = r.user_id "
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
            _first("r.completed_at", self.rows(f"{_in('r.lab_id', labs)} AND r.passed AND r.completed_at IS NOT NULL")),
        )

    def _complete_a_course(self) -> Case:
        courses = self.some(self.courses, 1)
        what = f"r.lab_id IS NULL AND {_in('r.course_id', courses)} AND r.completed_at IS NOT NULL"
        return Case(
            "Complete a course",
            [{"Subject": 10, "Count": 1, "CourseIds": courses, "Complete": True}],
            _first("r.completed_at", self.rows(what)),
        )

    def _start_different_labs(self) -> Case:
        labs = self.some(self.labs, 5)
        rows = self.rows(_in("r.lab_id", labs))
        first = f"SELECT r.user_id, r.lab_id, min(r.started_at) AS moment {rows} GROUP BY 1, 2"
        return Case(
            "Start 2 different labs of 5",
            [{"Subject": 0, "Count": 2, "LabProfileIds": labs, "Distinct": True}],
            _kth(2, "each.moment", f"FROM ({first}) each", "each.user_id"),
        )

    def _complete_tagged(self) -> Case:
        tags = self.some(self.tags, 1)
        tagged = f"r.course_id IN (SELECT course_id FROM courses_course_tags WHERE coursetag_id = {tags[0]})"
        return Case(
            "Complete 3 courses with a tag",
            [{"Subject": 20, "Count": 3, "CourseTagIds": tags, "Complete": True}],
            _kth(3, "r.completed_at", self.rows(f"r.lab_id IS NULL AND {tagged} AND r.completed_at IS NOT NULL")),
        )

    def _course_and_exam(self) -> Case:
        course, lab = self.some(self.courses, 1), self.some(self.labs, 1)
        is_course = f"r.lab_id IS NULL AND {_in('r.course_id', course)} AND r.completed_at IS NOT NULL"
        is_exam = f"{_in('r.lab_id', lab)} AND r.passed AND r.completed_at IS NOT NULL"
        one = _first("r.completed_at", self.rows(is_course))
        other = _first("r.completed_at", self.rows(is_exam))
        return Case(
            "Complete a course and pass an exam",
            [
                {"Subject": 10, "Count": 1, "CourseIds": course, "Complete": True},
                {"Subject": 0, "Count": 1, "LabProfileIds": lab, "Passed": True},
            ],
            f"SELECT user_id, 1 AS nth, greatest(a.earned_at, b.earned_at) AS earned_at FROM ({one}) a JOIN ({other}) b "
            "USING (user_id)",
        )

    def _labs_of_one_day(self) -> Case:
        labs = self.some(self.labs, 20)
        day = f"(r.completed_at AT TIME ZONE '{ZONE}')::date"
        second = (
            "SELECT r.user_id, (array_agg(r.completed_at ORDER BY r.completed_at))[2] AS second "
            + self.rows(f"{_in('r.lab_id', labs)} AND r.completed_at IS NOT NULL")
            + f" GROUP BY r.user_id, {day} HAVING count(*) >= 2"
        )
        return Case(
            "Complete 2 labs of 20 in a day",
            [{"Subject": 0, "Count": 2, "LabProfileIds": labs, "Complete": True, "SingleDay": True}],
            f"SELECT user_id, 1 AS nth, min(second) AS earned_at FROM ({second}) day GROUP BY user_id",
        )

    def _again_and_again(self) -> Case:
        labs = self.some(self.labs, 50)
        numbered = (
            "SELECT r.user_id, r.completed_at AS moment, "
            "row_number() OVER (PARTITION BY r.user_id ORDER BY r.completed_at) AS n "
            + self.rows(f"{_in('r.lab_id', labs)} AND r.passed AND r.completed_at IS NOT NULL")
        )
        return Case(
            "Every 2 passed of 50 labs, 3 times",
            [{"Subject": 0, "Count": 2, "LabProfileIds": labs, "Passed": True}],
            f"SELECT user_id, n / 2 AS nth, moment AS earned_at FROM ({numbered}) numbered WHERE n IN (2, 4, 6)",
            frequency=3,
        )

    def _long_lab_everywhere(self) -> Case:
        labs = self.some(self.labs, 3)
        what = f"{_in('r.lab_id', labs)} AND r.completed_at IS NOT NULL AND r.minutes_spent >= 30"
        return Case(
            "Half an hour in a lab, global",
            [{"Subject": 0, "Count": 1, "LabProfileIds": labs, "Complete": True, "MinMinutesSpent": 30}],
            _first("r.completed_at", self.rows(what, is_global=True)),
            is_global=True,
        )

    def _first_hundred(self) -> Case:
        courses = self.some(self.courses, 1)
        what = f"r.lab_id IS NULL AND {_in('r.course_id', courses)} AND r.completed_at IS NOT NULL"
        return Case(
            "First 100 to complete a course",
            [{"Subject": 10, "Count": 1, "CourseIds": courses, "Complete": True}],
            _first("r.completed_at", self.rows(what)) + " ORDER BY earned_at, user_id LIMIT 100",
            frequency=100,
            frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT,
        )

    def _any_lab(self) -> Case:
        return Case(
            "Start any lab",
            [{"Subject": 0, "Count": 1}],
            _first("r.started_at", self.rows("r.lab_id IS NOT NULL")),
        )

    def _any_courses(self) -> Case:
        rows = self.rows("r.lab_id IS NULL AND r.completed_at IS NOT NULL")
        return Case(
            "Complete any 3 courses",
            [{"Subject": 10, "Count": 3, "Complete": True}],
            _kth(3, "r.completed_at", rows),
        )

    def _points(self) -> Case:
        running = (
            "SELECT e.user_id, e.earned_at, sum(a.points) OVER (PARTITION BY e.user_id ORDER BY e.earned_at, e.id) AS total "
            "FROM {earned} e JOIN achievements_achievement a ON a.id = e.achievement_id JOIN tms_user u ON u.id = e.user_id "
            f"WHERE a.points > 0 AND {self.members()}"
        )
        return Case(
            "60 points",
            [{"Subject": 40, "Points": 60}],
            f"SELECT user_id, 1 AS nth, min(earned_at) AS earned_at FROM ({running}) running WHERE total >= 60 GROUP BY 1",
            points=0,
        )

    def _both(self, listed: list[int]) -> Case:
        return Case(
            "Two achievements",
            [{"Subject": 40, "Count": 1, "AchievementIds": listed}],
            "SELECT e.user_id, 1 AS nth, max(e.earned_at) AS earned_at FROM {earned} e JOIN tms_user u ON u.id = e.user_id "
            f"WHERE {_in('e.achievement_id', listed)} AND e.nth = 1 AND {self.members()} GROUP BY 1 HAVING count(*) = 2",
            points=0,
        )


def create(users: int, records: int, achievements: int) -> list[Case]:
    """Everything, and statistics of it."""
    organizations = [
        Organization.objects.create(name=name, time_zone=ZONE, brake=None, **switches)
        for name, switches in [
            ("Home", {}),
            ("Partner", {}),
            ("Apart", {"in_global_achievements": False}),
            ("Off", {"achievements_enabled": False}),
        ]
    ]
    _catalogue(organizations[0])
    outside = Course.objects.order_by("pk").values_list("pk", flat=True)[:COURSES:20]
    Course.objects.filter(pk__in=list(outside)).update(achievements_for_outside_organizations=True)
    _people(organizations, users)
    _records(records)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return _achievements(organizations[0], Mix(organizations, list(outside)), achievements)


def _catalogue(organization: Organization) -> None:
    provider = ContentProvider.objects.create(name="Provider", organization=organization)
    Lab.objects.bulk_create(Lab(name=f"Lab {i}", number=str(i), organization=organization) for i in range(LABS))
    courses = Course.objects.bulk_create(
        Course(name=f"Course {i}", number=str(i), organization=organization, content_provider=provider)
        for i in range(COURSES)
    )
    tags = CourseTag.objects.bulk_create(CourseTag(name=f"Tag {i}", organization=organization) for i in range(TAGS))
    for i, course in enumerate(courses):
        course.tags.add(tags[i % TAGS], tags[i * 7 % TAGS])


def _people(organizations: Sequence[Organization], users: int) -> None:
    """Eight of ten at home, the rest elsewhere; some do not take part."""
    ids = [organizations[0].pk] * 16 + [organizations[1].pk] * 2 + [organizations[2].pk, organizations[3].pk]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tms_user (username, email, organization_id, earner_id, password, first_name, last_name,"
            " is_superuser, is_staff, is_active, date_joined, participates_in_achievements, is_contract_instructor)"
            " SELECT 's' || i, 's' || i || '@example.test', (%s::bigint[])[1 + i %% 20], gen_random_uuid(), '', 'Sam',"
            " 'Student', false, false, i %% 101 > 0, now(), i %% 47 > 0, false FROM generate_series(1, %s) i",
            [ids, users],
        )


def _records(records: int) -> None:
    """Six of ten of labs, some of them within a course; popular ones more often; in the order in which people work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute(
            "INSERT INTO courses_trainingrecord (user_id, lab_id, course_id, started_at, completed_at, passed,"
            " minutes_spent, source, source_id, recorded_at)"
            " SELECT user_id, CASE WHEN is_lab THEN lab_id END, CASE WHEN NOT is_lab OR in_course THEN course_id END,"
            " started_at, CASE WHEN is_done THEN started_at + minutes * interval '1 minute' END,"
            " CASE WHEN is_lab AND is_done THEN luck < 0.8 END, minutes, 'import', i::text, started_at"
            " FROM (SELECT i, (SELECT min(id) FROM tms_user) + floor(random() * (SELECT count(*) FROM tms_user))::bigint"
            " AS user_id, random() < 0.6 AS is_lab, random() < 0.3 AS in_course,"
            " (SELECT min(id) FROM courses_lab) + floor(%(labs)s * random() ^ 1.5)::int AS lab_id,"
            " (SELECT min(id) FROM courses_course) + floor(%(courses)s * random() ^ 1.5)::int AS course_id,"
            " timestamptz '2023-01-01 00:00Z' + i * (interval '1000 days' / %(records)s)"
            " + random() * interval '1 day' AS started_at, random() < 0.7 AS is_done, random() AS luck,"
            " 1 + floor(random() * 60)::int AS minutes FROM generate_series(1, %(records)s) i) drawn",
            {"labs": LABS, "courses": COURSES, "records": records},
        )


def _achievements(organization: Organization, mix: Mix, how_many: int) -> list[Case]:
    provider = BadgeProvider.objects.create(
        name="Built-in", organization=organization, kind=BadgeProvider.Kind.BUILT_IN
    )
    followers = max(2, how_many // 20)
    drawn = mix.draw(how_many - followers)
    cases = [_create(case, number, organization, provider) for number, case in enumerate(drawn)]
    ids = [case.achievement.pk for case in cases if case.achievement]
    following = mix.draw_following(ids, followers)
    cases += [_create(case, len(ids) + i, organization, provider) for i, case in enumerate(following)]
    return cases


def _create(case: Case, number: int, organization: Organization, provider: BadgeProvider) -> Case:
    badge = Badge.objects.create(name=f"{case.name} ({number})", organization=organization, provider=provider)
    achievement = Achievement.objects.create(
        name=badge.name,
        organization=organization,
        badge=badge,
        conditions=case.conditions,
        points=case.points,
        frequency=case.frequency,
        frequency_type=case.frequency_type,
        is_global=case.is_global,
    )
    return replace(case, achievement=achievement)


def _array(ids: Sequence[int]) -> str:
    return "{{" + ",".join(map(str, ids)) + "}}"


def _in(column: str, ids: Sequence[int]) -> str:
    return f"{column} = {ids[0]}" if len(ids) == 1 else f"{column} = ANY('{_array(ids)}')"


def _first(moment: str, rows: str) -> str:
    return f"SELECT r.user_id, 1 AS nth, min({moment}) AS earned_at {rows} GROUP BY r.user_id"


def _kth(k: int, moment: str, rows: str, user: str = "r.user_id") -> str:
    return (
        f"SELECT {user}, 1 AS nth, (array_agg({moment} ORDER BY {moment}))[{k}] AS earned_at {rows} "
        f"GROUP BY {user} HAVING count(*) >= {k}"
    )
