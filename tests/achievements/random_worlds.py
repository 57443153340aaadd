"""Random organizations, people, records and achievements, for Hypothesis."""

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random

from django.db.models import Model
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from achievements.conditions.parsing import parse_stored
from achievements.conditions.terms import canonical
from achievements.models import Achievement
from courses.models import Course, CourseTag, Lab, TrainingRecord
from courses.records import Attempt
from organizations.models import Organization, User
from tests.factories import (
    AchievementFactory,
    CourseFactory,
    CourseTagFactory,
    LabFactory,
    OrganizationFactory,
    UserFactory,
)

# Within the second of the nights below: of what is recorded of it, some has not happened yet.
NOW = dt.datetime(2025, 10, 26, 6, tzinfo=dt.UTC)
ZONES = ["UTC", "Europe/Paris", "America/St_Johns", "Pacific/Kiritimati", "Australia/Lord_Howe"]
# The nights in which clocks change in Paris, and whole days around them: days of 23 and of 25 hours.
STARTS = [dt.datetime(2025, 3, 29, 12, tzinfo=dt.UTC), dt.datetime(2025, 10, 25, 12, tzinfo=dt.UTC)]

# The trees: a root with a child and a grandchild, a root with a child, and one that stands alone.
PARENTS = [None, 0, 1, None, 3, None]

options = {
    "Count": st.sampled_from([1, 2, 2, 3]),
    "Distinct": st.booleans(),
    "Complete": st.booleans(),
    "SingleDay": st.booleans(),
    "MinMinutesSpent": st.sampled_from([0, 10]),
}
options_of_labs = {**options, "Passed": st.booleans()}
some = st.sampled_from([[0], [1], [0, 1], [1, 2], [0, 1, 2]])
conditions_on_records = st.one_of(
    st.fixed_dictionaries({"Subject": st.just(0), **options_of_labs}, optional={"LabProfileIds": some}),
    st.fixed_dictionaries({"Subject": st.just(10), **options}, optional={"CourseIds": some}),
    st.fixed_dictionaries({"Subject": st.just(20), **options, "CourseTagIds": some}, optional={"CourseIds": some}),
)
conditions_on_achievements = st.one_of(
    st.fixed_dictionaries({"Subject": st.just(40), "Points": st.integers(1, 12)}),
    st.fixed_dictionaries({"Subject": st.just(40), "AchievementIds": some, "Count": st.integers(1, 2)}),
)


PER_USER = Achievement.FrequencyType.PER_USER
LIMITED = [Achievement.FrequencyType.PER_DAY, Achievement.FrequencyType.PER_ACHIEVEMENT]


def achievements(conditions, *, types: Sequence[str] = (PER_USER,), most_points: int = 6):
    return st.fixed_dictionaries(
        {
            "organization": st.integers(0, 3),
            "conditions": st.lists(conditions, min_size=1, max_size=2) | st.lists(conditions, min_size=1, max_size=1),
            "is_global": st.booleans(),
            "reaches_all_trees": st.sampled_from([False, False, True]),
            "frequency": st.integers(1, 3),
            "frequency_type": st.sampled_from(types),
            "points": st.integers(0, most_points),
        }
    )


on_records = achievements(conditions_on_records, types=[PER_USER, PER_USER, *LIMITED])
dependents = achievements(conditions_on_achievements)
competitions = achievements(conditions_on_achievements, types=LIMITED)


# Hypothesis draws what is judged, the conditions; the facts come densely from a seed, or most examples would be empty.
seeds = st.integers(0, 2**32)


@dataclass(frozen=True)
class World:
    """Rows to judge by."""

    random: Random
    organizations: list[Organization]
    users: list[User]
    labs: list[Lab]
    courses: list[Course]
    tags: list[CourseTag]

    @property
    def items(self) -> dict[str, Sequence[Model]]:
        """What conditions may list."""
        return {"LabProfileIds": self.labs, "CourseIds": self.courses, "CourseTagIds": self.tags}


