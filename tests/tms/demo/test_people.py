"""Who is in the demo, and who of them can sign in."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from organizations.models import Organization, User
from tests.tms.demo.parts import AT, taken_back
from tms.demo.people import NOT_TAKING_PART, PASSWORD, PERSONAS, PLACES, STAFF, WITHOUT_EMAIL, add_people, earner_id_of

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module", autouse=True)
def people(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        yield add_people(AT)


def test_every_address_is_at_an_example_domain():
    elsewhere = User.objects.exclude(email="").exclude(email__endswith=".example")

    assert list(elsewhere) == []


@pytest.mark.parametrize("username", [one.username for one in PERSONAS])
def test_personas_sign_in_with_the_printed_password(username):
    client = Client()

    response = client.post(reverse("sign_in"), {"username": username, "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, reverse("home"))


def test_nobody_but_the_personas_can_sign_in():
    others = User.objects.exclude(username__in=[one.username for one in PERSONAS])

    assert [user for user in others if user.has_usable_password()] == []


def test_the_student_and_the_stranger_come_first_at_their_places(people):
    assert {place.key: len(people.students[place.key]) for place in PLACES} == {
        place.key: place.students + (place.key in ("denver", "college")) for place in PLACES
    }
    assert people.students["denver"][0] == people.staff["student"]
    assert people.students["college"][0] == people.staff["stranger"]


def test_each_account_is_known_again_by_an_id_of_its_own():
    ids = dict(User.objects.values_list("username", "earner_id"))

    assert ids == {username: earner_id_of(username) for username in ids}
    assert len(set(ids.values())) == len(ids)


def test_an_organization_stands_below_its_parent():
    parents = dict(Organization.objects.values_list("name", "parent__name"))
    names = {place.key: place.name for place in PLACES} | {"": None}

    assert parents == {place.name: names[place.parent] for place in PLACES}


def test_roles_and_management_are_given_as_they_are_written():
    staff = User.objects.filter(username__in=[one.username for one in (*PERSONAS, *STAFF)])

    found = {
        one.username: (
            [group.name for group in one.groups.all()],
            [organization.name for organization in one.managed_organizations.all()],
            one.is_staff,
        )
        for one in staff
    }

    names = {place.key: place.name for place in PLACES}
    assert found == {
        one.username: ([one.role], [names[one.manages]] if one.manages else [], bool(one.manages))
        for one in (*PERSONAS, *STAFF)
    }


@pytest.mark.parametrize("place", ["denver", "lyon", "osaka", "compliance"])
def test_some_have_no_address_and_some_take_no_part(people, place):
    students = [one for one in people.students[place] if one.username not in people.staff]
    enabled = people.places[place].achievements_enabled

    assert [n for n, one in enumerate(students) if not one.email] == list(WITHOUT_EMAIL.get(place, ()))
    assert [n for n, one in enumerate(students) if not one.participates_in_achievements] == (
        list(NOT_TAKING_PART.get(place, ())) if enabled else list(range(len(students)))
    )


def test_a_name_in_another_script_begins_an_address_all_the_same():
    odd = User.objects.exclude(username__regex=r"^[a-z0-9.-]+$")

    assert list(odd) == []
    assert User.objects.filter(username__startswith="learner.").count() > 0


def test_everybody_joined_before_the_story_begins():
    joined = User.objects.values_list("date_joined", flat=True)

    assert max(joined) < AT - dt.timedelta(days=300)
