"""A new organization has nothing yet: each page says what it is for, and begins it for whoever may."""

import re

import pytest
from django.urls import reverse

from tests.factories import (
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    ClassFactory,
    InstructorFactory,
    LearningPathFactory,
    OrganizationFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db
EMPTY = re.compile(r'<div class="empty">(.*?)</div>', re.DOTALL)
MAKES = {
    "badges:list": "badges:create",
    "badges:providers": "badges:provider_create",
    "achievements:list": "achievements:create",
    "courses:paths": "courses:path_create",
    "classes:list": "admin:classes_class_add",
    "courses:assignments": "admin:courses_courseassignment_add",
}
SAYS = {"badges:issued", "badges:adoption", "badges:issuances", "achievements:holds"}


@pytest.fixture
def house(db):
    return OrganizationFactory.create(name="New House")


@pytest.fixture
def administrator(house):
    return AdministratorFactory.create(organization=house)


def empties(response) -> list[str]:
    """The boxes of a page that say that there is nothing."""
    assert response.status_code == 200
    return EMPTY.findall(response.content.decode())


def sentences(box: str) -> int:
    return len(re.findall("<p>", box))


def links(text: str) -> list[str]:
    return re.findall(r'<a [^>]*href="([^"]+)"', text)


@pytest.mark.parametrize("name", sorted({*MAKES, *SAYS}))
def test_an_empty_list_says_what_it_is_for_and_begins_it(administrator, signed_in, name):
    response = signed_in(administrator).get(reverse(name))

    [box] = empties(response)
    assert sentences(box) == 2
    assert links(box) == ([reverse(MAKES[name])] if name in MAKES else [])
    # One button for one thing.
    assert links(response.content.decode()).count(links(box)[0] if links(box) else "") == (1 if name in MAKES else 0)


@pytest.mark.parametrize("name", sorted(MAKES))
def test_what_a_search_did_not_find_is_not_begun(administrator, signed_in, name):
    [box] = empties(signed_in(administrator).get(reverse(name), {"q": "nothing is called this"}))

    assert "No results. Remove a filter or try fewer words." in box
    assert links(box) == []


@pytest.mark.parametrize("name", ["courses:paths", "classes:list"])
def test_who_may_not_begin_is_told_alone(house, signed_in, name):
    [box] = empties(signed_in(InstructorFactory.create(organization=house)).get(reverse(name)))

    assert (sentences(box), links(box)) == (2, [])


def test_with_a_row_the_button_stands_above_the_list(administrator, house, signed_in):
    BadgeFactory.create(organization=house)

    response = signed_in(administrator).get(reverse("badges:list"))

    assert empties(response) == []
    assert links(response.content.decode()).count(reverse("badges:create")) == 1


def test_a_badge_that_no_one_has_says_how_one_gets_it(administrator, house, signed_in):
    badge = BadgeFactory.create(organization=house, manual_issuance=False)
    client = signed_in(administrator)

    [*_others, box] = empties(client.get(reverse("badges:profile", args=[badge.pk])))
    assert f'action="{reverse("badges:manual_issuance", args=[badge.pk])}"' in box
    badge.manual_issuance = True
    badge.save()
    [*_others, box] = empties(client.get(reverse("badges:profile", args=[badge.pk])))

    assert ("Roster" in box, links(box)) == (True, [])


def test_an_achievement_that_no_one_has_earned_leads_on(administrator, house, signed_in):
    achievement = AchievementFactory.create(organization=house)

    [box] = empties(signed_in(administrator).get(reverse("achievements:details", args=[achievement.pk])))

    assert sentences(box) == 2


def test_a_path_without_courses_begins_with_them(administrator, house, signed_in):
    path = LearningPathFactory.create(organization=house)
    address = reverse("courses:path", args=[path.pk])

    [box] = empties(signed_in(administrator).get(address))
    [told] = empties(signed_in(StudentFactory.create(organization=house)).get(address))

    assert links(box) == [reverse("courses:path_courses", args=[path.pk])]
    assert links(told) == []


def test_a_roster_without_students_begins_with_them(administrator, house, signed_in):
    klass = ClassFactory.create(organization=house, course__organization=house)

    [box] = empties(signed_in(administrator).get(reverse("classes:roster", args=[klass.pk])))

    assert links(box) == [reverse("classes:add_students", args=[klass.pk])]


@pytest.mark.parametrize("name", ["home", "achievements:mine", "classes:transcript"])
def test_a_new_student_is_told_what_will_stand_here(house, signed_in, name):
    boxes = empties(signed_in(StudentFactory.create(organization=house)).get(reverse(name)))

    assert len(boxes) >= 2
    assert [box for box in boxes if "Nothing to display, yet." in box] == []


def test_a_new_administrator_s_home_leads_to_badges(administrator, signed_in):
    [*boxes] = empties(signed_in(administrator).get(reverse("home")))

    assert [links(box) for box in boxes if "No badges issued yet." in box] == [[reverse("badges:list")]]
