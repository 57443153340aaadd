import csv
import datetime as dt
import io

import pytest
from django.test import RequestFactory
from django.utils import timezone

from listing.columns import Cell
from listing.lists import Choice, Column, listing
from organizations.models import User
from tests.factories import OrganizationFactory, StudentFactory
from tests.gallery import COLUMNS, PeopleFilter

pytestmark = pytest.mark.django_db

SEARCH = ("first_name", "last_name")


@pytest.fixture
def academy():
    return OrganizationFactory.create(name="Academy")


@pytest.fixture
def three(academy):
    """Ames, Bell and Cole, of whom Cole is not active."""
    return [
        StudentFactory.create(first_name=first, last_name=last, organization=academy, is_active=last != "Cole")
        for first, last in [("Ada", "Ames"), ("Ben", "Bell"), ("Ada", "Cole")]
    ]


def ask(query="", **options):
    """The list of all people that an address ending in `query` asks for."""
    request = RequestFactory().get(f"/people/?{query}")
    people = User.objects.select_related("organization")
    return listing(request, people, COLUMNS, **{"sort": "name", "search": SEARCH, "filterset": PeopleFilter, **options})


def names(found):
    return [row.last_name for row in found.page]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Ames", "Bell", "Cole"]),
        ("sort=-name", ["Cole", "Bell", "Ames"]),
        ("sort=name", ["Ames", "Bell", "Cole"]),
        ("sort=active", ["Ames", "Bell", "Cole"]),
        ("sort=--name", ["Ames", "Bell", "Cole"]),
        ("sort=password", ["Ames", "Bell", "Cole"]),
        ("sort=-", ["Ames", "Bell", "Cole"]),
    ],
)
def test_sorts_by_its_own_columns_alone(three, query, expected):
    assert names(ask(query)) == expected


def test_equal_rows_keep_one_order_both_ways(academy):
    people = [StudentFactory.create(first_name="Sam", last_name="Same", organization=academy) for _ in range(5)]

    upwards = [row.pk for row in ask("sort=organization").page]
    downwards = [row.pk for row in ask("sort=-organization").page]

    assert upwards == [person.pk for person in people]
    assert downwards == upwards[::-1]


@pytest.mark.parametrize(
    ("order_by", "empty_last", "descending", "expected"),
    [
        (("-is_active", "last_name"), False, False, ["Ames", "Bell", "Cole"]),
        (("-is_active", "last_name"), False, True, ["Cole", "Bell", "Ames"]),
        (("-is_active", "last_name"), True, False, ["Ames", "Bell", "Cole"]),
        (("-is_active", "last_name"), True, True, ["Cole", "Bell", "Ames"]),
    ],
)
def test_a_column_that_is_upwards_by_a_falling_path_falls_by_a_rising_one(
    three, order_by, empty_last, descending, expected
):
    column = Column[User](name="active", label="Active", order_by=order_by, empty_last=empty_last)

    rows = User.objects.order_by(*column.ordering(descending=descending))

    assert [row.last_name for row in rows] == expected


@pytest.mark.parametrize("query", ["sort=last_login", "sort=-last_login"])
def test_empty_last_column_has_its_nulls_at_the_end(three, query):
    User.objects.filter(last_name="Bell").update(last_login=timezone.now())

    assert names(ask(query))[0] == "Bell"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=ada", ["Ames", "Cole"]),
        ("q=ada+COLE", ["Cole"]),
        ("q=cole+ada", ["Cole"]),
        ("q=nobody", []),
        ("q=%25", []),
        ("q=+", ["Ames", "Bell", "Cole"]),
        ("is_active=true", ["Ames", "Bell"]),
        ("is_active=false&q=ada", ["Cole"]),
        ("last_name=ell", ["Bell"]),
    ],
)
def test_search_and_filters_narrow(three, query, expected):
    assert names(ask(query)) == expected


