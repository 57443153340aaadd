import pytest
from django.core.checks import run_checks

pytestmark = pytest.mark.django_db


def test_migrate_and_check_tell_an_operator(accounts):
    (warning,) = [each for each in run_checks(databases=["default"]) if each.id == "organizations.W001"]

    assert warning.msg == (
        "User names from before today's rules: Peter, victim@example.test, nobody@example.test, ｉｎｓｔｒｕｃｔｏｒ"
    )


def test_nothing_is_told_where_all_names_are_right(world):
    assert [each.id for each in run_checks(databases=["default"]) if each.id == "organizations.W001"] == []
