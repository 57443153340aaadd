import pytest

from achievements.editing import save_achievement
from tests.factories import AchievementFactory


@pytest.mark.django_db
def test_two_editors_make_two_versions():
    first = AchievementFactory.create()
    second = type(first).objects.get(pk=first.pk)

    save_achievement(first, conditions_changed=True)
    save_achievement(second, conditions_changed=True)

    second.refresh_from_db()
    assert second.version == 3


@pytest.mark.django_db
def test_a_new_achievement_starts_at_version_one():
    achievement = AchievementFactory.build(organization=AchievementFactory.create().organization)

    save_achievement(achievement, conditions_changed=True)

    achievement.refresh_from_db()
    assert achievement.version == 1