@pytest.mark.parametrize("query", ["q=" + "x" * 201, "q=a%00b", "joined=yesterday", "joined=2026-13-01"])
def test_nonsense_finds_nothing_rather_than_everything(three, query):
    found = ask(query)

    assert (names(found), found.count) == ([], 0)


@pytest.mark.parametrize(
    ("query", "number"),
    [("", 1), ("page=2", 2), ("page=99", 2), ("page=1000000000", 2), ("page=abc", 1), ("page=-1", 2), ("page=0", 2)],
)
def test_whatever_page_is_asked_for_some_page_answers(three, query, number):
    assert ask(query, per_page=2).page.number == number


@pytest.mark.parametrize(
    ("query", "expected"), [("", 25), ("per_page=50", 50), ("per_page=7", 25), ("per_page=x", 25), ("per_page=1e9", 25)]
)
def test_results_per_page_are_one_of_the_offered(three, query, expected):
    assert ask(query).per_page == expected


@pytest.mark.parametrize(("query", "words"), [("q=bell", "1 Result Found"), ("q=zz", "0 Results Found")])
def test_count_is_said_in_words(three, query, words):
    assert ask(query).results_found == words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["name", "organization", "email", "joined", "active", "actions"]),
        ("columns=email&columns=last_login", ["email", "last_login", "actions"]),
        ("columns=password", ["name", "organization", "email", "joined", "active", "actions"]),
    ],
)
def test_output_options_choose_the_columns(three, query, expected):
    assert [column.name for column in ask(query).shown] == expected


def test_a_heading_sorts_the_other_way_and_begins_at_the_first_page(three):
    found = ask("sort=name&page=2&q=ada&columns=name&columns=email", per_page=2)

    assert [(heading.column.name, heading.url, heading.direction) for heading in found.headings] == [
        ("name", "/people/?q=ada&columns=name&columns=email&sort=-name", "ascending"),
        ("email", "/people/?q=ada&columns=name&columns=email&sort=email", ""),
        ("actions", "", ""),
    ]


def test_page_links_leave_gaps_in_a_long_list(academy):
    StudentFactory.create_batch(30, organization=academy)

    found = ask("page=8&q=sam", per_page=2)

    assert [link.number for link in found.page_links] == [1, "…", 6, 7, 8, 9, 10, "…", 15]
    assert [link.url for link in found.page_links if link.is_current] == ["/people/?q=sam&page=8"]
    assert (found.previous_url, found.next_url) == ("/people/?q=sam&page=7", "/people/?q=sam&page=9")


def test_forms_carry_what_is_not_theirs(three):
    found = ask("q=ada&is_active=true&sort=-name&per_page=50&columns=email&page=2")

    assert found.kept_by_search == [("sort", "-name"), ("per_page", "50"), ("columns", "email")]
    assert found.url_of_output_options == "/people/?q=ada&is_active=true&sort=-name"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("is_active=true", ["is_active"]),
        ("is_active=false", ["is_active"]),
        ("is_active=x", []),
        ("last_name=", []),
    ],
)
def test_only_filters_that_narrow_are_active(three, query, expected):
    assert [item.field.name for item in ask(query).filters if item.is_active] == expected


def press(body="", query="", **options):
    """The list of a dialog after a press in it."""
    kind = "application/x-www-form-urlencoded"
    request = RequestFactory().post(f"/people/?{query}", body, content_type=kind)
    choose = Choice("people", form="f")
    options = {"sort": "name", "search": SEARCH, "per_page": 2, "choose": choose, **options}
    return listing(request, User.objects.select_related("organization"), COLUMNS, **options)


def test_what_was_chosen_on_another_page_stays_and_travels_in_the_body(three):
    ames, _bell, cole = three

    found = press(f"list_turn=page%3D2&people={ames.pk}&people=x,{cole.pk}", query="selection=1")

    assert (names(found), found.chosen_elsewhere, list(found.chosen)) == (
        ["Cole"],
        [str(ames.pk)],
        [str(ames.pk), str(cole.pk)],
    )
    assert (found.action, found.next_url, found.previous_url) == ("/people/?selection=1", "", "page=1")
    assert found.headings[0].url == "sort=-name"


