import re

import pytest
from django.urls import reverse

from achievements.definitions.editing import newest_change, save_achievement
from achievements.editor.building import of_stored
from achievements.models import Achievement, AchievementChange
from tests.achievements.editor.test_building import sent
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    CourseTagFactory,
    LabFactory,
    UserFactory,
)

CONDITIONS = reverse("achievements:conditions")
ANY_COURSE = [{"Subject": 10, "Count": 1, "Complete": True}]


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Diver", organization=world.academy, points=1)


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


def page(name, achievement):
    return reverse(f"achievements:{name}", args=[achievement.pk])


def post_builder(client, world, stored, **changes):
    data = sent(of_stored(stored), **changes)
    data["organization"] = str(world.academy.pk)
    return client.post(CONDITIONS, data, headers={"HX-Request": "true"})


def line(response, number=0):
    return response.context["shown"].lines[number]


def part(response, name):
    return next(part for part in line(response).parts if part.bound.name == name)


def fields_of(response):
    """What a browser would send for the editor as it stands on a page."""
    form, shown = response.context["form"], response.context["shown"]
    data = sent(shown.builder)
    for bound in form:
        if bound.name == "conditions":
            data["initial-conditions"] = bound.value()
            continue
        value = bound.value()
        if value is not None and value is not False:
            data[bound.name] = "on" if value is True else str(value)
        if bound.field.show_hidden_initial:
            data[bound.html_initial_name] = "" if value is None else str(value)
    return data


def test_a_typed_change_answers_with_what_is_said_of_it_alone(world, administrator):
    response = post_builder(administrator, world, ANY_COURSE, **{"conditions-0-count": "3"})

    assert response["HX-Reswap"] == "none"
    assert 'name="conditions-0-count"' not in response.text
    assert line(response).sentence == "Complete 3 courses, the same one may count again."


def test_a_changed_text_answers_with_new_rows(world, administrator):
    response = post_builder(administrator, world, ANY_COURSE, conditions="[{Subject:40, Points:5}]")

    assert "HX-Reswap" not in response
    assert line(response).sentence == "Earn 5 points from other achievements."


@pytest.mark.parametrize("act", ["add", "remove-0"])
def test_a_button_answers_with_new_rows(world, administrator, act):
    response = post_builder(administrator, world, ANY_COURSE, act=act)

    assert len(response.context["shown"].lines) == {"add": 2, "remove-0": 0}[act]


def test_chosen_ids_stand_beside_their_names(world, administrator):
    course = CourseFactory.create(name="Diving", organization=world.academy)
    changes = {"choose-row": "0", "choose-name": "course_ids", "choose": str(course.pk)}

    response = post_builder(administrator, world, ANY_COURSE, **changes)

    assert [(one.id, one.name) for one in part(response, "course_ids").ids] == [(course.pk, "Diving")]


def test_an_id_out_of_reach_is_refused_at_its_field(world, administrator):
    course = CourseFactory.create(organization=world.outside)

    response = post_builder(administrator, world, ANY_COURSE, **{"conditions-0-course_ids": str(course.pk)})

    assert part(response, "course_ids").errors == [f"There is no course {course.pk} here."]


SECRETS = {
    "CourseIds": lambda owner: CourseFactory.create(name="Canary", organization=owner, is_archived=True),
    "CourseTagIds": lambda owner: CourseTagFactory.create(name="Canary", organization=owner),
    "LabProfileIds": lambda owner: LabFactory.create(name="Canary", organization=owner),
    "AchievementIds": lambda owner: AchievementFactory.create(name="Canary", organization=owner),
}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("with_organization", [True, False])
def test_the_builder_tells_no_name_that_is_out_of_reach(world, administrator, kind, with_organization):
    secret = SECRETS[kind](world.outside)
    subject = {"LabProfileIds": "0", "CourseIds": "10", "CourseTagIds": "20", "AchievementIds": "40"}[kind]
    exam = ", Passed:true" if kind == "LabProfileIds" else ""

    def said(pk):
        text = f"[{{Subject:{subject}, {kind}:[{pk}]{exam}}}]"
        data = {"conditions": text, "organization": str(world.academy.pk) if with_organization else ""}
        response = administrator.post(CONDITIONS, data)
        assert "Canary" not in response.text
        shown = line(response)
        parts = [[part.errors, [one.name for one in part.ids]] for part in shown.parts]
        return re.sub(rf"\b{pk}\b", "ID", str([shown.sentence, shown.warnings, shown.errors, parts]))

    assert said(secret.pk) == said(10**9)


