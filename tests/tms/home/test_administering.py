import datetime as dt
from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from badges.models import ProviderPace, StepMoment
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    ClassFactory,
    CourseAssignmentFactory,
    IssuedBadgeFactory,
    SweepFactory,
    UserFactory,
)
from tms.home.administering import administering_of, standing_still

NOON = dt.datetime(2026, 5, 6, 12, tzinfo=dt.UTC)


def of(person):
    administering = administering_of(person, at=NOON)
    assert administering is not None
    return administering


def hours(number):
    return NOON + dt.timedelta(hours=number)


def test_an_administrator_sees_figures_of_the_managed_organizations(world):
    for start in (-1, 24):
        ClassFactory.create(organization=world.academy, starts_at=hours(start))
    ClassFactory.create(organization=world.outside, starts_at=NOON)
    CourseAssignmentFactory.create(student=world.student)
    CourseAssignmentFactory.create(student=world.student, completed_at=NOON)
    CourseAssignmentFactory.create(student=world.student, expires_at=NOON)
    badges = BadgeFactory.create_batch(3, organization=world.academy)
    for badge, at, delivery in zip(
        badges, [hours(-1), hours(-200), hours(-2)], ["delivered", "failed", "failed"], strict=True
    ):
        IssuedBadgeFactory.create(badge=badge, student=world.student, issued_at=at, delivery=delivery)
    IssuedBadgeFactory.create(issued_at=hours(-1))
    AchievementFactory.create(organization=world.academy)
    AchievementFactory.create(organization=world.academy, is_enabled=False)

    administering = of(world.administrator)

    assert [(str(figure.label), figure.number) for figure in administering.figures] == [
        ("Classes running now", 1),
        ("Open course assignments", 1),
        ("Badges issued in 7 days", 1),
        ("Achievements enabled", 1),
    ]


@pytest.mark.parametrize("persona", ["instructor", "contractor", "student", "stranger"])
def test_who_sees_no_sweeps_administers_nothing(world, persona):
    assert administering_of(world.personas[persona], at=NOON) is None


def test_who_may_not_see_what_was_issued_sees_no_weeks(world):
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    clerk.user_permissions.set(Permission.objects.filter(codename="view_sweep"))
    IssuedBadgeFactory.create(badge__organization=world.academy, issued_at=NOON)

    administering = of(clerk)

    assert (administering.weeks, administering.adoption) == (None, None)


def test_what_became_of_badges_is_told_with_the_numbers_of_the_page_behind_it(world, signed_in):
    badge = BadgeFactory.create(organization=world.academy)
    for days in (0, 89, 90):
        issued = IssuedBadgeFactory.create(badge=badge, issued_at=NOON - dt.timedelta(days=days))
        StepMoment.objects.create(issued_badge=issued, step="opened", at=NOON)

    lately = of(world.administrator).adoption

    page = signed_in(world.administrator).get(f"{reverse('badges:adoption')}{lately.query}")
    assert [share.count for share in lately.shares] == [2, 2, 2, None, 0, 0]
    assert [replace(share, url="") for share in page.context["all"]] == lately.shares


def test_the_weeks_are_drawn_by_way_and_by_provider(world):
    IssuedBadgeFactory.create(badge__organization=world.academy, issued_at=NOON, via="achievement")

    weeks = of(world.administrator).weeks

    assert [[part.count for part in stack.parts] for stack in (weeks.by_way, weeks.by_provider)] == [[1], [1]]
    assert [use.issued.count for use in weeks.most_issued] == [1]


def test_an_administrator_sees_what_was_issued_last(world):
    rows = [
        IssuedBadgeFactory.create(student=world.student, issued_at=hours(number), badge__organization=world.academy)
        for number in range(9)
    ]
    IssuedBadgeFactory.create(issued_at=hours(99))

    assert of(world.administrator).latest == rows[1:][::-1]


def test_an_administrator_sees_when_the_last_full_sweep_ended(world):
    SweepFactory.create(started_at=hours(-2), finished_at=hours(-1))
    SweepFactory.create(started_at=hours(-1), finished_at=None)
    SweepFactory.create(started_at=hours(0), finished_at=hours(0), kind="drain")

    freshness = of(world.administrator).freshness

    assert (freshness.last.finished_at, freshness.is_late) == (hours(-1), False)


def test_administrators_are_told_of_providers_that_bring_nothing(world, signed_in):
    providers = [
        BadgeProviderFactory.create(name="Paused", organization=world.academy, paused_at=NOON),
        BadgeProviderFactory.create(name="Silent", organization=world.umbrella),
        BadgeProviderFactory.create(name="Asked", organization=world.umbrella),
        BadgeProviderFactory.create(name="Busy", organization=world.umbrella),
        BadgeProviderFactory.create(name="Off", organization=world.umbrella, paused_at=NOON, is_enabled=False),
        BadgeProviderFactory.create(name="Of others", organization=world.outside, paused_at=NOON),
    ]
    later = timezone.now() + dt.timedelta(hours=1)
    for provider, failures, refusals in ((providers[1], 5, 0), (providers[2], 0, 1), (providers[3], 0, 0)):
        ProviderPace.objects.create(
            provider=provider, next_at=NOON, failures=failures, refusals=refusals, held_until=later
        )
    badge = BadgeFactory.create(organization=world.academy, provider=providers[0])
    for delivery in ("pending", "uncertain", "failed"):
        IssuedBadgeFactory.create(badge=badge, delivery=delivery)

    told = {
        name: [(one.provider.name, one.waiting) for one in standing_still(person)]
        for name, person in world.personas.items()
    }
    text = " ".join(signed_in(world.administrator).get("/").text.split())

    assert told == {name: [] for name in world.personas} | {
        "administrator": [("Asked", 0), ("Paused", 2), ("Silent", 0)]
    }
    paused = "Paused has been paused since 6 May 2026, 12:00. An administrator of Academy can resume it. 2 badges wait."
    assert paused in text
    assert "Asked asked us to wait until" in text
