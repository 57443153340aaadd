"""What waits for a person, found cause by cause."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from achievements.models import Achievement, Hold
from badges.models import BadgeProvider
from operation.models import SweepHint
from tests.factories import (
    PAST,
    AdministratorFactory,
    BadgeProviderFactory,
    HoldFactory,
    SweepFactory,
    SweepProblemFactory,
    UserFactory,
)
from tests.tms.attention.troubles import ALL, trouble
from tms.attention.finding import PERMISSIONS, Kind, find, is_open_to

NOW = timezone.now


# How many students a class has is only counted for those that are shown.
FOUND = sorted((kind, 0 if kind == "class" else number) for kind, number in ALL)


def kinds_of(user):
    return sorted((one.kind.value, one.number) for one in find(user, at=NOW()))


@pytest.mark.parametrize("late", ["full_sweep", "oldest_record"])
def test_a_sweep_that_is_late_is_a_cause_for_those_who_see_sweeps(world, late):
    ago = NOW() - dt.timedelta(hours=2)
    SweepFactory.create(started_at=ago, finished_at=ago if late == "full_sweep" else NOW())
    if late == "oldest_record":
        SweepHint.objects.create(student_id=world.student.pk, due_at=ago)

    found = {name: find(user, at=NOW()) for name, user in world.personas.items() if is_open_to(user)}

    assert [(one.kind, one.code) for one in found.pop("administrator")] == [(Kind.SWEEP, late)]
    assert not any(found.values())


def test_every_kind_of_trouble_is_found_once(world):
    trouble(world.outside, word="Theirs ")
    trouble(world.academy)

    assert kinds_of(world.administrator) == FOUND


def test_nobody_is_told_of_another_customer_s_trouble(world):
    trouble(world.academy)
    rival = AdministratorFactory.create(organization=world.outside)

    assert kinds_of(rival) == []


@pytest.mark.parametrize("number", [1, 3])
def test_finding_takes_the_same_queries_for_any_number(world, django_assert_num_queries, number):
    for count in range(number):
        trouble(world.academy, word=f"{count} ")
    world.administrator.get_all_permissions()

    with django_assert_num_queries(10):
        find(world.administrator, at=NOW())


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        (["view_hold"], {"awards"}),
        (["view_sweep"], {"evaluation"}),
        (["view_badgeprovider"], {"provider"}),
        (["view_badgeprovider", "change_badgeprovider"], {"provider", "token"}),
        (["view_earnedachievement"], set()),
        (
            ["view_earnedachievement", "view_issuedbadge"],
            {"address", "account", "template", "provider", "delivery"},
        ),
    ],
)
def test_everybody_is_told_what_he_or_she_may_see(world, names, kinds):
    trouble(world.academy)
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))

    assert {kind for kind, _number in kinds_of(clerk)} == kinds


@pytest.mark.parametrize(
    ("persona", "has"),
    [("administrator", True), ("instructor", True), ("contractor", True), ("student", False), ("stranger", False)],
)
def test_who_may_see_any_of_it_has_the_page(world, persona, has):
    assert is_open_to(world.personas[persona]) is has


@pytest.mark.parametrize("name", PERMISSIONS)
def test_one_permission_is_enough_for_the_page(world, name):
    clerk = UserFactory.create(organization=world.academy)
    clerk.user_permissions.set(Permission.objects.filter(codename=name.partition(".")[2]))

    assert is_open_to(clerk)


def test_a_provider_that_was_switched_off_and_that_nobody_waits_for_is_no_cause(world):
    BadgeProviderFactory.create(organization=world.academy, is_enabled=False, paused_at=PAST)

    assert find(world.administrator, at=NOW()) == []


def test_a_token_is_told_of_to_who_may_enter_another(world):
    ends_at = NOW() + dt.timedelta(days=29)
    shared = BadgeProviderFactory.create(organization=world.outside, token_expires_at=ends_at)
    shared.available_to.add(world.academy)
    own = BadgeProviderFactory.create(organization=world.academy, token_expires_at=ends_at)
    BadgeProviderFactory.create(organization=world.academy, token_expires_at=ends_at + dt.timedelta(days=2))

    found = find(world.administrator, at=NOW())

    assert [(one.kind, one.about, one.since) for one in found] == [(Kind.TOKEN, own.pk, ends_at)]


def test_a_hold_that_is_decided_is_no_cause(world):
    HoldFactory.create(achievement__organization=world.academy, decision=Hold.Decision.APPROVED)

    assert find(world.administrator, at=NOW()) == []


@pytest.fixture
def broken(world):
    """An achievement that the last full sweep could not evaluate."""
    run = SweepFactory.create(started_at=NOW() + dt.timedelta(minutes=1), finished_at=NOW())
    problem = SweepProblemFactory.create(sweep=run, achievement__organization=world.academy, code="evaluation")
    return problem.achievement


def test_an_achievement_that_could_not_be_evaluated_is_a_cause_until_it_is_edited(world, broken):
    before = [(one.kind, one.about) for one in find(world.administrator, at=NOW())]

    Achievement.objects.filter(pk=broken.pk).update(modified_at=NOW() + dt.timedelta(hours=1))

    assert (before, find(world.administrator, at=NOW())) == ([(Kind.EVALUATION, broken.pk)], [])


@pytest.mark.parametrize("over", ["a later sweep", "disabled", "another code"])
def test_an_achievement_that_is_well_again_is_no_cause(world, broken, over):
    if over == "a later sweep":
        SweepFactory.create(started_at=NOW(), finished_at=NOW())
    elif over == "disabled":
        Achievement.objects.update(is_enabled=False)
    else:
        broken_problem = SweepProblemFactory.create(sweep=SweepFactory.create(finished_at=NOW()), code="blocked")
        Achievement.objects.filter(pk=broken_problem.achievement_id).update(organization=world.academy)

    assert find(world.administrator, at=NOW()) == []


def test_a_provider_that_somebody_waits_for_is_one_cause(world):
    troubles = trouble(world.academy)

    found = [one for one in find(world.administrator, at=NOW()) if one.kind == Kind.PROVIDER]

    assert [one.about for one in found].count(troubles.paused.pk) == 1
    assert len(found) == BadgeProvider.objects.filter(name__in=["Paused", "Silent", "Off", "Idle"]).count()