def test_both_sides_changed_are_asked_about(world, administrator):
    changes = {"conditions": "[{Subject:40, Points:5}]", "conditions-0-count": "7"}

    response = post_builder(administrator, world, ANY_COURSE, **changes)

    assert "The form and the JSON differ. Which one do you want to keep?" in response.text


@pytest.mark.parametrize("name", ["organization", "achievement", "choose-row", "act", "conditions-rows"])
@pytest.mark.parametrize("value", ["x", "-1", "9" * 40, "٣", "", "\x00"])
def test_forged_fields_of_the_builder_are_no_error(world, administrator, name, value):
    changes = {name: value, "choose-name": "course_ids"}
    data = sent(of_stored(ANY_COURSE))
    for key, one in changes.items():
        data[key] = one

    assert administrator.post(CONDITIONS, data).status_code == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": "2", "course_ids": "{archived}"}, "“Old Course” is archived: nobody new can take it."),
        ({"count": "2", "course_ids": "{archived}"}, "Without Distinct, one of these taken 2 times is enough."),
        (
            {"count": "2", "course_ids": "{archived}", "distinct": "on"},
            "Nobody can earn this: Distinct needs 2 different ones, and 1 is listed.",
        ),
        ({"kind": "lab", "lab_ids": "{lab}"}, "“Lost Lab” is in no course: nobody is given it."),
        ({"kind": "lab", "lab_ids": "{lab}", "passed": "on"}, "“Lost Lab” is not marked as an exam."),
        ({"kind": "tag", "tag_ids": "{tag}"}, "No course has the tag “Unused”."),
        ({"kind": "tag"}, "Subject 20 without CourseTagIds counts courses: it is kept as Subject 10."),
        ({"single_day": "on"}, "SingleDay changes nothing while Count is 1."),
        (
            {"single_day": "on", "count": "2", "min_minutes_spent": "30"},
            "The day is that of the last moment: the minutes may have been spent on days before.",
        ),
    ],
)
def test_traps_are_pointed_out(world, administrator, change, said):
    own = {"organization": world.academy}
    ids = {
        "archived": CourseFactory.create(name="Old Course", is_archived=True, **own).pk,
        "lab": LabFactory.create(name="Lost Lab", is_exam=False, **own).pk,
        "tag": CourseTagFactory.create(name="Unused", **own).pk,
    }
    changes = {f"conditions-0-{name}": value.format(**ids) for name, value in change.items()}

    response = post_builder(administrator, world, ANY_COURSE, **changes)

    assert said in [*line(response).warnings, *response.context["shown"].warnings]


def test_two_days_are_not_one(world, administrator):
    day = {"Subject": 10, "Count": 2, "SingleDay": True}

    response = post_builder(administrator, world, [day, day])

    assert line(response).warnings == ["Each condition has a day of its own: they need not be met on the same one."]


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


def test_saving_takes_the_rows_where_they_were_changed(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement)))
    data["conditions-0-count"] = "4"

    administrator.post(page("edit", achievement), data)

    achievement.refresh_from_db()
    assert (achievement.conditions[0]["Count"], achievement.version) == (4, 2)


def test_an_unchanged_form_changes_nothing(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement)))

    response = administrator.post(page("edit", achievement), data)

    assert response.status_code == 302
    assert not AchievementChange.objects.exists()


def test_both_sides_changed_are_not_saved(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement)))
    data["conditions-0-count"], data["conditions"] = "4", "[{Subject:40, Points:5}]"

    response = administrator.post(page("edit", achievement), data)

    assert response.status_code == 422
    assert response.context["form"].errors["conditions"] == ["The form and the JSON differ. Say which one to keep."]


