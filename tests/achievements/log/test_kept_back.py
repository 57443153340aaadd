"""What was earned and never issued, since the account or the badge lacks something."""

import pytest

from achievements.log.kept_back import withheld_among, withheld_for
from achievements.models import Achievement, EarnedAchievement
from badges.models import BadgeProvider
from organizations.models import Organization
from tests.achievements.log.not_delivered import credly, earned_by
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    StudentFactory,
    TrainingRecordFactory,
    UserFactory,
)

NAMELESS, BLANK_MAIL = {"last_name": " "}, {"email": ""}


@pytest.fixture
def built_in(world):
    return AchievementFactory.create(organization=world.academy, badge=BadgeFactory.create(organization=world.academy))


@pytest.fixture
def at_credly(world):
    badge = credly(world, provider_template_id="t")
    return AchievementFactory.create(organization=world.academy, badge=badge)


def found_by(user):
    return sorted(row.pk for rows in withheld_for(user) for row in rows)


@pytest.mark.parametrize("fields", [BLANK_MAIL, {"email": "nonsense"}, {"is_active": False}])
def test_an_account_that_lacks_something_keeps_everything_back(world, built_in, at_credly, fields):
    first = earned_by(world, built_in, **fields)
    second = EarnedAchievementFactory.create(achievement=at_credly, user=first.user)
    earned_by(world, built_in)

    assert found_by(world.administrator) == [first.pk, second.pk]


def test_a_name_is_lacked_where_the_provider_needs_one(world, built_in, at_credly):
    row = earned_by(world, at_credly, **NAMELESS)
    EarnedAchievementFactory.create(achievement=built_in, user=row.user)
    both = earned_by(world, built_in, **NAMELESS, **BLANK_MAIL)

    assert found_by(world.administrator) == [row.pk, both.pk]


@pytest.mark.parametrize("fault", ["no template", "switched off"])
def test_a_badge_that_lacks_something_keeps_everybody_s_back_once(world, at_credly, fault):
    rows = [earned_by(world, at_credly), earned_by(world, at_credly, **NAMELESS, **BLANK_MAIL)]
    if fault == "no template":
        at_credly.badge.provider_template_id = ""
        at_credly.badge.save()
    else:
        BadgeProvider.objects.update(is_enabled=False)

    assert found_by(world.administrator) == [row.pk for row in rows]


def test_a_badge_that_two_achievements_issue_is_kept_back_once(world, built_in):
    first = earned_by(world, built_in, **BLANK_MAIL)
    other = AchievementFactory.create(organization=world.academy, badge=built_in.badge)
    second = EarnedAchievementFactory.create(achievement=other, user=first.user)
    both = found_by(world.administrator)

    Achievement.objects.filter(pk=built_in.pk).update(is_enabled=False)

    assert (both, found_by(world.administrator)) == ([first.pk], [second.pk])


def test_what_was_issued_or_is_earned_again_is_not_kept_back(world, built_in):
    row = earned_by(world, built_in, **BLANK_MAIL)
    EarnedAchievementFactory.create(achievement=built_in, user=row.user, nth=2)
    IssuedBadgeFactory.create(badge=built_in.badge, student=earned_by(world, built_in, **BLANK_MAIL).user)

    assert found_by(world.administrator) == [row.pk]


@pytest.mark.parametrize("who", ["student", "organization", "owner"])
def test_whoever_takes_no_part_waits_for_nothing(world, built_in, who):
    row = earned_by(world, built_in, **BLANK_MAIL)
    if who == "student":
        row.user.participates_in_achievements = False
        row.user.save()
    elif who == "organization":
        row.user.organization = world.outside
        row.user.save()
        Organization.objects.filter(pk=world.outside.pk).update(achievements_enabled=False)
    else:
        Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)

    assert found_by(UserFactory.create(organization=world.academy, is_superuser=True)) == []


def test_of_people_elsewhere_those_are_seen_whom_a_course_trained(world, built_in, at_credly):
    far = StudentFactory.create(organization=world.outside, email="")
    rows = [EarnedAchievementFactory.create(achievement=one, user=far) for one in (built_in, at_credly)]
    of_theirs = AchievementFactory.create(organization=world.outside, badge=BadgeFactory.create())
    theirs = EarnedAchievementFactory.create(achievement=of_theirs, user=far)
    before = found_by(world.administrator)

    TrainingRecordFactory.create(user=far, course__organization=world.academy)

    assert (before, found_by(world.administrator)) == ([], [row.pk for row in rows])
    root = UserFactory.create(organization=world.academy, is_superuser=True)
    assert found_by(root) == [row.pk for row in [*rows, theirs]]


def test_of_one_person_the_same_is_found(world, built_in, at_credly):
    row = earned_by(world, built_in, **BLANK_MAIL)
    other = EarnedAchievementFactory.create(achievement=at_credly, user=row.user)
    earned_by(world, built_in, **BLANK_MAIL)

    found = withheld_among(EarnedAchievement.objects.filter(user=row.user))

    assert sorted(one.pk for rows in found for one in rows) == [row.pk, other.pk]
