"""After whatever happens by the product's own doors, a drain leaves nothing for the full pass."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.db.models import Model
from hypothesis import given
from hypothesis import strategies as st

from achievements import sweep
from achievements.editing import save_achievement
from achievements.models import Achievement
from courses.models import TrainingRecord
from courses.records import Attempt, record_many, withdraw
from tests.achievements import oracle
from tests.achievements.test_against_the_oracle import (
    NOW,
    STARTS,
    World,
    achievements,
    build,
    conditions_on_achievements,
    conditions_on_records,
    quick,
    seeds,
)
from tms.editing import change_account, change_organization, set_participation

TYPES = ["per_user", "per_user", "per_day", "per_achievement"]


def some_record(world: World) -> TrainingRecord:
    return world.random.choice(list(TrainingRecord.objects.order_by("pk")))


def fresh[Row: Model](world: World, rows: list[Row]) -> Row:
    row = world.random.choice(rows)
    row.refresh_from_db()
    return row


def add_record(world: World) -> None:
    lab = world.random.choice([None, *world.labs])
    course = world.random.choice(world.courses if lab is None else [None, *world.courses])
    at = world.random.choice(STARTS) + dt.timedelta(minutes=world.random.randint(0, 2880))
    attempt = Attempt(
        user_id=world.random.choice(world.users).pk,
        source=TrainingRecord.Source.IMPORT,
        source_id=str(world.random.getrandbits(60)),
        started_at=at,
        lab_id=lab.pk if lab else None,
        course_id=course.pk if course else None,
        completed_at=world.random.choice([None, at]),
        passed=world.random.choice([None, True]),
        minutes_spent=world.random.choice([9, 11]),
    )
    record_many([attempt])


def change_record(world: World) -> None:
    old = some_record(world)
    attempt = Attempt(
        user_id=world.random.choice(world.users).pk,
        source=old.source,
        source_id=old.source_id,
        started_at=old.started_at,
        lab_id=old.lab_id,
        course_id=old.course_id,
        completed_at=old.started_at,
        passed=True,
        minutes_spent=20,
    )
    record_many([attempt])


def withdraw_record(world: World) -> None:
    old = some_record(world)
    withdraw(source=old.source, source_ids=[old.source_id])


def change_participation(world: World) -> None:
    user = fresh(world, world.users)
    set_participation(user, takes_part=not user.participates_in_achievements)


def flip_organization(world: World) -> None:
    organization = fresh(world, world.organizations)
    name = world.random.choice(["achievements_enabled", "in_global_achievements"])
    setattr(organization, name, not getattr(organization, name))
    change_organization(organization, changed=[name])


def move_organization(world: World) -> None:
    organization = fresh(world, world.organizations)
    organization.time_zone = world.random.choice(["UTC", "Pacific/Kiritimati", "America/St_Johns"])
    change_organization(organization, changed=["time_zone"])


def change_user(world: World) -> None:
    user = fresh(world, world.users)
    name = world.random.choice(["organization", "is_active"])
    setattr(user, name, world.random.choice(world.organizations) if name == "organization" else not user.is_active)
    change_account(user, changed=[name])


def edit_achievement(world: World) -> None:
    achievement = world.random.choice(list(Achievement.objects.order_by("pk")))
    values = {
        "frequency": achievement.frequency + 1,
        "points": achievement.points + 5,
        "is_global": not achievement.is_global,
        "is_enabled": not achievement.is_enabled,
        "organization": world.random.choice(world.organizations),
        "frequency_type": world.random.choice(TYPES),
    }
    name = world.random.choice(sorted(values))
    setattr(achievement, name, values[name])
    save_achievement(achievement, by=None, at=NOW)


DOORS: list[Callable[[World], None]] = [
    add_record,
    add_record,
    change_record,
    withdraw_record,
    change_participation,
    flip_organization,
    move_organization,
    change_user,
    edit_achievement,
]


@quick
@given(
    seed=seeds,
    drawn=st.lists(achievements(conditions_on_records), min_size=2, max_size=4),
    followers=st.lists(achievements(conditions_on_achievements), max_size=2),
    types=st.lists(st.sampled_from(TYPES), min_size=6, max_size=6),
)
def test_a_drain_leaves_nothing_for_the_full_pass(db, seed, drawn, followers, types):
    with transaction.atomic():
        world = build(seed, drawn + followers)
        for one, frequency_type in zip(Achievement.objects.order_by("pk"), types, strict=False):
            Achievement.objects.filter(pk=one.pk).update(frequency_type=frequency_type)
        sweep.award_everybody(at=NOW)
        for _step in range(2):
            for door in world.random.choices(DOORS, k=world.random.randint(1, 3)):
                door(world)

            sweep.drain(at=NOW)
            drained = oracle.written()
            sweep.award_everybody(at=NOW)

            assert oracle.written() == drained
        transaction.set_rollback(True)
