"""Whom the list of users is narrowed to, and by what."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from organizations.models import Organization
from tests.achievements.pages.reading import found
from tests.factories import AchievementFactory, EarnedAchievementFactory, OrganizationFactory, UserFactory

LIST = reverse("achievements:users")


def test_find_users_by_achievement_lists_all_of_mine_who_earned_it(world, administrator):
    achievement = AchievementFactory.create(organization=world.academy, is_global=True)
    for nth in (1, 2):
        EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=nth)
    EarnedAchievementFactory.create(achievement=achievement, user=world.guest)
    EarnedAchievementFactory.create(user=world.instructor)

    assert found(administrator.get(LIST, {"achievement": achievement.pk})) == {world.student}


@pytest.mark.parametrize(
    ("owner", "more", "is_choice"),
    [
        ("root", {"is_global": True}, True),
        ("root", {"is_global": True, "is_enabled": False}, False),
        ("root", {}, False),
        ("outside", {"is_global": True}, False),
        ("outside", {"is_global": True, "reaches_all_trees": True}, True),
        ("academy", {"is_enabled": False}, True),
    ],
)
def test_achievements_of_others_are_a_choice_when_they_are_global_and_enabled(
    world, administrator, owner, more, is_choice
):
    root = OrganizationFactory.create()
    Organization.objects.filter(pk=world.umbrella.pk).update(parent=root)
    organization = root if owner == "root" else getattr(world, owner)
    achievement = AchievementFactory.create(organization=organization, **more)

    response = administrator.get(LIST, {"achievement": achievement.pk})

    assert response.context["listing"].filterset.is_valid() is is_choice


def test_what_mine_earned_elsewhere_is_a_choice(world, administrator):
    theirs, unseen = AchievementFactory.create_batch(2, organization=world.outside)
    EarnedAchievementFactory.create(achievement=theirs, user=world.student)
    EarnedAchievementFactory.create(achievement=theirs, user=world.guest)
    EarnedAchievementFactory.create(achievement=unseen, user=world.stranger)

    response = administrator.get(LIST, {"achievement": theirs.pk})

    choices = response.context["listing"].filterset.form.fields["achievement"].queryset
    assert (list(choices), found(response)) == ([theirs], {world.student})


def test_who_may_not_see_what_was_earned_cannot_search_by_it(world, signed_in):
    achievement = AchievementFactory.create(name="Diver", organization=world.academy)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    viewer = UserFactory.create(organization=world.academy, manages=[world.academy])
    viewer.user_permissions.add(Permission.objects.get(codename="view_user", content_type__app_label="organizations"))

    response = signed_in(viewer).get(LIST, {"achievement": achievement.pk, "columns": ["name", "achievements"]})

    listing = response.context["listing"]
    assert ([one.field.name for one in listing.filters], [column.name for column in listing.shown]) == (
        ["organization", "role", "participates", "active", "last_login"],
        ["name", "actions"],
    )
    assert found(response) == {world.instructor, world.student, viewer}
    assert "Diver" not in response.text
