"""The page that gives a learning path its badge."""

import datetime as dt

import pytest
from django.urls import reverse

from achievements.models import Achievement, AchievementChange, EarnedAchievement
from achievements.sweep.sweeper import drain
from operation.models import SweepHint
from tests.achievements.rewarded_paths import add_a_course, badge_form, badge_page, empty, finish_path
from tests.factories import PAST, LearningPathFactory


def test_the_page_shows_whom_it_would_award(world, path, badge, administrator):
    finish_path(path, world.student)

    response = administrator.get(badge_page(path))

    preview = response.context["preview"]
    assert (preview.awarded.count, list(preview.awarded.people)) == (1, [world.student])
    assert Achievement.objects.count() == 0


def test_one_press_writes_the_achievement_by_the_rule_of_achievements(world, path, badge, administrator):
    response = administrator.post(badge_page(path), badge_form(path, badge, points="50"))

    achievement = Achievement.objects.get()
    assert response.url == reverse("achievements:details", args=[achievement.pk])
    assert (achievement.name, achievement.points, achievement.badge) == ("Network Defender", 50, badge)
    assert (achievement.organization, achievement.is_enabled) == (world.academy, True)
    assert SweepHint.objects.filter(achievement_id=achievement.pk).exists()
    assert AchievementChange.objects.get().changed_by == world.administrator


def test_not_enabled_nobody_is_awarded_yet(world, path, badge, administrator):
    finish_path(path, world.student)
    data = badge_form(path, badge)
    del data["is_enabled"]

    response = administrator.post(badge_page(path), data, follow=True)
    drain(at=PAST + dt.timedelta(days=1))

    assert EarnedAchievement.objects.count() == 0
    said = [str(message) for message in response.context["messages"]]
    assert said == ["Network Defender was created. No one is awarded until you enable it."]


def test_to_look_writes_nothing(path, badge, administrator):
    response = administrator.post(badge_page(path), badge_form(path, badge, look="yes"))

    assert (response.status_code, Achievement.objects.count()) == (200, 0)


def keep_apart(_path):
    Achievement.objects.update(learning_path=None)


def reward_another(path):
    other = LearningPathFactory.create(organization=path.organization)
    Achievement.objects.update(learning_path=other)


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (empty, "Network Defender has neither courses nor an exam to ask for. The first stays as it is."),
        (keep_apart, "The first does not reward Network Defender now. It stays as it is."),
        (reward_another, "The first does not reward Network Defender now. It stays as it is."),
    ],
)
def test_an_update_that_comes_too_late_changes_nothing_and_says_so(path, badge, administrator, meanwhile, said):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    add_a_course(path)
    meanwhile(path)
    stored = Achievement.objects.values().get()

    award = reverse("achievements:path_award", args=[path.pk, stored["id"]])
    *_before, message = administrator.post(award, {"act": "update"}, follow=True).context["messages"]

    assert (str(message), message.level_tag) == (said, "error")
    assert Achievement.objects.values().get() == stored


def test_a_forged_act_does_nothing(path, badge, administrator):
    administrator.post(badge_page(path), badge_form(path, badge))
    award = reverse("achievements:path_award", args=[path.pk, Achievement.objects.get().pk])

    *_before, said = administrator.post(award, {"act": "delete"}, follow=True).context["messages"]

    assert [str(said)] == ["Press one of the buttons beside an achievement."]
    assert Achievement.objects.get().learning_path == path


def test_a_path_with_nothing_to_complete_says_so(world, administrator):
    path = LearningPathFactory.create(organization=world.academy)

    assert "there is nothing to complete" in administrator.get(badge_page(path)).text
    assert administrator.post(badge_page(path), {}).status_code == 200


def test_a_path_that_one_only_walks_gets_no_badge(world, badge, signed_in):
    path = LearningPathFactory.create(organization=world.umbrella)
    world.administrator.managed_organizations.set([world.academy])

    assert signed_in(world.administrator).post(badge_page(path), badge_form(path, badge)).status_code == 403
