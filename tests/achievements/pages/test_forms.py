"""The form of the editor, and the filters of the lists of achievements and of the log of sweeps."""

import re

import pytest
from django.http import QueryDict
from django.urls import reverse

from achievements.definitions.editing import save_achievement
from achievements.editor.building import of_stored
from achievements.models import Achievement, AchievementChange
from achievements.pages.forms import AchievementForm
from tests.achievements.editing import ANY_COURSE, fields_of, form_of, sent
from tests.achievements.pages.reading import page
from tests.factories import PAST, AchievementFactory, BadgeFactory, CourseFactory, OrganizationFactory, UserFactory

LIST = reverse("achievements:list")


def test_basic_information_has_the_fields_in_the_products_order(administrator):
    response = administrator.get(reverse("achievements:create"))

    assert [field.label for field in response.context["form"].basic_information] == [
        "Name",
        "Description",
        "Organization",
        "Points",
        "Frequency",
        "Frequency Type",
        "Badge",
        "Global",
        "Enabled",
    ]


@pytest.mark.parametrize("field", ["badge", "organization"])
def test_rows_of_other_organizations_are_no_choice_of_a_filter(world, achievement, administrator, field):
    foreign = {"badge": BadgeFactory.create(organization=world.outside).pk, "organization": world.outside.pk}

    response = administrator.get(LIST, {field: foreign[field]})

    assert list(response.context["listing"].filterset.errors) == [field]


@pytest.mark.parametrize(
    ("conditions", "error"),
    [
        ("", "This field is required."),
        ("[{Subjekt:10}]", "Line 1, column 3: There is no field “Subjekt”. Did you mean Subject?"),
        ("[\n{Subject:10, Count:0}]", "Line 2, column 20: Count lies between 1 and 2147483647."),
        ("[{Subject:10, CourseIds:[987654321]}]", "Line 1, column 26: There is no course 987654321 here."),
    ],
)
def test_conditions_are_refused_with_the_place(achievement, administrator, conditions, error):
    response = administrator.post(page("edit", achievement.pk), form_of(achievement, conditions=conditions))

    assert response.status_code == 422
    assert response.context["form"].errors == {"conditions": [error]}


def test_refused_conditions_stay_as_they_were_written(achievement, administrator):
    response = administrator.post(page("edit", achievement.pk), form_of(achievement, conditions="[{Subjekt:10}]"))

    assert "[{Subjekt:10}]</textarea>" in response.text


def test_courses_of_other_organizations_are_out_of_reach(world, achievement, administrator):
    course = CourseFactory.create(organization=world.outside)

    response = administrator.post(
        page("edit", achievement.pk), form_of(achievement, conditions=f"[{{Subject:10, CourseIds:[{course.pk}]}}]")
    )

    assert response.context["form"].errors == {
        "conditions": [f"Line 1, column 26: There is no course {course.pk} here."]
    }


def test_an_achievement_whose_course_went_out_of_reach_can_still_be_switched_off(world, administrator):
    gone = [{"Subject": 10, "Count": 1, "CourseIds": [987654321]}]
    achievement = AchievementFactory.create(organization=world.academy, conditions=gone)
    data = form_of(achievement)
    del data["is_enabled"]

    administrator.post(page("edit", achievement.pk), data)

    achievement.refresh_from_db()
    assert (achievement.is_enabled, achievement.version) == (False, 1)


@pytest.mark.parametrize("field", ["organization", "badge"])
def test_rows_of_other_organizations_are_no_choice(world, achievement, administrator, field):
    foreign = {"organization": world.outside.pk, "badge": BadgeFactory.create(organization=world.outside).pk}

    response = administrator.post(page("edit", achievement.pk), form_of(achievement, **{field: foreign[field]}))

    assert list(response.context["form"].errors) == [field]


def test_a_badge_that_the_organization_may_not_use_is_refused(world, achievement, administrator):
    badge = BadgeFactory.create(name="Diver", organization=world.umbrella)

    response = administrator.post(page("edit", achievement.pk), form_of(achievement, badge=badge.pk))

    assert response.context["form"].errors == {"badge": ["Diver is not available to Academy."]}


