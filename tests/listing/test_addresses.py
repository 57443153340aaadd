import pytest
from django.http import QueryDict

from listing.addresses import NoListError, list_address, state_of_address


def test_an_address_is_taken_apart():
    address = list_address("/badges/issued/?q=a&status=failed")

    assert (address.path, address.page_name, dict(address.query.items())) == (
        "/badges/issued/",
        "badges:issued",
        {"q": "a", "status": "failed"},
    )
    assert (address.with_query("q=b"), address.with_query("")) == ("/badges/issued/?q=b", "/badges/issued/")


def test_another_query_leaves_where_the_page_was_opened_from():
    address = list_address("/badges/issued/?q=a&roster=7")

    assert (address.with_query("q=b"), address.with_query("")) == (
        "/badges/issued/?q=b&roster=7",
        "/badges/issued/?roster=7",
    )


@pytest.mark.parametrize(
    "wanted",
    ["", "badges/issued/", "//x.test/badges/issued/", "http://x.test/badges/issued/", "/no/", "http://[", "?q=a"],
)
def test_an_address_of_no_page_of_ours_is_refused(wanted):
    with pytest.raises(NoListError):
        list_address(wanted)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("q=&page=2", ""),
        ("sort=-name&q=a+b&page=2", "q=a+b&sort=-name"),
        ("q=a&roster=7", "q=a"),
        ("columns=b&columns=a&columns=", "columns=b&columns=a"),
        ("q=%00%22%3Cscript%3E", "q=%00%22%3Cscript%3E"),
    ],
)
def test_a_state_is_what_says_something_in_one_order(query, expected):
    assert state_of_address(QueryDict(query), ("page",)) == expected
