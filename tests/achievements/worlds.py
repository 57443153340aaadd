"""A small world with every kind of achievement, from a seed: what the processes of tests sweep, and an oracle can judge.

`python -m tests.achievements.worlds build SEED` makes it, in the emptied database of the environment;
`python -m tests.achievements.worlds judge` fails unless what is there is what the oracle says.
"""

import datetime as dt
import sys
from random import Random

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - needs the apps
from django.db import transaction  # noqa: E402

from achievements.conditions.parsing import parse  # noqa: E402
from achievements.conditions.terms import canonical  # noqa: E402
from achievements.models import Achievement  # noqa: E402
from badges.models import IssuedBadge  # noqa: E402
from courses.models import Course, CourseTag, Lab, TrainingRecord  # noqa: E402
from courses.records import Attempt, record_many  # noqa: E402
from organizations.models import Organization, User  # noqa: E402
from tests.achievements import oracle  # noqa: E402
from tests.achievements.oracle import Earned  # noqa: E402
from tests.factories import (  # noqa: E402
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    CourseFactory,
    CourseTagFactory,
    LabFactory,
    OrganizationFactory,
)

STUDENTS = 120
RECORDS = 15  # of each student
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)  # the clocks of Newfoundland change a week later
MINUTES = 20 * 24 * 60

type Issued = tuple[dt.datetime, int, int]


def build(seed: int) -> Organization:
    """An organization with courses, labs, achievements and students, whose records are queued for a drain."""
    random = Random(seed)
    organization = build_without_people()
    courses, labs = list(Course.objects.order_by("pk")), list(Lab.objects.order_by("pk"))
    students = User.objects.bulk_create(
        User(username=f"s{n}", email=f"s{n}@example.test", organization=organization) for n in range(STUDENTS)
    )
    with transaction.atomic():
        record_many(attempt(random, student.pk, courses, labs) for student in students for _ in range(RECORDS))
    return organization


def build_without_people() -> Organization:
    """The organization, with courses, labs and achievements."""
    organization = OrganizationFactory.create(time_zone="America/St_Johns", approval_limit=None)
    tag = CourseTagFactory.create(organization=organization)
    courses = [CourseFactory.create(organization=organization, tags=[tag] if n % 2 else []) for n in range(4)]
    labs = LabFactory.create_batch(3, organization=organization)
    add_achievements(organization, courses, labs, tag)
    return organization


def add_achievements(organization: Organization, courses: list[Course], labs: list[Lab], tag: CourseTag) -> None:
    """One of every kind, each with a badge. What students compete for stands in the middle of the order of ids."""
    first, second, third, *_others = courses
    provider = BadgeProviderFactory.create(organization=organization)

    def add(conditions: str, **fields: object) -> Achievement:
        return AchievementFactory.create(
            organization=organization,
            badge=BadgeFactory.create(organization=organization, provider=provider),
            conditions=canonical(parse(conditions).conditions),
            **fields,
        )

    of_course = add(f"[{{Subject:10, CourseIds:[{first.pk}], Count:1, Complete:true}}]", points=5)
    of_labs = add("[{Subject:0, Count:2}]", frequency=2, points=3)
    add("[{Subject:10, Count:3, Distinct:true}]", points=2)
    limited = Achievement.FrequencyType
    add(
        f"[{{Subject:10, CourseIds:[{second.pk}], Count:1, Complete:true}}]",
        frequency=7,
        frequency_type=limited.PER_ACHIEVEMENT,
        points=1,
    )
    add(f"[{{Subject:0, LabProfileIds:[{labs[0].pk}], Passed:true}}]", frequency=3, frequency_type=limited.PER_DAY)
    add("[{Subject:0, Count:2, SingleDay:true}]", points=4)
    add(f"[{{Subject:20, CourseTagIds:[{tag.pk}], Count:2, Complete:true, MinMinutesSpent:20}}]")
    add(f"[{{Subject:10, CourseIds:[{third.pk}]}}, {{Subject:0, Count:1, Passed:true}}]", points=1)
    add("[{Subject:40, Points:8}]", frequency=2, points=3)  # this one and the next feed each other
    add("[{Subject:40, Points:12}]", points=2)
    add(f"[{{Subject:40, AchievementIds:[{of_course.pk}, {of_labs.pk}]}}]")


def attempt(random: Random, student_id: int, courses: list[Course], labs: list[Lab]) -> Attempt:
    """A random attempt at a lab or a course."""
    lab = random.choice([None, *labs])
    started_at = START + dt.timedelta(minutes=random.randrange(MINUTES))
    lasts = random.choice([None, 0, 30, 600, 6000])
    return Attempt(
        user_id=student_id,
        source=TrainingRecord.Source.IMPORT,
        source_id=str(random.getrandbits(64)),
        started_at=started_at,
        lab_id=None if lab is None else lab.pk,
        course_id=None if lab else random.choice(courses).pk,
        completed_at=None if lasts is None else started_at + dt.timedelta(minutes=lasts),
        passed=random.choice([None, False, True]),
        minutes_spent=random.choice([10, 20, 30]),
    )


def issued() -> list[Issued]:
    """The issued badges: their moments, badges and students, sorted."""
    return sorted(IssuedBadge.objects.values_list("issued_at", "badge_id", "student_id"))


def badges_for(earned: list[Earned]) -> list[Issued]:
    """One for whoever earned something with a badge, dated by the first time."""
    badges = dict(Achievement.objects.values_list("pk", "badge_id"))
    return sorted((one.earned_at, badges[one.achievement_id], one.user_id) for one in earned if one.nth == 1)


def assert_is(expected: list[Earned]) -> None:
    """What was earned is this, and for each (badge, student) there is one issued badge."""
    assert oracle.written() == expected
    assert issued() == badges_for(expected)


def main() -> None:
    match sys.argv[1:]:
        case ["build", seed]:
            call_command("flush", interactive=False, verbosity=0)
            build(int(seed))
            print(len(oracle.everything()))
        case ["judge"]:
            assert_is(oracle.everything())


if __name__ == "__main__":
    main()