def test_a_badge_that_is_not_available_any_more_stays_until_another_is_chosen(world, achievement, administrator):
    badge = BadgeFactory.create(name="Diver", organization=world.umbrella)
    Achievement.objects.filter(pk=achievement.pk).update(badge=badge)
    achievement.refresh_from_db()
    form = administrator.get(page("edit", achievement.pk)).context["form"]

    administrator.post(page("edit", achievement.pk), form_of(achievement, description="New words"))

    achievement.refresh_from_db()
    assert badge in form.fields["badge"].queryset
    assert (achievement.description, achievement.badge) == ("New words", badge)


def test_a_badge_that_was_made_available_can_be_used(world, achievement, administrator):
    badge = BadgeFactory.create(organization=world.umbrella)
    badge.available_to.add(world.academy)

    response = administrator.post(page("edit", achievement.pk), form_of(achievement, badge=badge.pk))

    assert response.status_code == 302


@pytest.mark.parametrize(
    "changes", [{"points": "-1"}, {"frequency": "0"}, {"frequency": "10001"}, {"points": "x"}, {"frequency_type": "x"}]
)
def test_numbers_that_make_no_sense_are_refused(achievement, administrator, changes):
    response = administrator.post(page("edit", achievement.pk), form_of(achievement, **changes))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(changes)


def test_a_name_that_is_taken_is_refused(world, achievement, administrator):
    AchievementFactory.create(name="Ten Labs", organization=world.academy)

    response = administrator.post(page("edit", achievement.pk), form_of(achievement, name="Ten Labs"))

    achievement.refresh_from_db()
    assert (response.status_code, achievement.name) == (422, "Three Courses")


def test_a_form_cannot_set_the_version(achievement, administrator):
    administrator.post(page("edit", achievement.pk), form_of(achievement, version="99"))

    achievement.refresh_from_db()
    assert achievement.version == 1


def test_conditions_saved_meanwhile_are_kept_by_who_did_not_touch_them(world, achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement.pk)))
    achievement.conditions = [{"Subject": 40, "Points": 5}]
    save_achievement(achievement, by=world.administrator, at=PAST)
    data["points"] = "77"

    told = administrator.post(page("edit", achievement.pk), data)
    administrator.post(page("edit", achievement.pk), fields_of(told))

    stored = Achievement.objects.get()
    assert (stored.conditions, stored.points, stored.version) == ([{"Subject": 40, "Points": 5}], 77, 2)


def sent_form(achievement, **changes):
    data = QueryDict(mutable=True)
    data.update(form_of(achievement, **changes))
    return data


def test_a_new_achievement_is_offered_the_own_organization_if_it_is_managed(world):
    below = UserFactory.create(organization=world.outside, manages=[world.academy])

    offered = [AchievementForm(user=user).initial.get("organization") for user in (world.administrator, below)]

    assert offered == [world.administrator.organization_id, None]


def test_what_the_form_said_comes_back_only_from_a_page_that_drew_it(world, achievement):
    drawn = AchievementForm(instance=achievement, user=world.administrator)
    by_a_program = AchievementForm(sent_form(achievement), instance=achievement, user=world.administrator)
    by_a_page = AchievementForm(sent_form(achievement, seen=""), instance=achievement, user=world.administrator)

    hidden = [form.fields["name"].show_hidden_initial for form in (drawn, by_a_program, by_a_page)]
    assert hidden == [True, False, True]
    assert ["initial-conditions" in form.initial_conditions for form in (drawn, by_a_program, by_a_page)] == hidden


def test_the_owner_is_the_organization_chosen_so_far_within_reach(world, achievement):
    chosen = [world.umbrella.pk, world.outside.pk, "x", ""]

    owners = [
        AchievementForm(sent_form(achievement, organization=pk), instance=achievement, user=world.administrator).owner
        for pk in chosen
    ]

    assert owners == [world.umbrella, None, None, None]


@pytest.fixture
def badges(world):
    """Of both organizations of the administrator, one of them shared."""
    owl, elk = (BadgeFactory.create(name=name, organization=world.umbrella) for name in ("Owl", "Elk"))
    owl.available_to.add(world.academy)
    return {"Owl": owl, "Elk": elk, "Fox": BadgeFactory.create(name="Fox", organization=world.academy)}


def offered(form):
    return re.findall(r">([^<]+)</option>", str(form["badge"]))[1:]


