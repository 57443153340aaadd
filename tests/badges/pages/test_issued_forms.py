"""What is chosen and entered to act on issued badges."""

import pytest
from django.http import QueryDict

from badges.pages.issued_forms import ChosenForm, ReaddressForm, ReissueForm, RevokeForm
from listing.chosen import MOST_AT_ONCE


def test_chosen_ids_come_each_once_from_boxes_and_from_one_field():
    form = ChosenForm(QueryDict("issued=3&issued=1,2,3"))

    assert (form.is_valid(), form.cleaned_data) == (True, {"issued": [3, 1, 2]})


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Select at least one badge."),
        ("issued=", "Select at least one badge."),
        ("issued=1,x", "Select badges from the list."),
        ("issued=-1", "Select badges from the list."),
        (f"issued={'9' * 30}", "Select badges from the list."),
        (
            "issued=" + ",".join(map(str, range(1, MOST_AT_ONCE + 2))),
            "Select at most 20,000 badges at a time.",
        ),
    ],
)
def test_a_choice_that_is_none_is_refused_in_words(query, words):
    assert ChosenForm(QueryDict(query)).refusal == words


def test_as_many_may_be_chosen_as_one_press_may_be_about():
    assert ChosenForm(QueryDict("issued=" + ",".join(map(str, range(1, MOST_AT_ONCE + 1))))).is_valid()


@pytest.mark.parametrize(
    ("reason", "is_valid"), [("Wrong\nclass.", True), (" ", False), ("a\x01", False), ("a" * 501, False)]
)
def test_a_reason_is_prose_of_some_length(reason, is_valid):
    assert RevokeForm({"reason": reason}).is_valid() is is_valid


@pytest.mark.parametrize(
    ("key", "is_valid"), [("6246edf3-15bc-4c2a-943b-173e5fabbd84", True), ("", False), ("x", False)]
)
def test_issuing_again_needs_the_key_of_its_page(key, is_valid):
    assert ReissueForm({"key": key}).is_valid() is is_valid


@pytest.mark.parametrize(
    ("email", "errors"),
    [
        ("private@example.test", {}),
        ("SAM@Example.test", {"email": ["This badge is already sent to that address."]}),
        ("nonsense", {"email": ["Enter a valid email address."]}),
        ("", {"email": ["This field is required."]}),
    ],
)
def test_another_address_is_one_and_another(email, errors):
    assert ReaddressForm({"email": email}, now="sam@example.test").errors == errors
