"""What stands in the editor and is to be previewed."""

import pytest
from django.urls import reverse

from achievements.pages.preview_forms import DraftForm
from tests.achievements.editing import form_of
from tests.factories import AchievementFactory, AdministratorFactory, BadgeFactory, CourseFactory, OrganizationFactory


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conditions": "[{Subjekt:10}]"}, "Did you mean Subject?"),
        ({"conditions": "[{Subject:10, CourseIds:[999999]}]"}, "There is no course 999999 here."),
        ({"frequency": "0"}, "Frequency"),
    ],
)
def test_a_draft_that_cannot_be_saved_cannot_be_previewed(achievement, administrator, changes, words):
    response = administrator.post(reverse("achievements:preview_new"), form_of(achievement, **changes))

    assert response.status_code == 422
    assert words in response.text


def test_a_draft_for_an_organization_out_of_reach_is_refused(world, achievement, administrator):
    data = form_of(achievement, organization=world.outside.pk)

    response = administrator.post(reverse("achievements:preview_new"), data)

    assert response.status_code == 422


def test_the_name_may_be_missing_and_the_fields_that_decide_nothing_are_not_read(world, achievement):
    data = form_of(achievement, name="", points="x", description="", is_enabled="")

    assert DraftForm(data, user=world.administrator).errors == {}


def test_without_a_superuser_all_trees_are_not_even_read(world, achievement):
    superuser = AdministratorFactory.create(organization=world.outside, is_superuser=True)
    data = form_of(achievement, is_global="on", reaches_all_trees="on")

    drafts = [DraftForm(data, user=user) for user in (world.administrator, superuser)]

    assert [draft.errors for draft in drafts] == [{}, {}]
    assert [draft.instance.reaches_all_trees for draft in drafts] == [False, True]


def test_a_badge_out_of_sight_is_no_choice(world, achievement):
    data = form_of(achievement, badge=BadgeFactory.create(organization=world.outside).pk)

    assert list(DraftForm(data, user=world.administrator).errors) == ["badge"]


def test_a_badge_that_the_organization_may_not_use_is_refused_at_its_place(world, achievement, administrator):
    data = form_of(achievement, badge=BadgeFactory.create(name="Owl", organization=world.umbrella).pk) | {"live": "1"}

    response = administrator.post(reverse("achievements:preview_new"), data, headers={"HX-Request": "true"})

    assert response.context["form"].errors == {"badge": ["Owl is not available to Academy."]}
    said = response.text.partition('id="badge-said" hx-swap-oob="innerHTML">')[2]
    assert "<span>Owl is not available to Academy.</span>" in said
    assert "get the badge" not in response.text


def test_a_badge_that_is_not_available_any_more_is_previewed_until_another_is_chosen(world, achievement):
    achievement.badge = BadgeFactory.create(organization=world.outside)
    achievement.save()

    assert DraftForm(form_of(achievement), instance=achievement, user=world.administrator).errors == {}


def test_ids_are_asked_about_where_the_conditions_or_their_organization_are_changed(world):
    gone = [{"Subject": 10, "Count": 1, "CourseIds": [987654321]}]
    achievement = AchievementFactory.create(organization=world.academy, conditions=gone)
    below = OrganizationFactory.create(parent=world.academy)

    def errors_of(**changes):
        return DraftForm(form_of(achievement, **changes), instance=achievement, user=world.administrator).errors

    assert errors_of(frequency="2") == {}
    for changes in ({"organization": below.pk}, {"conditions": str([gone[0] | {"Count": 2}])}):
        assert [error[-34:] for error in errors_of(**changes)["conditions"]] == ["There is no course 987654321 here."]


def test_warnings_are_those_of_the_draft(world, achievement):
    course = CourseFactory.create(organization=world.academy)
    text = f"[{{Subject:10, Count:4, CourseIds:[{course.pk}]}}]"
    form = DraftForm(form_of(achievement, conditions=text), user=world.administrator)

    assert form.is_valid()
    assert form.warnings == ["Without Distinct, one of these taken 4 times is enough."]
