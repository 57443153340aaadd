"""What is asked for before a path has its badge."""

import pytest

from achievements.definitions.path_badges import draft_of
from achievements.models import Achievement
from achievements.pages.path_forms import PathAwardForm, PathBadgeForm
from tests.achievements.rewarded_paths import badge_form, badge_page
from tests.factories import (
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    CourseFactory,
    LearningPathCourseFactory,
)


@pytest.mark.parametrize("changes", [{"badge": ""}, {"name": ""}, {"points": "-1"}])
def test_what_is_missing_or_wrong_is_said(path, badge, administrator, changes):
    response = administrator.post(badge_page(path), badge_form(path, badge) | changes)

    assert (response.status_code, list(response.context["form"].errors)) == (422, list(changes))


def test_a_badge_that_the_organization_may_not_use_is_no_choice(world, path, administrator):
    foreign = BadgeFactory.create(organization=world.umbrella)

    response = administrator.post(badge_page(path), badge_form(path, foreign))

    assert list(response.context["form"].errors) == ["badge"]


def test_a_name_that_is_taken_is_refused(world, path, badge, administrator):
    AchievementFactory.create(name="Network Defender", organization=world.academy)

    response = administrator.post(badge_page(path), badge_form(path, badge))

    assert response.status_code == 422
    assert response.context["form"].errors == {"name": ["Another achievement of this organization has this name."]}


def test_a_course_out_of_reach_is_refused(world, path, badge, administrator):
    foreign = CourseFactory.create(organization=world.outside)
    LearningPathCourseFactory.create(learning_path=path, course=foreign, position=9)

    response = administrator.post(badge_page(path), badge_form(path, badge))

    assert response.context["form"].non_field_errors() == [f"There is no course {foreign.pk} here."]
    assert Achievement.objects.count() == 0


def form_for(path, user, data=None):
    return PathBadgeForm(data, instance=draft_of(path, by=user), user=user)


def test_badges_that_may_be_used_are_offered_by_name(world, path):
    BadgeFactory.create(organization=world.umbrella)
    before = form_for(path, world.administrator)
    second, first = (BadgeFactory.create(name=name, organization=world.academy) for name in ("Owl", "Elk"))

    form = form_for(path, world.administrator)

    assert (before.offers_badges, form.offers_badges) == (False, True)
    assert list(form.fields["badge"].queryset) == [first, second]


def test_all_trees_are_offered_to_a_superuser_alone(world, path):
    superuser = AdministratorFactory.create(organization=world.academy, is_superuser=True)

    offered = ["reaches_all_trees" in form_for(path, user).fields for user in (world.administrator, superuser)]

    assert offered == [False, True]


@pytest.mark.parametrize(
    ("act", "is_valid"), [("update", True), ("link", True), ("unlink", True), ("x", False), ("", False)]
)
def test_an_achievement_of_a_path_has_three_buttons(act, is_valid):
    assert PathAwardForm({"act": act}).is_valid() is is_valid
