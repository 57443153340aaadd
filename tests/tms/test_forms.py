import pytest
from django.http import QueryDict

from tms.forms import MOST_COLUMNS, OutputOptionsForm

LIST = "/badges/?q=a&sort=-name"


def form_of(**sent):
    data = QueryDict(mutable=True)
    for name, value in ({"next": LIST} | sent).items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return OutputOptionsForm(data)


def test_a_list_is_told_by_its_address_and_its_columns_come_in_their_order():
    form = form_of(columns=["b", "a"])

    assert form.is_valid()
    assert (form.page_name, form.cleaned_data["columns"], form.address) == ("badges:list", ["b", "a"], LIST)


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ({"per_page": "50"}, f"{LIST}&per_page=50"),
        ({"next": "/badges/", "per_page": "50"}, "/badges/?per_page=50"),
        ({"next": "/badges/"}, "/badges/"),
        ({"next": "/badges/?q="}, "/badges/?q="),
    ],
)
def test_the_way_back_has_the_results_per_page(sent, address):
    form = form_of(**sent)

    assert (form.is_valid(), form.address) == (True, address)


@pytest.mark.parametrize(
    "sent",
    [
        {"next": ""},
        {"next": "/nowhere/"},
        {"next": "//evil.test/badges/"},
        {"next": "https://evil.test/badges/"},
        {"next": "https://[/"},
        {"next": "badges/"},
        {"per_page": "0"},
        {"per_page": "1001"},
        {"columns": ["a"] * (MOST_COLUMNS + 1)},
        {"columns": ["a" * (MOST_COLUMNS + 1)]},
    ],
)
def test_what_is_no_list_is_refused(sent):
    assert not form_of(**sent).is_valid()


def test_as_many_columns_as_a_list_may_have_are_taken():
    assert form_of(columns=["a" * MOST_COLUMNS] * MOST_COLUMNS).is_valid()
