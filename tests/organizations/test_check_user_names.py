from io import StringIO

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def run(**options) -> list[str]:
    output = StringIO()
    call_command("check_user_names", stdout=output, **options)
    return output.getvalue().splitlines()


def test_the_command_says_what_is_wrong_with_each(accounts):
    assert run() == [
        "Peter (Academy) differs from another user name by case alone.",
        "victim@example.test (Academy) is not the account's own e-mail address.",
        "nobody@example.test (Academy) is not the account's own e-mail address.",
        "ｉｎｓｔｒｕｃｔｏｒ (Academy) has characters that do not work at sign-in.",
    ]


def test_the_command_repairs_them(accounts):
    assert run(repair=True) == [
        "Peter is now Peter-2 (Academy).",
        "victim@example.test is now victim_example.test (Academy).",
        "nobody@example.test is now nobody_example.test (Academy).",
        "ｉｎｓｔｒｕｃｔｏｒ is now instructor-2 (Academy).",
    ]
    assert run() == ["Every user name keeps the rules."]