def test_a_dialog_opens_with_what_is_chosen(three):
    found = ask(
        "q=ada&people=1&selection=1", filterset=None, choose=Choice("people", form="f"), chosen=[three[0].pk, 7]
    )

    assert (names(found), [line.is_chosen for line in found.lines]) == (["Ames", "Cole"], [True, False])
    assert (found.chosen_elsewhere, found.state, found.url(page="2")) == (["7"], "q=ada", "q=ada&page=2")


def test_where_one_is_chosen_the_last_counts_and_a_refusal_keeps_the_list(three):
    ames, bell, _cole = three
    one = Choice("people", form="f", many=False)

    asked = ask(f"people={ames.pk}&people={bell.pk}", choose=one)
    refused = press(f"list_state=q%3Dada%26sort%3D-name&people={ames.pk}", choose=one, chosen=[ames.pk])

    assert [line.is_chosen for line in asked.lines] == [False, True, False]
    assert (names(refused), refused.state) == (["Cole", "Ames"], "q=ada&sort=-name")
    assert [line.is_chosen for line in refused.lines] == [False, True]


def test_one_press_chooses_all_that_is_found_besides_what_was_chosen(three):
    ames, bell, cole = three

    found = press(f"list_all=q%3Dada&people={bell.pk}")

    assert (found.can_choose_all, names(found)) == (True, ["Ames", "Cole"])
    assert list(found.chosen) == [str(pk) for pk in (bell.pk, ames.pk, cole.pk)]


def test_one_press_chooses_nothing_any_more(three):
    found = press(f"list_none=page%3D2&people={three[0].pk},7")

    assert (list(found.chosen), names(found)) == ([], ["Cole"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("q=ada&list_search=sort%3D-name", ["Cole", "Ames"]),
        ("q=ada&list_turn=sort%3D-name", ["Cole", "Bell"]),
        ("q=ada&list_state=page%3D2", ["Cole"]),
        ("q=a%00b&list_search=", []),
    ],
)
def test_a_dialog_is_searched_when_its_button_is_pressed(three, body, expected):
    assert names(press(body)) == expected


def test_a_list_that_serves_another_s_filter_has_names_of_its_own(three):
    query = "q=ada&sort=-name&page=2&people=7&choose-q=bell&choose-page=3&choose-sort=email&columns=email"

    found = ask(query, sort="name", filterset=None, choose=Choice("people", form="f", prefix="choose"))

    assert names(found) == ["Bell"]
    assert found.url(page="2") == (
        "/people/?q=ada&sort=-name&page=2&people=7&choose-q=bell&choose-sort=email&columns=email&choose-page=2"
    )
    assert found.kept_by_search == [
        ("q", "ada"),
        ("sort", "-name"),
        ("page", "2"),
        ("choose-sort", "email"),
        ("columns", "email"),
    ]


@pytest.mark.parametrize(
    ("value", "tells_itself", "is_empty"),
    [
        ("Academy", True, False),
        ("", True, True),
        (None, False, True),
        (0, False, False),
        (False, False, False),
        (dt.date(2026, 3, 2), False, False),
        (dt.datetime(2026, 3, 2, tzinfo=dt.UTC), False, False),
    ],
)
def test_words_alone_are_understood_without_their_column_s_name(value, tells_itself, is_empty):
    cell = Cell(COLUMNS[0], value)

    assert (cell.tells_itself, cell.is_empty) == (tells_itself, is_empty)