def build(seed: int, drawn) -> World:
    """Mostly as it should be: a world in which everything is switched off agrees with any oracle."""
    random = Random(seed)

    def mostly() -> bool:
        return random.random() < 0.9

    organizations: list[Organization] = []
    for parent in PARENTS:
        organizations.append(
            OrganizationFactory.create(
                parent=None if parent is None else organizations[parent],
                time_zone=random.choice(ZONES),
                achievements_enabled=mostly(),
                in_global_achievements=mostly(),
            )
        )
    users = [
        UserFactory.create(
            organization=random.choice(organizations[:3] * 2 + organizations),
            participates_in_achievements=mostly(),
            is_active=mostly(),
        )
        for _ in range(5)
    ]
    tags = CourseTagFactory.create_batch(3, organization=organizations[0])
    courses = [
        CourseFactory.create(
            organization=random.choice(organizations[:4]),
            achievements_for_outside_organizations=random.random() < 0.6,
            tags=random.sample(tags, random.randint(0, 2)),
        )
        for _ in range(3)
    ]
    labs = LabFactory.create_batch(3, organization=organizations[0])
    world = World(random, organizations, users, labs, courses, tags)
    add_records(world, 60)
    make_achievements(drawn, world)
    Achievement.objects.update(
        modified_at=NOW - dt.timedelta(days=1)
    )  # or everything would be due since this very test
    return world


def add_records(world: World, count: int) -> None:
    """Random attempts, for which nobody leaves a hint."""
    attempts = [asdict(random_attempt(world)) for _ in range(count)]
    TrainingRecord.objects.bulk_create(
        TrainingRecord(**one, recorded_at=NOW - dt.timedelta(minutes=world.random.randint(0, 600))) for one in attempts
    )


def random_attempt(world: World) -> Attempt:
    """Around one of two nights in which clocks change."""
    random = world.random
    started_at = random.choice(STARTS) + dt.timedelta(minutes=random.randint(0, 60 * 48))
    lasts = random.choice([None, 0, 7, 60, 600, 6000])
    lab = random.choice([None, *world.labs])
    course = random.choice(world.courses if lab is None else [None, *world.courses])
    return Attempt(
        user_id=random.choice(world.users).pk,
        source=TrainingRecord.Source.IMPORT,
        source_id=str(random.getrandbits(64)),
        started_at=started_at,
        lab_id=None if lab is None else lab.pk,
        course_id=None if course is None else course.pk,
        completed_at=None if lasts is None else started_at + dt.timedelta(minutes=lasts),
        passed=random.choice([None, False, True, True]),
        minutes_spent=random.choice([9, 10, 11]),
    )


def make_achievements(drawn, world: World) -> None:
    made: list[Achievement] = []
    for one in drawn:
        conditions = real_conditions(one["conditions"], {**world.items, "AchievementIds": made})
        made.append(
            AchievementFactory.create(
                organization=world.organizations[one["organization"]],
                conditions=conditions,
                is_global=one["is_global"],
                reaches_all_trees=one["reaches_all_trees"],
                frequency=one["frequency"],
                frequency_type=one["frequency_type"],
                points=one["points"],
            )
        )


def real_conditions(drawn, items: Mapping[str, Sequence[Model]]):
    """The drawn conditions as they are stored."""
    return canonical(parse_stored([real_ids(condition, items) for condition in drawn]))


def real_ids(condition, items: Mapping[str, Sequence[Model]]):
    """The condition with the ids of what the drawn numbers stand for."""
    real = dict(condition)
    for field, rows in items.items():
        if field in real:
            real[field] = sorted({rows[i % len(rows)].pk for i in real[field]}) if rows else [10**9]
    return real


# Without ORACLE_EXAMPLES the same worlds each time: what the gate asks must not change under whoever waits for it.
quick = settings(
    derandomize="ORACLE_EXAMPLES" not in os.environ,
    max_examples=int(os.environ.get("ORACLE_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
    database=None,
)
