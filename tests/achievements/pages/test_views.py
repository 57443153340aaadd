import datetime as dt

import pytest
from django.urls import reverse

from achievements.models import Achievement
from operation.models import SweepHint
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    OrganizationFactory,
    UserFactory,
)

LIST = reverse("achievements:list")
CREATE = reverse("achievements:create")
SWEEPS = reverse("achievements:sweeps")


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


def form_of(achievement, **changes):
    """What the browser would send for this achievement."""
    data = {
        "name": achievement.name,
        "description": achievement.description,
        "organization": achievement.organization_id,
        "points": achievement.points,
        "frequency": achievement.frequency,
        "frequency_type": achievement.frequency_type,
        "badge": achievement.badge_id or "",
        "conditions": str(achievement.conditions),
    }
    if achievement.is_enabled:
        data["is_enabled"] = "on"
    return data | changes


def names(response):
    return [row.name for row in response.context["listing"].page]


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("url", [LIST, CREATE, SWEEPS])
@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 403), ("contractor", 403), ("student", 403), ("stranger", 403)],
)
def test_lists_are_for_administrators(world, signed_in, url, persona, status):
    response = signed_in(getattr(world, persona)).get(url)

    assert response.status_code == status


@pytest.mark.parametrize("name", ["details", "edit"])
@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 404), ("stranger", 404)],
)
def test_pages_of_an_achievement_are_for_its_administrators(world, achievement, signed_in, name, persona, status):
    response = signed_in(getattr(world, persona)).get(page(name, achievement.pk))

    assert response.status_code == status


@pytest.mark.parametrize("name", ["details", "edit"])
def test_pages_of_an_achievement_need_the_permission_too(achievement, manager_without_role, name):
    response = manager_without_role.get(page(name, achievement.pk))

    assert response.status_code == 403


@pytest.mark.parametrize("name", ["details", "edit", "of", "sweep"])
def test_unknown_ids_are_not_found(administrator, name):
    response = administrator.get(page(name, 10**30))

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Ten Labs", "Three Courses"]),
        ({"q": "three"}, ["Three Courses"]),
        ({"name": "labs"}, ["Ten Labs"]),
        ({"badge_name": "dive"}, ["Ten Labs"]),
        ({"enabled": "true"}, ["Three Courses"]),
        ({"enabled": "false"}, ["Ten Labs"]),
        ({"created_at_before": "2020-01-01"}, []),
        ({"sort": "-points"}, ["Three Courses", "Ten Labs"]),
        ({"sort": "badge"}, ["Ten Labs", "Three Courses"]),
        ({"sort": "-badge"}, ["Ten Labs", "Three Courses"]),
    ],
)
def test_find_achievements_finds(world, achievement, administrator, query, found):
    badge = BadgeFactory.create(name="Diver", organization=world.umbrella)
    AchievementFactory.create(name="Ten Labs", organization=world.umbrella, badge=badge, is_enabled=False)
    AchievementFactory.create(name="Of others")

    response = administrator.get(LIST, query)

    assert names(response) == found


def test_find_achievements_by_badge_and_organization(world, achievement, administrator):
    badge = BadgeFactory.create(organization=world.umbrella)
    AchievementFactory.create(name="Ten Labs", organization=world.umbrella, badge=badge)

    by_badge = administrator.get(LIST, {"badge": badge.pk})
    by_organization = administrator.get(LIST, {"organization": world.academy.pk})

    assert (names(by_badge), names(by_organization)) == (["Ten Labs"], ["Three Courses"])


@pytest.mark.parametrize("field", ["badge", "organization"])
def test_rows_of_other_organizations_are_no_choice_of_a_filter(world, achievement, administrator, field):
    foreign = {"badge": BadgeFactory.create(organization=world.outside).pk, "organization": world.outside.pk}

    response = administrator.get(LIST, {field: foreign[field]})

    assert list(response.context["listing"].filterset.errors) == [field]


@pytest.mark.parametrize("rows", [1, 3])
def test_find_achievements_takes_eight_queries(world, administrator, django_assert_num_queries, rows):
    for _row in range(rows):
        AchievementFactory.create(organization=world.academy, badge=BadgeFactory.create(organization=world.academy))

    with django_assert_num_queries(8):
        administrator.get(LIST)


