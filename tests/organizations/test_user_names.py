import pytest

from organizations.user_names import is_shortened_number, normalized


def test_a_name_is_kept_as_it_is_typed_on_any_keyboard():
    assert normalized("ｉｎｓｔｒｕｃｔｏｒ") == "instructor"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1.23457E+12", True),
        ("1,23457E+12", True),
        ("4e+15", True),
        ("1.5E-10", True),
        ("1234567890123", False),
        ("e12", False),
        ("lee12", False),
        ("3e1", False),
    ],
)
def test_a_number_that_a_spreadsheet_shortened(name, expected):
    assert is_shortened_number(name) is expected