def test_a_button_without_a_script_saves_nothing_and_keeps_everything(achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement)))
    data["name"], data["act"] = "Other", "add"

    response = administrator.post(page("edit", achievement), data)

    assert (response.status_code, len(response.context["shown"].lines)) == (200, 2)
    assert response.context["form"]["name"].value() == "Other"
    assert Achievement.objects.get().name == "Diver"


@pytest.mark.parametrize("is_overlapping", [True, False])
def test_who_saves_second_is_shown_what_changed(world, achievement, administrator, is_overlapping):
    data = fields_of(administrator.get(page("edit", achievement)))
    achievement.points, achievement.description = 10, "Dives."
    save_achievement(achievement, by=world.administrator, at=PAST)
    data["points" if is_overlapping else "name"] = "77"

    told = administrator.post(page("edit", achievement), data)
    again = administrator.post(page("edit", achievement), fields_of(told))

    assert (told.status_code, told.context["both"]) == (409, ["Points"] if is_overlapping else [])
    assert again.status_code == 302
    stored = Achievement.objects.get()
    assert (stored.points, stored.description, stored.name) == (
        (77, "Dives.", "Diver") if is_overlapping else (10, "Dives.", "77")
    )


def test_conditions_saved_meanwhile_are_kept_by_who_did_not_touch_them(world, achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement)))
    achievement.conditions = [{"Subject": 40, "Points": 5}]
    save_achievement(achievement, by=world.administrator, at=PAST)
    data["points"] = "77"

    told = administrator.post(page("edit", achievement), data)
    administrator.post(page("edit", achievement), fields_of(told))

    stored = Achievement.objects.get()
    assert (stored.conditions, stored.points, stored.version) == ([{"Subject": 40, "Points": 5}], 77, 2)


def test_two_of_one_name_who_saved_meanwhile_are_told_apart(world, achievement, administrator):
    data = fields_of(administrator.get(page("edit", achievement)))
    for number in (1, 2):
        person = UserFactory.create(
            first_name="Tom", last_name="Twin", email=f"tom{number}@academy.example", organization=world.academy
        )
        achievement.points = 20 + number
        save_achievement(achievement, by=person, at=PAST)

    told = administrator.post(page("edit", achievement), data | {"points": "77"}).text

    assert ["Tom Twin (tom1@academy.example)" in told, "Tom Twin (tom2@academy.example)" in told] == [True, True]


def test_the_history_is_told_and_exported(world, achievement, administrator):
    achievement.conditions = [{"Subject": 40, "Points": 5}]
    save_achievement(achievement, by=world.administrator, at=PAST)

    shown = administrator.get(page("history", achievement))
    exported = administrator.get(page("history", achievement), {"export": "csv", "columns": ["what", "version"]})

    assert "<ins>Earn 5 points from other achievements.</ins>" in shown.text
    assert exported.getvalue().decode() == (
        '\ufeffWhat,Version\r\n"Gone: Complete a course.\nNew: Earn 5 points from other achievements.",2\r\n'
    )


@pytest.mark.parametrize("changes", [1, 3])
def test_the_history_takes_nine_queries(world, achievement, administrator, django_assert_num_queries, changes):
    for points in range(2, 2 + changes):
        achievement.points = points
        save_achievement(achievement, by=world.administrator, at=PAST)

    with django_assert_num_queries(9):
        administrator.get(page("history", achievement))


def test_somebody_without_the_permission_to_change_switches_nothing(world, achievement, signed_in):
    world.administrator.groups.clear()

    assert signed_in(world.administrator).post(page("disable", achievement)).status_code == 403
    assert Achievement.objects.get().is_enabled


def test_a_queued_achievement_says_so(world, achievement, administrator):
    before = administrator.get(page("details", achievement))
    save_achievement(achievement, by=world.administrator, at=PAST, seen=newest_change(achievement.pk))
    after = administrator.get(page("details", achievement))

    assert ("It is queued" in before.text, "It is queued" in after.text) == (False, True)
