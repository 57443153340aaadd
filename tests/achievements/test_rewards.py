import datetime as dt

import pytest
from django.urls import reverse

from badges.models import IssuedBadge
from tests.factories import (
    PAST,
    AchievementFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    UserFactory,
)


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Three Courses", organization=world.academy, points=10)


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


@pytest.fixture
def manager_without_role(world, signed_in):
    """Manages the academy, but nobody gave the account a role."""
    return signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))


def page(name, pk):
    return reverse(f"achievements:{name}", args=[pk])


def test_everybody_has_a_page_of_his_own(world, signed_in):
    for persona in world.personas.values():
        assert signed_in(persona).get(reverse("achievements:mine")).status_code == 200


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 200), ("stranger", 404)],
)
def test_the_page_of_a_person_is_for_that_person_and_administrators(world, signed_in, persona, status):
    response = signed_in(getattr(world, persona)).get(page("of", world.student.pk))

    assert response.status_code == status


def test_the_page_of_a_person_needs_the_permission_too(world, manager_without_role):
    response = manager_without_role.get(page("of", world.student.pk))

    assert response.status_code == 403


@pytest.fixture
def rewarded(world, achievement):
    """The student has an achievement twice, another one once, and a badge."""
    other = AchievementFactory.create(name="Ten Labs", organization=world.academy, points=7)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=1)
    EarnedAchievementFactory.create(
        achievement=achievement, user=world.student, nth=2, earned_at=PAST + dt.timedelta(days=2)
    )
    EarnedAchievementFactory.create(achievement=other, user=world.student, earned_at=PAST + dt.timedelta(days=1))
    EarnedAchievementFactory.create(achievement=other)
    IssuedBadgeFactory.create(student=world.student, status=IssuedBadge.Status.REVOKED, revoked_at=PAST)
    return IssuedBadgeFactory.create(badge__name="Diver", student=world.student)


def test_a_student_sees_achievements_with_points_and_badges(world, rewarded, signed_in):
    rewards = signed_in(world.student).get(reverse("achievements:mine")).context["rewards"]

    earned = [(one.achievement.name, one.times, one.points, one.last_at) for one in rewards.achievements]
    assert earned == [
        ("Three Courses", 2, 20, PAST + dt.timedelta(days=2)),
        ("Ten Labs", 1, 7, PAST + dt.timedelta(days=1)),
    ]
    assert (rewards.points, rewards.badges) == (27, [rewarded])


def test_who_does_not_take_part_sees_the_badges_alone(world, rewarded, signed_in):
    world.student.participates_in_achievements = False
    world.student.save()

    response = signed_in(world.student).get(reverse("achievements:mine"))

    rewards = response.context["rewards"]
    assert (rewards.achievements, rewards.badges) == ([], [rewarded])
    assert "You do not take part in achievements." in response.text


def test_an_organization_without_achievements_hides_them_and_keeps_the_badges(world, rewarded, administrator):
    world.academy.achievements_enabled = False
    world.academy.save()

    response = administrator.get(page("of", world.student.pk))

    rewards = response.context["rewards"]
    assert (rewards.achievements, rewards.badges) == ([], [rewarded])
    assert "Academy does not use achievements." in response.text


def test_without_rewards_both_parts_say_so(world, signed_in):
    response = signed_in(world.student).get(reverse("achievements:mine"))

    assert response.text.count("Nothing to display, yet.") == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_a_person_takes_eight_queries(world, administrator, django_assert_num_queries, rows):
    EarnedAchievementFactory.create_batch(rows, user=world.student)
    IssuedBadgeFactory.create_batch(rows, student=world.student)

    with django_assert_num_queries(8):
        administrator.get(page("of", world.student.pk))
