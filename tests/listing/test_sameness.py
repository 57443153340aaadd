import pytest
from django.test import RequestFactory

from listing.lists import Column, listing
from listing.sameness import FEW, Same
from organizations.models import User
from tests.factories import PAST, OrganizationFactory, StudentFactory

pytestmark = pytest.mark.django_db

COLUMNS = [
    Column[User](name="name", label="Student", value=str, order_by=("last_name",)),
    Column[User](
        name="organization",
        label="Organization",
        order_by=("organization__name",),
        hidden_if_same=True,
        value="organization",
    ),
    Column[User](name="title", label="First name", value="first_name", order_by=("first_name",), hidden_if_same=True),
    Column[User](name="active", label="Active", value="is_active"),
]


@pytest.fixture
def academy():
    return OrganizationFactory.create(name="Academy")


def people(academy, count, **values):
    return [
        StudentFactory.create(organization=academy, last_name=f"N{n}", **{"first_name": "Ada", **values})
        for n in range(count)
    ]


def ask(query="", per_page=10, columns=COLUMNS):
    request = RequestFactory().get(f"/people/?{query}")
    return listing(request, User.objects.select_related("organization"), columns, sort="name", per_page=per_page)


def heads(found):
    return [heading.column.name for heading in found.headings]


def test_a_value_of_every_row_is_told_once_and_its_column_is_not_drawn(academy):
    people(academy, FEW + 1)

    found = ask()

    assert found.same == [Same("organization", "Organization", academy), Same("title", "First name", "Ada")]
    assert heads(found) == ["name", "active"]
    assert [cell.column.name for cell in found.lines[0].cells] == ["name", "active"]


def test_a_list_of_few_rows_keeps_its_columns(academy):
    people(academy, FEW)

    assert heads(ask()) == ["name", "organization", "title", "active"]


def test_what_is_empty_everywhere_is_not_told(academy):
    people(academy, FEW + 1, first_name="")

    assert heads(ask()) == ["name", "title", "active"]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_no_page_decides_for_itself(academy, page):
    people(academy, 6)
    StudentFactory.create(organization=academy, last_name="Z", first_name="Ben")

    found = ask(f"page={page}", per_page=3)

    assert heads(found) == ["name", "title", "active"]


@pytest.mark.parametrize(("last", "expected"), [(PAST, ["name"]), (None, ["name", "seen"])])
def test_an_empty_value_among_others_is_another(academy, last, expected):
    seen = Column[User](name="seen", label="Seen", value="last_login", order_by=("last_login",), hidden_if_same=True)
    people(academy, 6, last_login=PAST)
    StudentFactory.create(organization=academy, last_name="Z", last_login=last)

    assert heads(ask(per_page=3, columns=[COLUMNS[0], seen])) == expected


@pytest.mark.parametrize(("per_page", "queries"), [(10, 2), (3, 3)])
def test_only_several_pages_take_a_query_more(academy, django_assert_num_queries, per_page, queries):
    people(academy, 8)

    with django_assert_num_queries(queries):
        assert len(ask(per_page=per_page).same) == 2


def test_columns_that_were_asked_for_are_drawn_whatever_they_say(academy):
    people(academy, FEW + 1)

    found = ask("columns=organization&columns=name")

    assert (found.same, heads(found)) == ([], ["name", "organization"])


def test_the_export_has_every_column(academy):
    people(academy, FEW + 1)

    written = b"".join(ask().export("people")).decode("utf-8-sig")

    assert written.splitlines()[:2] == ["Student,Organization,First name,Active", "Ada N0,Academy,Ada,Yes"]
