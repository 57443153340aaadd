"""Random edits between sweeps: nothing that was earned is taken back, and what is new is what the naive oracle says now."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from achievements.definitions.editing import save_achievement, switch
from achievements.models import Achievement
from achievements.sweep import sweeper
from courses.models import Course, TrainingRecord
from courses.records import Attempt, look_again_at, record, withdraw
from operation.models import SweepHint
from organizations.editing import change_account, change_organization, set_participation
from organizations.models import Organization, User
from tests.achievements import oracle
from tests.achievements.random_worlds import (
    LIMITED,
    NOW,
    PER_USER,
    ZONES,
    World,
    build,
    conditions_on_records,
    dependents,
    on_records,
    quick,
    random_attempt,
    real_conditions,
    seeds,
)

pytestmark = pytest.mark.long

STEPS = 3

conditions = st.lists(conditions_on_records, min_size=1, max_size=2)


def add_record(world: World) -> None:
    record(random_attempt(world))


def change_record(world: World) -> None:
    """It may be another student's now, at another moment, of another course."""
    old = any_record(world)
    record(replace(random_attempt(world), source=old.source, source_id=old.source_id))


def complete_record(world: World) -> None:
    old = any_record(world)
    values = {
        name: getattr(old, name) for name in ("user_id", "source", "source_id", "started_at", "lab_id", "course_id")
    }
    record(Attempt(**values, completed_at=old.started_at, passed=True, minutes_spent=20))


def withdraw_record(world: World) -> None:
    old = any_record(world)
    withdraw(source=old.source, source_ids=[old.source_id])


def opt_in_or_out(world: World) -> None:
    user = any_user(world)
    set_participation(user, takes_part=not user.participates_in_achievements)


def switch_account(world: World) -> None:
    user = any_user(world)
    user.is_active = not user.is_active
    change_account(user, changed=["is_active"])


def move_account(world: World) -> None:
    user = any_user(world)
    user.organization = world.random.choice(world.organizations)
    change_account(user, changed=["organization"])


def switch_organization(world: World) -> None:
    organization = any_organization(world)
    field = world.random.choice(["achievements_enabled", "in_global_achievements"])
    setattr(organization, field, not getattr(organization, field))
    change_organization(organization, changed=[field])


def move_zone(world: World) -> None:
    organization = any_organization(world)
    organization.time_zone = world.random.choice(ZONES)
    change_organization(organization, changed=["time_zone"])


def move_organization(world: World) -> None:
    """To below another one, of another tree or of its own, or to stand alone."""
    organization = any_organization(world)
    below = Organization.objects.under(Organization.objects.filter(pk=organization.pk))
    others = list(Organization.objects.exclude(pk__in=below.values("pk")).order_by("pk"))
    organization.parent = world.random.choice([None, *others])
    change_organization(organization, changed=["parent"])


def switch_course(world: World) -> None:
    course = world.random.choice(world.courses)
    is_open = not Course.objects.get(pk=course.pk).achievements_for_outside_organizations
    Course.objects.filter(pk=course.pk).update(achievements_for_outside_organizations=is_open)
    look_again_at(Course.objects.filter(pk=course.pk))


def switch_achievement(world: World) -> None:
    achievement = any_achievement(world)
    switch(achievement, is_enabled=not achievement.is_enabled, by=None, at=NOW)


def edit_achievement(world: World) -> None:
    achievement = any_achievement(world)
    achievement.frequency += world.random.randint(0, 1)
    achievement.points += world.random.choice([0, 5])
    achievement.is_global = world.random.random() < 0.5
    achievement.reaches_all_trees = world.random.random() < 0.3
    achievement.organization = world.random.choice(world.organizations[:4])
    if not oracle.follows(achievement):
        achievement.frequency_type = world.random.choice([PER_USER, *LIMITED])
    save_achievement(achievement, by=None, at=NOW)


QUEUED: list[Callable[[World], None]] = [
    add_record,
    add_record,
    change_record,
    complete_record,
    withdraw_record,
    opt_in_or_out,
    switch_account,
    move_account,
    switch_organization,
    move_zone,
    move_organization,
    switch_course,
    switch_achievement,
    edit_achievement,
]


def any_record(world: World) -> TrainingRecord:
    return world.random.choice(list(TrainingRecord.objects.order_by("pk")))


def any_user(world: World) -> User:
    return User.objects.get(pk=world.random.choice(world.users).pk)


def any_organization(world: World) -> Organization:
    return Organization.objects.get(pk=world.random.choice(world.organizations).pk)


def any_achievement(world: World) -> Achievement:
    return world.random.choice(list(Achievement.objects.select_related("organization").order_by("pk")))


def change_conditions(world: World, drawn: list[Mapping[str, object]]) -> None:
    achievement = world.random.choice([one for one in Achievement.objects.order_by("pk") if not oracle.follows(one)])
    achievement.conditions = real_conditions(drawn, world.items)
    save_achievement(achievement, by=None, at=NOW)


def disturb_without_a_hint(world: World) -> None:
    """What a restore, a script or somebody at the database may do."""
    gone = world.random.sample(list(TrainingRecord.objects.values_list("pk", flat=True).order_by("pk")), 5)
    TrainingRecord.objects.filter(pk__in=gone).delete()
    TrainingRecord.objects.filter(pk=any_record(world).pk).update(user=any_user(world), minutes_spent=30)
    world.random.choice(world.courses).tags.set(world.random.sample(world.tags, world.random.randint(0, 2)))
    Achievement.objects.filter(pk=any_achievement(world).pk).update(points=world.random.randint(0, 6))
    SweepHint.objects.all().delete()


some_on_records = st.lists(on_records, min_size=2, max_size=4)


@quick
@given(seed=seeds, drawn=some_on_records, dependents=st.lists(dependents, max_size=2), changed=conditions)
def test_drain_after_edits_awards_what_the_oracle_says_now(db, seed, drawn, dependents, changed):
    with transaction.atomic():
        world = build(seed, drawn + dependents)
        sweeper.award_everybody(at=NOW)
        for step in range(STEPS):
            for edit in world.random.sample(QUEUED, 2):
                edit(world)
            if step == 1:
                change_conditions(world, changed)
            expected = oracle.everything(oracle.written(), at=NOW)

            sweeper.drain(at=NOW)

            assert oracle.written() == expected
            sweeper.award_everybody(at=NOW)
            assert oracle.written() == expected
        transaction.set_rollback(True)


@quick
@given(seed=seeds, drawn=some_on_records, dependents=st.lists(dependents, max_size=2))
def test_full_sweep_after_changes_without_a_hint_awards_what_the_oracle_says_now(db, seed, drawn, dependents):
    with transaction.atomic():
        world = build(seed, drawn + dependents)
        sweeper.award_everybody(at=NOW)
        for _step in range(STEPS):
            for edit in world.random.sample(QUEUED, 2):
                edit(world)
            disturb_without_a_hint(world)
            expected = oracle.everything(oracle.written(), at=NOW)

            done = sweeper.award_everybody(at=NOW)

            assert list(done.problems.values_list("message", flat=True)) == []
            assert oracle.written() == expected
        transaction.set_rollback(True)