def test_badges_are_offered_that_the_chosen_organization_may_use_and_the_one_chosen(world, achievement, badges):
    form = AchievementForm(user=world.administrator)
    edited = AchievementForm(instance=achievement, user=world.administrator)
    moved = AchievementForm(
        sent_form(achievement, organization=world.academy.pk, badge=badges["Elk"].pk), user=world.administrator
    )
    nowhere = AchievementForm(sent_form(achievement, organization=""), user=world.administrator)

    assert [offered(one) for one in (form, edited, nowhere)] == [["Elk", "Owl"], ["Fox", "Owl"], ["Elk", "Fox", "Owl"]]
    assert offered(moved) == ["Elk", "Fox", "Owl"]
    assert moved.errors["badge"] == ["Elk is not available to Academy."]


def test_a_page_suggests_badges_of_the_organization_that_is_chosen_on_it(world, badges, administrator):
    def suggested(organization):
        asked = {"suggest": "badge", "badge_named": "o", "organization": organization}
        answer = administrator.get(reverse("achievements:create"), asked, headers={"HX-Request": "true"})
        return re.findall(r'data-named-words="([^"]+)"', answer.text)

    assert suggested(world.academy.pk) == ["Fox", "Owl"]
    assert suggested(world.umbrella.pk) == ["Owl"]
    assert suggested(world.outside.pk) == []


def test_another_organization_brings_its_badges(world, achievement, badges, administrator):
    data = form_of(achievement, organization=world.umbrella.pk)
    headers = {"HX-Request": "true", "HX-Trigger": "choose-badge-link"}

    answer = administrator.post(reverse("achievements:conditions"), data, headers=headers)

    assert re.findall(r">([^<]+)</option>", answer.text)[1:] == ["Elk", "Owl"]
    assert reverse("achievements:choose_badge", args=[world.umbrella.pk]) in answer.text


def test_an_act_changes_the_builder_and_asks_for_no_saving(world, achievement):
    data = sent_form(achievement, name="")
    data.update(sent(of_stored(ANY_COURSE)))
    form = AchievementForm(data, instance=achievement, user=world.administrator)

    form.act("add")

    assert (len(form.builder.rows), form.errors) == (2, {})


def test_both_sides_changed_and_a_foreign_badge_are_all_said_at_once(world, achievement):
    data = sent_form(achievement, badge=BadgeFactory.create(name="Owl", organization=world.umbrella).pk)
    data.update(sent(of_stored(ANY_COURSE), conditions="[{Subject:40, Points:5}]", **{"conditions-0-count": "4"}))

    form = AchievementForm(data, instance=achievement, user=world.administrator)

    assert form.errors == {
        "conditions": ["The form and the JSON differ. Say which one to keep."],
        "badge": ["Owl is not available to Academy."],
    }


def test_moved_to_another_organization_badge_and_conditions_are_asked_again(world):
    below = OrganizationFactory.create(name="Below", parent=world.academy)
    course = CourseFactory.create(organization=world.academy)
    achievement = AchievementFactory.create(
        organization=world.academy,
        badge=BadgeFactory.create(name="Owl", organization=world.academy),
        conditions=[{"Subject": 10, "Count": 1, "CourseIds": [course.pk]}],
    )

    def errors_in(organization):
        data = sent_form(achievement, organization=organization.pk)
        return AchievementForm(data, instance=achievement, user=world.administrator).errors

    assert errors_in(world.academy) == {}
    assert errors_in(below) == {"badge": ["Owl is not available to Below."]}


def test_after_somebody_else_has_saved_the_untouched_fields_say_what_is_there_now(world, achievement):
    drawn = AchievementForm(instance=achievement, user=world.administrator)
    data = sent_form(achievement, seen="")
    for name in (*drawn.shown, "conditions"):
        value = drawn[name].value()
        data[f"initial-{name}"] = "" if value is None else str(value)
    data["points"] = "77"
    achievement.name = "Renamed"
    save_achievement(achievement, by=None, at=PAST)

    form = AchievementForm(data, instance=achievement, user=world.administrator)
    after = form.after(list(AchievementChange.objects.all()))

    assert (after["name"].value(), after["points"].value(), after.changed_data) == ("Renamed", "77", ["points"])
    assert (after.data["seen"], after.is_valid()) == (str(AchievementChange.objects.get().pk), True)


def test_a_name_taken_at_the_last_moment_is_said_at_the_name(world, achievement):
    form = AchievementForm(sent_form(achievement), instance=achievement, user=world.administrator)
    assert form.is_valid()

    form.refuse_name()

    assert form.errors == {"name": ["Another achievement of this organization has this name."]}