def test_find_achievements_exports(achievement, administrator):
    response = administrator.get(LIST, {"export": "csv", "columns": ["name", "badge", "points"]})

    assert response.getvalue().decode() == "\ufeffName,Badge,Points\r\nThree Courses,,10\r\n"


def test_details_show_the_names_beside_the_ids(world, administrator):
    course = CourseFactory.create(name="Diving", organization=world.academy)
    achievement = AchievementFactory.create(
        organization=world.academy, conditions=[{"Subject": 10, "Count": 1, "CourseIds": [course.pk, 10**12]}]
    )

    response = administrator.get(page("details", achievement.pk))

    [(condition, sentence)] = response.context["conditions"]
    assert (
        sentence
        == f"Be enrolled in or assigned a course, out of these: Diving ({course.pk}), not there any more ({10**12})."
    )
    assert [(named.field, named.id, named.name) for named in condition.ids] == [
        ("CourseIds", course.pk, "Diving"),
        ("CourseIds", 10**12, "not there any more"),
    ]


def test_details_say_how_many_earned_it(world, achievement, administrator):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=1)
    again = EarnedAchievementFactory.create(
        achievement=achievement, user=world.student, nth=2, earned_at=PAST + dt.timedelta(days=1)
    )
    EarnedAchievementFactory.create(user=world.guest)

    context = administrator.get(page("details", achievement.pk)).context

    assert (context["counts"], context["newest"][0]) == ({"people": 1, "times": 2}, again)


@pytest.mark.parametrize("rows", [1, 3])
def test_details_take_twelve_queries(world, achievement, administrator, django_assert_num_queries, rows):
    EarnedAchievementFactory.create_batch(rows, achievement=achievement)

    with django_assert_num_queries(12):
        administrator.get(page("details", achievement.pk))


def test_basic_information_has_the_fields_in_the_products_order(administrator):
    response = administrator.get(CREATE)

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
        "Subject 20 without CourseTagIds counts courses: it is kept as Subject 10.",
        "Without Distinct, one of these taken 4 times is enough.",
        "Again and again was saved. Whoever has ever met its conditions is awarded soon.",
    ]


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


def test_changed_conditions_are_a_new_version(achievement, administrator):
    administrator.post(page("edit", achievement.pk), form_of(achievement, conditions="[{Subject:0}]"))

    achievement.refresh_from_db()
    assert (achievement.version, achievement.conditions) == (2, [{"Subject": 0, "Count": 1}])


def test_another_spelling_of_the_same_conditions_is_no_new_version(achievement, administrator):
    text = "[{subject:10, count:1, complete:true}]"

    administrator.post(page("edit", achievement.pk), form_of(achievement, name="Renamed", conditions=text))

    achievement.refresh_from_db()
    assert (achievement.name, achievement.version) == ("Renamed", 1)


def test_an_achievement_whose_course_went_out_of_reach_can_still_be_switched_off(world, administrator):
    gone = [{"Subject": 10, "Count": 1, "CourseIds": [987654321]}]
    achievement = AchievementFactory.create(organization=world.academy, conditions=gone)
    data = form_of(achievement)
    del data["is_enabled"]

    administrator.post(page("edit", achievement.pk), data)

    achievement.refresh_from_db()
    assert (achievement.is_enabled, achievement.version) == (False, 1)


def test_a_badge_can_be_added_to_an_existing_achievement(world, achievement, administrator):
    badge = BadgeFactory.create(organization=world.academy)

    administrator.post(page("edit", achievement.pk), form_of(achievement, badge=badge.pk))

    achievement.refresh_from_db()
    assert achievement.badge == badge
    assert SweepHint.objects.filter(achievement_id=achievement.pk).exists()


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


def test_editing_what_was_deleted_meanwhile_is_not_found(achievement, administrator):
    url, data = page("edit", achievement.pk), form_of(achievement)
    achievement.delete()

    response = administrator.post(url, data)

    assert response.status_code == 404


def test_a_form_cannot_set_the_version(achievement, administrator):
    administrator.post(page("edit", achievement.pk), form_of(achievement, version="99"))

    achievement.refresh_from_db()
    assert achievement.version == 1


def test_an_administrator_below_sees_nothing_of_the_organization_above(world, achievement, signed_in):
    below = OrganizationFactory.create(parent=world.academy)

    response = signed_in(AdministratorFactory.create(organization=below)).get(page("details", achievement.pk))

    assert response.status_code == 404
