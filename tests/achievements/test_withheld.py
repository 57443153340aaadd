"""The badges that were earned and cannot be issued: one list, each student and badge once, until it is mended."""

import pytest
from django.urls import reverse
from django.utils import timezone

from achievements import sweep
from achievements.withheld import reason_of, withheld_from
from badges.models import BadgeProvider
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    StudentFactory,
)
from tms.home import home_of


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(
        name="Finisher",
        organization=world.academy,
        badge=BadgeFactory.create(name="Owl", organization=world.academy, provider__name="Seals"),
    )


def earned_by(world, achievement, **fields):
    student = StudentFactory.create(organization=world.academy, **fields)
    return EarnedAchievementFactory.create(achievement=achievement, user=student)


def credly(world, **fields):
    provider = BadgeProviderFactory.create(
        organization=world.academy,
        kind=BadgeProvider.Kind.CREDLY,
        api_url="https://api.credly.example/v1",
    )
    return BadgeFactory.create(organization=world.academy, provider=provider, **fields)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"email": ""}, "The student's account has no e-mail address."),
        ({"email": "nonsense"}, "The student's e-mail address is not valid."),
        ({"is_active": False}, "The student's account is closed. An administrator can open it again."),
    ],
)
def test_what_is_wrong_with_an_account_withholds_its_badge(world, achievement, fields, reason):
    earned = earned_by(world, achievement, **fields)
    earned_by(world, achievement)

    assert [(one, reason_of(one)) for one in withheld_from(world.administrator)] == [(earned, reason)]


def test_a_provider_that_is_switched_off_withholds_the_badges_of_all(world, achievement):
    BadgeProvider.objects.update(is_enabled=False)
    rows = [earned_by(world, achievement), earned_by(world, achievement)]

    found = withheld_from(world.administrator).order_by("pk")

    assert [(one, reason_of(one)) for one in found] == [
        (row, "The badge provider Seals is switched off.") for row in rows
    ]


def test_a_missing_template_or_name_withholds_a_badge_of_credly_alone(world, achievement):
    without = AchievementFactory.create(organization=world.academy, badge=credly(world, name="A"))
    strict = AchievementFactory.create(
        organization=world.academy, badge=credly(world, name="B", provider_template_id="t")
    )
    rows = [earned_by(world, without), earned_by(world, strict, last_name=" ")]
    earned_by(world, strict)
    earned_by(world, achievement, last_name="")

    assert list(withheld_from(world.administrator).order_by("pk")) == rows


def test_each_student_and_badge_stands_in_it_once_until_it_is_mended(world, achievement):
    first = earned_by(world, achievement, email="")
    again = AchievementFactory.create(organization=world.academy, badge=achievement.badge)
    EarnedAchievementFactory.create(achievement=again, user=first.user)
    sweep.award_everybody(at=timezone.now())
    sweep.award_everybody(at=timezone.now())
    before = list(withheld_from(world.administrator))

    first.user.email = "there@example.test"
    first.user.save()
    sweep.award_everybody(at=timezone.now())

    assert (before, list(withheld_from(world.administrator))) == ([first], [])


def test_what_was_issued_or_revoked_or_is_not_to_be_issued_is_not_withheld(world, achievement):
    held, out = earned_by(world, achievement, email=""), earned_by(world, achievement, email="")
    IssuedBadgeFactory.create(badge=achievement.badge, student=held.user)
    out.user.participates_in_achievements = False
    out.user.save()
    EarnedAchievementFactory.create(achievement__organization=world.academy, user__email="")

    assert list(withheld_from(world.administrator)) == []


def test_the_number_on_home_and_profile_is_that_of_the_list(world, achievement, signed_in):
    rows = [earned_by(world, achievement, email=""), earned_by(world, achievement, email="")]
    client = signed_in(world.administrator)

    figure = next(
        one for one in home_of(world.administrator, at=rows[0].earned_at).figures if one.label == "Badges withheld"
    )
    everybody = client.get(reverse("achievements:withheld")).context["listing"]
    profile = client.get(reverse("achievements:user", args=[rows[0].user_id]))
    one = client.get(reverse("achievements:withheld"), {"user": rows[0].user_id}).context["listing"]

    assert (figure.number, everybody.count, profile.context["withheld_count"], one.count) == (2, 2, 1, 1)
    assert "The student&#x27;s account has no e-mail address." in client.get(reverse("achievements:withheld")).text


def test_another_organization_s_people_are_not_in_it(world, achievement, signed_in):
    earned_by(world, AchievementFactory.create(organization=world.outside, badge=achievement.badge), email="")
    EarnedAchievementFactory.create(
        achievement__organization=world.outside,
        achievement__badge=BadgeFactory.create(organization=world.outside),
        user=StudentFactory.create(organization=world.outside, email=""),
    )

    assert withheld_from(world.administrator).count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(world, achievement, signed_in, django_assert_num_queries, rows):
    for _ in range(rows):
        earned_by(world, achievement, email="")
    client = signed_in(world.administrator)

    with django_assert_num_queries(9):
        client.get(reverse("achievements:withheld"))
