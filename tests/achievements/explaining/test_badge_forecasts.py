"""What a preview says of the badge is what the sweep then does."""

import datetime as dt

import pytest
from django.utils import timezone

from achievements.explaining.previewing import estimate, preview
from achievements.sweep import sweeper
from badges.models import IssuedBadge
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    StudentFactory,
    TrainingRecordFactory,
)


def finisher(world, **fields):
    person = StudentFactory.create(organization=world.academy, **fields)
    TrainingRecordFactory.create(user=person, course=world.course)
    return person


def credly_badge(world, **fields):
    of_credly = {"provider__kind": "credly", "provider__name": "Seals", "provider_template_id": "t-1"}
    return BadgeFactory.create(organization=world.academy, **of_credly | fields)


@pytest.fixture
def badge(world):
    return credly_badge(world)


@pytest.fixture
def people(world, badge):
    """Two get it, one of them at an address that is valid and not plain; two have it; one had it; four cannot get it."""
    for fields in ({}, {"email": "o'hara@example.test"}):
        finisher(world, **fields)
    for _n in range(2):
        IssuedBadgeFactory.create(badge=badge, student=finisher(world))
    IssuedBadgeFactory.create(badge=badge, student=finisher(world), status="revoked", revoked_at=PAST)
    for fields in ({"email": ""}, {"email": ""}, {"email": "nobody at home"}, {"first_name": " "}):
        finisher(world, **fields)


def test_the_forecast_is_what_the_sweep_does(world, badge, people):
    achievement = AchievementFactory.create(organization=world.academy, badge=badge)
    before = IssuedBadge.objects.count()

    seen = [look(achievement, user=world.administrator).badge for look in (preview, estimate)]
    sweeper.award_everybody(at=timezone.now() + dt.timedelta(minutes=1))

    reasons = [
        "2 accounts have no e-mail address.",
        "1 account has an e-mail address that is not valid.",
        "1 account lacks a first or a last name, which the badge provider needs.",
        "1 person had the badge, and it was revoked. A sweep does not issue it again.",
    ]
    found = [(one.given, one.held, one.refused, one.reasons) for one in seen if one]
    assert found == [(2, 2, 5, reasons)] * 2
    assert IssuedBadge.objects.count() - before == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"provider__is_enabled": False}, "The badge provider Seals is switched off."),
        (
            {"provider_template_id": ""},
            "The badge has no badge provider template id. An administrator can enter it.",
        ),
    ],
)
def test_what_is_wrong_with_the_badge_keeps_everybody_from_it(world, fields, words):
    badge = credly_badge(world, **fields)
    finisher(world)
    IssuedBadgeFactory.create(badge=badge, student=finisher(world))

    seen = preview(AchievementFactory.create(organization=world.academy, badge=badge), user=world.administrator).badge

    assert seen is not None
    assert (seen.given, seen.held, seen.refused, seen.reasons) == (0, 1, 1, [words])


def test_further_times_earn_no_badge(world, badge):
    achievement = AchievementFactory.create(organization=world.academy, badge=badge, frequency=2)
    person = finisher(world)
    EarnedAchievementFactory.create(achievement=achievement, user=person)
    TrainingRecordFactory.create(user=person, course=world.course)

    seen = preview(achievement, user=world.administrator)

    assert seen.badge is not None
    assert (seen.would_award, seen.badge.people) == (1, 0)


def test_without_a_badge_there_is_nothing_to_foresee(world):
    finisher(world)

    assert preview(AchievementFactory.create(organization=world.academy), user=world.administrator).badge is None
