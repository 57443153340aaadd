import pytest
from django.urls import reverse

from achievements.definitions.editing import save_achievement
from achievements.editor.building import of_stored
from achievements.editor.fields import NAMES_SOUGHT
from achievements.models import Achievement, AchievementChange
from operation.models import SweepHint
from tests.achievements.editing import ANY_COURSE, CONDITIONS, fields_of, form_of, line, part, post_builder, sent
from tests.achievements.pages.reading import messages_of, page
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    CourseTagFactory,
    LabFactory,
    UserFactory,
)

CREATE = reverse("achievements:create")


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Diver", organization=world.academy, points=1)


def test_a_typed_change_answers_with_what_is_said_of_it_alone(world, administrator):
    response = post_builder(administrator, world, ANY_COURSE, **{"conditions-0-count": "3"})

    assert response["HX-Reswap"] == "none"
    assert 'name="conditions-0-count"' not in response.text
    assert line(response).sentence == "Complete 3 courses, repeats count."


def test_a_changed_text_answers_with_new_rows(world, administrator):
    response = post_builder(administrator, world, ANY_COURSE, conditions="[{Subject:40, Points:5}]")

    assert "HX-Reswap" not in response
    assert line(response).sentence == "Earn 5 points from other achievements."


@pytest.mark.parametrize("act", ["add-course", "remove-0"])
def test_a_button_answers_with_new_rows(world, administrator, act):
    response = post_builder(administrator, world, ANY_COURSE, act=act)

    assert len(response.context["shown"].lines) == {"add-course": 2, "remove-0": 0}[act]


def test_a_draft_that_is_put_back_is_drawn_whole_and_changes_nothing(world, administrator):
    response = post_builder(administrator, world, ANY_COURSE, act="draw", **{"conditions-0-count": "3"})

    assert 'name="conditions-0-count" value="3"' in response.text
    assert line(response).sentence == "Complete 3 courses, repeats count."


def test_both_sides_changed_are_asked_about(world, administrator):
    changes = {"conditions": "[{Subject:40, Points:5}]", "conditions-0-count": "7"}

    response = post_builder(administrator, world, ANY_COURSE, **changes)

    assert "The form and the JSON differ. Which one do you want to keep?" in response.text


@pytest.mark.parametrize("name", ["organization", "achievement", "choose-row", "act", "conditions-rows"])
@pytest.mark.parametrize("value", ["x", "-1", "9" * 40, "٣", "", "\x00"])
def test_forged_fields_of_the_builder_are_no_error(world, administrator, name, value):
    changes = {name: value, "choose-name": "course_ids", "choose": "1"}
    data = sent(of_stored(ANY_COURSE))
    for key, one in changes.items():
        data[key] = one

    assert administrator.post(CONDITIONS, data).status_code == 200


def test_a_dialog_offers_what_is_within_reach(world, administrator):
    CourseFactory.create(name="Diving of ours", organization=world.academy)
    CourseFactory.create(name="Diving of theirs", organization=world.outside)
    url = reverse("achievements:choose", args=[world.academy.pk, 0, "course_ids"])

    response = administrator.get(url, {"q": "diving"}, headers={"HX-Request": "true"})

    assert [row.name for row in response.context["listing"].page] == ["Diving of ours"]


def test_a_dialog_of_something_else_is_not_found(world, administrator):
    url = reverse("achievements:choose", args=[world.academy.pk, 0, "nonsense"])

    assert administrator.get(url).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", ["lab_ids", "course_ids", "tag_ids", "achievement_ids"])
def test_a_dialog_takes_eight_queries(world, administrator, django_assert_num_queries, rows, name):
    for factory in (LabFactory, CourseFactory, CourseTagFactory, AchievementFactory):
        factory.create_batch(rows, organization=world.academy)

    with django_assert_num_queries(8):
        administrator.get(reverse("achievements:choose", args=[world.academy.pk, 0, name]))


def test_a_chosen_badge_comes_back_as_the_field(world, administrator):
    badge = BadgeFactory.create(organization=world.academy)
    foreign = BadgeFactory.create(organization=world.outside)
    url = reverse("achievements:choose_badge", args=[world.academy.pk])

    chosen, refused = (administrator.post(url, {"badge": one.pk}).text for one in (badge, foreign))

    assert f'value="{badge.pk}" selected' in chosen
    assert str(foreign) not in refused


def test_a_picked_name_joins_the_condition_and_its_field_keeps_the_focus(world, administrator):
    course = CourseFactory.create(name="Diving", organization=world.academy)

    response = post_builder(administrator, world, ANY_COURSE, act=f"pick-0-course_ids-{course.pk}")

    assert [(one.id, one.name) for one in part(response, "course_ids").ids] == [(course.pk, "Diving")]
    assert [one.bound.name for one in line(response).parts if one.has_focus] == ["course_ids"]
    assert response.text.count("autofocus") == 1
    assert 'id="builder-text" hx-swap-oob="true"' in response.text


def test_a_name_that_is_not_chosen_is_not_saved_as_any(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement.pk)))
    data["conditions-0-course_ids_named"] = "diving"

    response = administrator.post(page("edit", achievement.pk), data)

    assert response.status_code == 422
    assert response.context["form"].errors["conditions"] == [NAMES_SOUGHT]
    assert 'href="#id_conditions-0-course_ids"' in response.text


