import datetime as dt

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from listing.downloads import download
from listing.lists import Column, listing
from listing.workbooks import MOST_ROWS
from operation.models import Tally
from organizations.models import User
from tests.factories import OrganizationFactory, StudentFactory
from tests.spreadsheets import content_of, rows_of

pytestmark = pytest.mark.django_db

MOMENT = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)


def asking(query):
    request = RequestFactory().get(f"/people/?{query}")
    request.session = SessionBase()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


@pytest.mark.parametrize(
    ("query", "ending"),
    [("export=xlsx", ".xlsx"), ("export=csv", ".csv"), ("export=", ".csv"), ("export=pdf", ".csv")],
)
def test_the_address_says_the_format_and_csv_is_the_one_for_all_else(query, ending, time_machine):
    time_machine.move_to(MOMENT, tick=False)

    response = download(asking(query), "people", ["Head"], [["cell"]])

    assert response["Content-Disposition"] == f'attachment; filename="people-2026-01-05{ending}"'
    assert content_of(response)


def rows_asked_for(request):
    columns = [
        Column[User](name="name", label="Student", value=str, order_by=("last_name",)),
        Column[User](name="joined", label="Joined", value="date_joined"),
        Column[User](name="active", label="Active", value="is_active"),
        Column[User](name="number", label="Number", value="pk", hidden=True),
        Column[User](name="actions", label="", exported=False),
    ]
    return listing(request, User.objects.all(), columns, sort="name", search=("last_name",))


def test_a_list_has_the_same_rows_order_and_columns_in_both_formats(db):
    academy = OrganizationFactory.create()
    for name in ("Ames", "Cole", "Bell"):
        StudentFactory.create(first_name="Ada", last_name=name, organization=academy, date_joined=MOMENT)
    asked = "q=e&sort=-name&per_page=10&page=2&columns=name&columns=joined&columns=active&columns=actions"
    seen: list[User] = []

    with timezone.override("Europe/Paris"):
        csv, xlsx = (
            rows_asked_for(asking(f"{asked}&export={kind}")).export("people", seen.extend) for kind in ("csv", "xlsx")
        )
        lines = b"".join(csv).decode().splitlines()

    paris = dt.datetime(2026, 1, 5, 13)  # noqa: DTZ001 - a spreadsheet's moments have no zone
    assert rows_of(xlsx) == [
        ["Student", "Joined", "Active"],
        *([f"Ada {name}", paris, "Yes"] for name in ("Cole", "Bell", "Ames")),
    ]
    assert [line.split(",")[0].strip("\ufeff") for line in lines] == ["Student", "Ada Cole", "Ada Bell", "Ada Ames"]
    assert [row.last_name for row in seen] == ["Cole", "Bell", "Ames"] * 2


def test_a_list_too_long_for_a_workbook_is_refused_before_it_is_read(db, django_assert_num_queries):
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Tally._meta.db_table} (name, labels, value) SELECT n, '', n FROM generate_series(1, %s) n",
            [MOST_ROWS + 1],
        )
    request = asking("q=&sort=name&export=xlsx")
    found = listing(request, Tally.objects.all(), [Column(name="name", label="Name", order_by=("name",))], sort="name")

    with django_assert_num_queries(1):
        response = found.export("tallies")

    assert (response.status_code, response["Location"]) == (302, "/people/?q=&sort=name")
    assert [str(message) for message in request._messages] == [
        "An Excel file holds 100,000 rows at most. Narrow the list, or export CSV."
    ]


def test_rows_that_turn_out_to_be_too_many_are_refused_too():
    response = download(asking("export=xlsx"), "people", ["n"], ([n] for n in range(MOST_ROWS + 1)))

    assert response.status_code == 302
