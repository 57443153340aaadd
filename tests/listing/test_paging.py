import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from listing.columns import Column
from listing.paging import Place, Rows, place_asked
from organizations.models import User
from tests.factories import OrganizationFactory, StudentFactory

pytestmark = pytest.mark.django_db

ORDERS = [
    (("last_name",), False),
    (("-last_name", "first_name"), False),
    (("last_login",), False),
    (("last_login",), True),
    (("last_login", "last_name"), True),
    (("organization__parent__name",), False),
    (("organization__parent__name", "-last_login"), True),
    (("pk",), False),
]


@pytest.fixture
def eleven():
    """People of whom many have the same name, the same sign-in or none, and an organization below another or below none."""
    root = OrganizationFactory.create(name="Root")
    organizations = [root, OrganizationFactory.create(name="Leaf", parent=root)]
    earlier, now = timezone.now() - dt.timedelta(days=1), timezone.now()
    for n in range(11):
        StudentFactory.create(
            last_name="ABB"[n % 3],
            first_name="CCDD"[n % 4],
            last_login=[None, earlier, now, None, now][n % 5],
            organization=organizations[n % 2],
        )


def rows_by(order_by, *, empty_last=False, descending=False, most_counted=4, **options):
    """All people in this order, two on a page, and no more than some of them counted."""
    column = Column[User](name="x", label="X", order_by=order_by, empty_last=empty_last)
    ordered = User.objects.order_by(*column.ordering(descending=descending))
    return Rows(options.get("found", ordered), User.objects.all(), 2, most_counted)


def walk(rows, place, way):
    """The rows of each page from this place on, by the links of the pages."""
    pages = []
    while place is not None:
        page = rows.page(place_asked(place.asked))
        pages.append([row.pk for row in page])
        place = getattr(page, way)
    return pages


@pytest.mark.parametrize(("order_by", "empty_last"), ORDERS)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("most_counted", [4, 100])
def test_from_page_to_page_the_list_is_read_as_it_stands(eleven, order_by, empty_last, descending, most_counted):
    rows = rows_by(order_by, empty_last=empty_last, descending=descending, most_counted=most_counted)
    plain = [row.pk for row in rows.found]

    forwards = walk(rows, Place(), "next")
    backwards = walk(rows, Place(-1), "previous")

    assert forwards == [plain[n : n + 2] for n in range(0, 11, 2)]
    assert [pk for page in backwards[::-1] for pk in page] == plain


@pytest.mark.parametrize(
    ("asked", "number", "first"),
    [
        ({}, 1, 1),
        ({"page": "2"}, 2, 3),
        ({"page": "3"}, 2, 3),
        ({"page": "99999"}, 2, 3),
        ({"page": "last"}, -1, 10),
        ({"page": "0"}, -1, 10),
        ({"page": "-2"}, -2, 8),
        ({"page": "-99999"}, -2, 8),
        ({"page": "9" * 19}, 1, 1),
        ({"page": "x", "after": "1"}, 1, 1),
        ({"page": "2", "after": "1"}, 2, 3),
        ({"page": "3", "after": "999999999"}, 2, 3),
        ({"page": "3", "before": "x"}, 2, 3),
    ],
)
def test_of_a_long_list_some_page_answers(eleven, asked, number, first):
    rows = rows_by(("pk",))
    plain = list(rows.found)

    page = rows.page(place_asked(asked))

    assert (page.number, page.rows) == (number, plain[first - 1 : first + 1])


@pytest.mark.parametrize(
    ("place", "expected", "links"),
    [
        (Place(), "1–2 of more than 4", [1, 2, "…", "last"]),
        (Place(2), "3–4 of more than 4", [1, 2, "…", "last"]),
        (Place(-1), "1–2 from the end, of more than 4", [1, "…", "last"]),
    ],
)
def test_of_a_long_list_the_range_is_said_and_the_last_page_linked(eleven, place, expected, links):
    page = rows_by(("pk",)).page(place)

    assert (page.results_found, page.range_found, page.links) == ("More than 4 Results Found", expected, links)


def test_a_page_far_from_both_ends_says_where_it_is(eleven):
    rows = rows_by(("pk",))
    plain = [row.pk for row in rows.found]

    page = rows.page(Place(4, "after", plain[5]))

    assert (page.range_found, page.links) == ("7–8 of more than 4", [1, "…", 4, "…", "last"])
    assert page.next == Place(5, "after", plain[7])
    assert page.previous == Place(3, "before", plain[6])


@pytest.mark.parametrize(
    ("most", "words", "ranges", "is_more"),
    [
        (10, "More than 10 Results Found", "1–2 of more than 10", True),
        (11, "11 Results Found", "1–2 of 11", False),
    ],
)
def test_the_count_is_exact_up_to_its_limit(eleven, most, words, ranges, is_more):
    rows = rows_by(("pk",), most_counted=most)
    page = rows.page(Place())

    assert (page.results_found, page.range_found, rows.is_more, rows.count) == (words, ranges, is_more, most)


def test_nothing_found_is_one_empty_page(db):
    page = rows_by(("pk",)).page(Place(7))

    assert (page.rows, page.number, page.range_found, page.next, page.previous) == ([], 1, "", None, None)


@pytest.mark.parametrize(
    ("place", "queries"),
    [(Place(), 3), (Place(-1), 3), (Place(2), 3), (Place(3, "after", 0), 4), (Place(3, "after", 1), 4)],
)
def test_a_page_of_a_long_list_takes_three_queries_and_a_fourth_far_from_its_ends(eleven, place, queries):
    rows = rows_by(("pk",))
    beside = place.row and list(rows.found)[3].pk

    with CaptureQueriesContext(connection) as captured:
        rows.page(Place(place.number, place.side, beside))

    asked = [query["sql"] for query in captured.captured_queries]
    assert len([sql for sql in asked if sql.lstrip().startswith(("SELECT", "WITH"))]) == queries


@pytest.mark.parametrize("most_counted", [4, 100])
def test_the_rows_of_a_page_can_be_read_otherwise_by_their_ids(eleven, most_counted):
    found = rows_by(("last_login", "-last_name"), empty_last=True, most_counted=most_counted).found
    joined = User.objects.select_related("organization")
    rows = Rows(found, User.objects.all(), 2, most_counted, by_ids=lambda ids: joined.filter(pk__in=ids))
    plain = list(found)

    assert [rows.page(Place(n)).rows for n in (1, 2, -1)] == [
        plain[:2],
        plain[2:4],
        plain[-2:] if most_counted == 4 else plain[-1:],
    ]
    assert rows.page(Place()).rows[0].organization.name


def test_what_can_find_nothing_is_not_counted(django_assert_num_queries):
    with django_assert_num_queries(1):
        page = rows_by(
            ("pk",), found=User.objects.none().order_by(*Column(name="x", label="X").ordering(descending=False))
        ).page(Place())

    assert (page.rows, page.of.count) == ([], 0)


def test_a_row_that_left_the_list_still_says_where_to_read_on(eleven):
    people = list(User.objects.order_by("pk"))
    gone = people[3]
    left = User.objects.exclude(pk=gone.pk).order_by(*Column(name="x", label="X").ordering(descending=False))

    page = rows_by(("pk",), found=left).page(Place(3, "after", gone.pk))

    assert page.rows == people[4:6]