def test_choosing_no_badge_is_told_in_the_dialog(world, administrator):
    BadgeFactory.create(organization=world.academy, name="Diver")
    url = reverse("achievements:choose_badge", args=[world.academy.pk])

    response = administrator.post(url, {"list_state": "q=div"}, headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Retarget"], response["HX-Reswap"]) == (422, "#dialog", "innerHTML")
    assert "Choose a badge first." in response.text
    assert response.context["listing"].asked.dict() == {"q": "div"}


def test_choosing_no_id_is_told_in_the_dialog(world, administrator):
    response = post_builder(administrator, world, ANY_COURSE, **{"choose-name": "course_ids", "choose-row": "0"})

    assert (response.status_code, response["HX-Retarget"]) == (422, "#refusals")
    assert "Choose at least one first." in response.text


def test_saving_takes_the_rows_where_they_were_changed(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement.pk)))
    data["conditions-0-count"] = "4"

    administrator.post(page("edit", achievement.pk), data)

    achievement.refresh_from_db()
    assert (achievement.conditions[0]["Count"], achievement.version) == (4, 2)


def test_an_unchanged_form_changes_nothing(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement.pk)))

    response = administrator.post(page("edit", achievement.pk), data)

    assert response.status_code == 302
    assert not AchievementChange.objects.exists()


def test_both_sides_changed_are_not_saved(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement.pk)))
    data["conditions-0-count"], data["conditions"] = "4", "[{Subject:40, Points:5}]"

    response = administrator.post(page("edit", achievement.pk), data)

    assert response.status_code == 422
    assert response.context["form"].errors["conditions"] == ["The form and the JSON differ. Say which one to keep."]


def test_a_button_without_a_script_saves_nothing_and_keeps_everything(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement.pk)))
    data["name"], data["act"] = "Other", "add-lab"

    response = administrator.post(page("edit", achievement.pk), data)

    assert (response.status_code, len(response.context["shown"].lines)) == (200, 2)
    assert response.context["form"]["name"].value() == "Other"
    assert Achievement.objects.get().name == "Diver"


@pytest.mark.parametrize("is_overlapping", [True, False])
def test_who_saves_second_is_shown_what_changed(world, achievement, administrator, is_overlapping):
    data = fields_of(administrator.get(page("edit", achievement.pk)))
    achievement.points, achievement.description = 10, "Dives."
    save_achievement(achievement, by=world.administrator, at=PAST)
    data["points" if is_overlapping else "name"] = "77"

    told = administrator.post(page("edit", achievement.pk), data)
    again = administrator.post(page("edit", achievement.pk), fields_of(told))

    assert (told.status_code, told.context["both"]) == (409, ["Points"] if is_overlapping else [])
    assert again.status_code == 302
    stored = Achievement.objects.get()
    assert (stored.points, stored.description, stored.name) == (
        (77, "Dives.", "Diver") if is_overlapping else (10, "Dives.", "77")
    )


def test_two_of_one_name_who_saved_meanwhile_are_told_apart(world, achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement.pk)))
    for number in (1, 2):
        person = UserFactory.create(
            first_name="Tom", last_name="Twin", email=f"tom{number}@academy.example", organization=world.academy
        )
        achievement.points = 20 + number
        save_achievement(achievement, by=person, at=PAST)

    told = administrator.post(page("edit", achievement.pk), data | {"points": "77"}).text

    assert ["Tom Twin (tom1@academy.example)" in told, "Tom Twin (tom2@academy.example)" in told] == [True, True]


def test_create_achievement_stores_canonical_conditions_and_queues_it(world, administrator):
    draft = Achievement(name="Two Courses", organization=world.academy, points=5)
    data = form_of(draft, conditions="[{Subject:10, Count:2, Complete:True,}]")

    response = administrator.post(CREATE, data)

    achievement = Achievement.objects.get()
    assert response.url == page("details", achievement.pk)
    assert achievement.conditions == [{"Subject": 10, "Count": 2, "Complete": True}]
    assert (achievement.version, achievement.points, achievement.is_enabled) == (1, 5, True)
    assert SweepHint.objects.filter(achievement_id=achievement.pk).count() == 1


def test_warnings_of_the_conditions_are_told(world, administrator):
    course = CourseFactory.create(organization=world.academy)
    draft = Achievement(name="Again and again", organization=world.academy)
    data = form_of(draft, conditions=f"[{{Subject:20, Count:4, CourseIds:[{course.pk}]}}]")

    response = administrator.post(CREATE, data, follow=True)

    assert messages_of(response) == [
        "Subject 20 without CourseTagIds counts courses. It is saved as Subject 10.",
        "Without Distinct, one of these taken 4 times is enough.",
        "Again and again was saved. Everyone who qualifies will be awarded shortly.",
    ]


def test_changed_conditions_are_a_new_version(achievement, administrator):
    administrator.post(page("edit", achievement.pk), form_of(achievement, conditions="[{Subject:0}]"))

    achievement.refresh_from_db()
    assert (achievement.version, achievement.conditions) == (2, [{"Subject": 0, "Count": 1}])


def test_another_spelling_of_the_same_conditions_is_no_new_version(achievement, administrator):
    text = "[{subject:10, count:1, complete:true}]"

    administrator.post(page("edit", achievement.pk), form_of(achievement, name="Renamed", conditions=text))

    achievement.refresh_from_db()
    assert (achievement.name, achievement.version) == ("Renamed", 1)


def test_a_badge_can_be_added_to_an_existing_achievement(world, achievement, administrator):
    badge = BadgeFactory.create(organization=world.academy)

    administrator.post(page("edit", achievement.pk), form_of(achievement, badge=badge.pk))

    achievement.refresh_from_db()
    assert achievement.badge == badge
    assert SweepHint.objects.filter(achievement_id=achievement.pk).exists()


def test_editing_what_was_deleted_meanwhile_is_not_found(achievement, administrator):
    url, data = page("edit", achievement.pk), form_of(achievement)
    achievement.delete()

    response = administrator.post(url, data)

    assert response.status_code == 404