def test_chips_say_what_narrows_and_where_the_list_is_without_it(three):
    found = ask("q=ada&is_active=true&joined=2026-03-01&last_name=&sort=-name&page=2")

    assert [(str(chip.label), chip.words, chip.place, chip.url_without) for chip in found.chips] == [
        ("Search", "ada", "listing-q", "/people/?is_active=true&joined=2026-03-01&last_name=&sort=-name"),
        ("Active", "Yes", "listing-filter-is_active", "/people/?q=ada&joined=2026-03-01&last_name=&sort=-name"),
        ("Joined", "1 Mar 2026", "listing-filter-joined", "/people/?q=ada&is_active=true&last_name=&sort=-name"),
    ]
    assert found.url_of_everything == "/people/?sort=-name"


def test_nonsense_is_a_chip_without_words(three):
    assert [(chip.label, chip.words) for chip in ask("joined=yesterday").chips] == [("Joined", "")]


def test_a_list_that_is_not_narrowed_has_no_chips(three):
    assert ask("sort=-name&is_active=x&last_name=").chips == []


def test_paper_says_what_was_searched_for_and_which_page_this_is(three):
    found = ask("q=a&is_active=false&last_name=")
    pages = ask("page=2", per_page=2)

    assert found.on_paper == [("Search", "a"), ("Active", "No")]
    assert pages.on_paper == [("Results", "3–3 of 3")]


def test_export_is_everything_found_in_the_shown_columns(three, time_machine):
    time_machine.move_to("2026-11-28T23:30:00Z", tick=False)  # tomorrow in Paris
    with timezone.override("Europe/Paris"):
        User.objects.update(date_joined=dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC))
        response = ask("q=ada&per_page=10&columns=name&columns=joined&columns=active&columns=actions").export("people")

    text = b"".join(response).decode()
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text.removeprefix("\ufeff")))) == [
        ["Student", "Joined", "Active"],
        ["Ada Ames", "2026-01-05T13:00:00+01:00", "Yes"],
        ["Ada Cole", "2026-01-05T13:00:00+01:00", "No"],
    ]
    assert response["Content-Disposition"] == 'attachment; filename="people-2026-11-29.csv"'


@pytest.mark.urls("tests.gallery")
@pytest.mark.parametrize("number", [1, 3])
def test_a_list_page_takes_the_same_queries_for_one_row_and_for_three(
    academy, signed_in, django_assert_num_queries, number
):
    people = StudentFactory.create_batch(number, organization=academy)
    client = signed_in(people[0])

    with django_assert_num_queries(8):  # session, person, organization, two of permissions; saved views, count, rows
        response = client.get("/gallery/list/")

    assert [line.row for line in response.context["listing"].lines] == people


@pytest.mark.urls("tests.gallery")
def test_the_page_escapes_names(academy, signed_in):
    student = StudentFactory.create(first_name="<b>Ada</b>", last_name='"><script>', organization=academy)

    body = signed_in(student).get("/gallery/list/", {"q": '"><script>'}).content.decode()

    assert "<b>Ada" not in body
    assert '"><script>' not in body


@pytest.mark.urls("tests.gallery")
def test_the_page_says_why_it_is_empty(academy, signed_in):
    client = signed_in(StudentFactory.create(organization=academy))

    body = client.get("/gallery/list/", {"q": "nobody"}).content.decode()

    assert "No results." in body
    assert "Export" not in body


@pytest.mark.urls("tests.gallery")
@pytest.mark.parametrize(("url", "prints"), [("list", True), ("list/?q=nobody", False), ("choose", False)])
def test_lists_print_where_there_is_something_to_print(academy, signed_in, url, prints):
    path, _question, query = url.partition("/")

    body = signed_in(StudentFactory.create(organization=academy)).get(f"/gallery/{path}/{query}").content.decode()

    assert ("data-print" in body) is prints


@pytest.mark.parametrize(("query", "is_blank"), [("", True), ("q=Ames", False), ("sort=-name", True)])
def test_a_list_is_blank_where_nothing_can_be_found(academy, query, is_blank):
    assert ask(query).is_blank is is_blank


def test_a_list_with_rows_is_not_blank(three):
    assert (ask().is_blank, ask("q=nobody").is_blank) == (False, False)
