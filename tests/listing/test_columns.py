"""Output Options: which columns a person sees in which list, now and the next time (S125)."""

import pytest
from django.urls import reverse

from listing.columns import Column, organization_column
from organizations.models import User
from tests.factories import OrganizationFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gallery")]

LIST = "/gallery/list/"


@pytest.fixture
def person():
    return StudentFactory.create(organization=OrganizationFactory.create())


@pytest.fixture
def client(person, signed_in):
    return signed_in(person)


def apply(client, *names, **fields):
    return client.post(reverse("save_columns"), {"next": LIST, "columns": names, **fields})


def shown(client, address=LIST, **query):
    return [column.name for column in client.get(address, query).context["listing"].shown]


def test_a_list_remembers_the_columns_chosen_last(client):
    response = apply(client, "email", "last_login")

    assert response["Location"] == LIST
    assert shown(client) == ["email", "last_login", "actions"]


def test_each_list_remembers_its_own(client, person):
    apply(client, "email")

    assert shown(client, "/gallery/choose/") == ["name", "organization"]
    person.refresh_from_db()
    assert person.list_columns == {"gallery_list": ["email"]}


def test_each_person_has_his_or_her_own(client, signed_in):
    apply(client, "email")

    other = signed_in(StudentFactory.create())

    assert shown(other) == ["name", "organization", "email", "joined", "active", "actions"]


def test_columns_in_the_address_are_shown_and_not_remembered(client, person):
    apply(client, "email")

    assert shown(client, columns="joined") == ["joined", "actions"]
    assert shown(client) == ["email", "actions"]


def test_columns_can_be_reset(client, person):
    apply(client, "email")
    assert "Reset columns" in client.get(LIST).text

    apply(client, "email", reset="1")

    person.refresh_from_db()
    assert person.list_columns == {}
    assert "Reset columns" not in client.get(LIST).text


def test_what_was_searched_for_stays(client):
    response = apply(client, "email", next=f"{LIST}?q=ada+ames&is_active=true&sort=-name", per_page="50")

    assert response["Location"] == f"{LIST}?q=ada+ames&is_active=true&sort=-name&per_page=50"


def test_the_export_has_the_columns_that_are_shown(client):
    apply(client, "email")

    response = client.get(LIST, {"export": "csv"})

    assert response.getvalue().decode().splitlines()[0] == "\ufeffE-mail address"


@pytest.mark.parametrize(
    "kept", [{"gallery_list": "email"}, {"gallery_list": [7]}, ["email"], {"gallery_list": ["gone"]}]
)
def test_what_makes_no_sense_any_more_is_as_if_nothing_was_chosen(client, person, kept):
    person.list_columns = kept
    person.save()

    assert shown(client) == ["name", "organization", "email", "joined", "active", "actions"]


@pytest.mark.parametrize(
    "fields",
    [
        {"next": "//elsewhere.example/"},
        {"next": "https://elsewhere.example/gallery/list/"},
        {"next": "/no/such/page/"},
        {"next": ""},
        {"per_page": "0"},
        {"columns": [f"c{number}" for number in range(61)]},
        {"columns": ["c" * 61]},
    ],
)
def test_only_a_list_of_ours_is_remembered(client, person, fields):
    response = apply(client, "email", **fields)

    person.refresh_from_db()
    assert (response.status_code, person.list_columns) == (400, {})


@pytest.mark.parametrize(
    ("of", "path", "value"),
    [
        ("", "organization__name", "organization.name"),
        ("student", "student__organization__name", "student.organization.name"),
    ],
)
def test_the_organization_is_a_rows_own_or_that_of_what_it_names(of, path, value):
    column: Column[User] = organization_column(of=of, hidden_if_same=True)

    assert (column.name, str(column.label), column.value, column.order_by) == (
        "organization",
        "Organization",
        value,
        (path,),
    )
    assert (column.hidden, column.hidden_if_same) == (False, True)
