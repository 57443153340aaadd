import pytest
from django.http import QueryDict
from django.test import RequestFactory

from listing.chosen import ChosenIds, carried, is_about_list, numbers, own_of, state_of, ticked


def test_what_was_typed_behind_a_dialog_goes_along_and_what_is_the_dialog_s_own_does_not():
    body = QueryDict(
        "note=Well&note=done&link=&choose=badges&badges=1&q=x&list_opens=1&list_state=&csrfmiddlewaretoken=t"
    )

    assert carried(body, {"choose", "badges"}) == [("note", "Well"), ("note", "done")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], []),
        (["3", "1,2", "3"], [3, 1, 2]),
        (["", ",", "1,,2"], [1, 2]),
        (["x", "-1", "1.5", "²", "\x00", "9" * 30], []),
        (["9" * 18, "9" * 19], [int("9" * 18)]),
    ],
)
def test_ids_come_one_by_one_or_with_commas(words, expected):
    assert numbers(words) == expected


def test_twenty_thousand_ids_are_one_field(settings):
    body = "students=" + ",".join(map(str, range(10**6, 10**6 + 20_000)))

    assert len(numbers(QueryDict(body).getlist("students"))) == 20_000
    assert len(body) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("list_state=page%3D2", "page=2"),
        ("list_state=page%3D2&list_turn=page%3D3%26sort%3D-name", "page=3&sort=-name"),
        ("list_state=page%3D2&q=typed&list_turn=page%3D3", "page=3"),
        ("list_state=page%3D2&q=ada&list_search=sort%3Dname", "sort=name&q=ada"),
        ("list_state=q%3Dada&q=&list_search=", ""),
        ("list_state=q%3Dada&list_all=q%3Dada", "q=ada"),
        ("x=1", ""),
    ],
)
def test_a_press_says_what_the_list_is_asked_next(body, expected):
    assert state_of(QueryDict(body), "q").urlencode() == expected


@pytest.mark.parametrize(
    ("body", "expected"), [("list_turn=", True), ("list_search=", True), ("list_state=page%3D2&students=1", False)]
)
def test_only_the_buttons_of_the_list_leave_the_choice_for_later(body, expected):
    request = RequestFactory().post("/", body, content_type="application/x-www-form-urlencoded")

    assert is_about_list(request) is expected


@pytest.mark.parametrize(
    ("body", "expected"), [("a=1&a=2,3", [1, 2, 3]), ("a=1&list_none=", []), ("a=1&list_all=", [1])]
)
def test_ticks_stay_until_all_are_taken_away(body, expected):
    assert ticked(QueryDict(body), "a") == expected


def test_an_address_that_opens_a_dialog_says_only_what_is_the_list_s_own():
    assert own_of(QueryDict("q=ada&selection=x&students=1"), ("q", "sort")).urlencode() == "q=ada"


def test_a_field_of_rows_reads_boxes_and_the_ids_of_other_pages():
    sent = ChosenIds().value_from_datadict(QueryDict("a=1&a=2,3&a=&a=x,1"), {}, "a")

    assert sent == ["1", "2", "3", "x"]
