import pytest

from achievements.models import Achievement, EarnedAchievement
from tests.factories import AchievementFactory, EarnedAchievementFactory, UserFactory
from tests.violations import violates

pytestmark = pytest.mark.django_db


def test_achievements_of_an_organization_differ_in_name():
    achievement = AchievementFactory.create()

    with violates("achievement_name_unique"):
        AchievementFactory.create(organization=achievement.organization, name=achievement.name)


def test_a_frequency_is_positive():
    with violates("achievement_frequency_is_positive"):
        AchievementFactory.create(frequency=0)


def test_a_frequency_is_bounded():
    with violates("achievement_frequency_is_bounded"):
        AchievementFactory.create(frequency=10_001)


def test_points_are_not_negative():
    with violates("achievement_points_not_negative"):
        AchievementFactory.create(points=-1)


def test_an_achievement_is_earned_for_the_nth_time_once():
    earned = EarnedAchievementFactory.create()

    with violates("earned_achievement_once"):
        EarnedAchievementFactory.create(achievement=earned.achievement, user=earned.user, nth=earned.nth)


def test_earning_counts_from_one():
    with violates("earned_achievement_nth_is_positive"):
        EarnedAchievementFactory.create(nth=0)


def test_an_administrator_sees_the_achievements_of_managed_organizations(world):
    own = AchievementFactory.create(organization=world.academy)
    AchievementFactory.create(organization=world.outside, is_global=True)

    assert list(Achievement.objects.visible_to(world.administrator)) == [own]


@pytest.mark.parametrize("persona", ["instructor", "contractor", "student", "stranger"])
def test_others_administer_no_achievements(world, persona):
    AchievementFactory.create(organization=world.academy)

    assert list(Achievement.objects.visible_to(world.personas[persona])) == []


def test_the_sweep_awards_what_is_enabled():
    enabled, _disabled = AchievementFactory.create(), AchievementFactory.create(is_enabled=False)

    assert list(Achievement.objects.all().enabled()) == [enabled]


def test_who_sees_an_earned_achievement(world):
    earned = EarnedAchievementFactory.create(achievement__organization=world.academy, user=world.student)
    by_us = EarnedAchievementFactory.create(achievement__organization=world.academy, user=world.guest)
    EarnedAchievementFactory.create(user=world.guest)

    seen = {n for n, user in world.personas.items() if earned in EarnedAchievement.objects.visible_to(user)}

    assert seen == {"administrator", "student"}
    assert set(EarnedAchievement.objects.visible_to(world.administrator)) == {earned, by_us}


@pytest.mark.parametrize("model", [Achievement, EarnedAchievement])
def test_a_superuser_sees_everything(model):
    EarnedAchievementFactory.create()

    assert model.objects.visible_to(UserFactory.create(is_superuser=True)).count() == 1
