"""Accounts from before user names had rules: no upgrade fails on them, nobody is shut out, and they can be repaired."""

import pytest
from django.contrib.auth import authenticate
from django.urls import reverse

from organizations.models import User
from organizations.old_names import release, rename, with_old_names
from tests.factories import PASSWORD, StudentFactory
from tests.violations import violates

pytestmark = pytest.mark.django_db


def test_those_that_break_a_rule_are_marked(accounts):
    assert [user.username for user in with_old_names()] == [
        "Peter",
        "victim@example.test",
        "nobody@example.test",
        "ｉｎｓｔｒｕｃｔｏｒ",
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("peter", "peter"),
        ("Peter", "Peter"),
        ("PETER", "peter"),
        ("victim@example.test", "victim"),
        ("attacker@example.test", "victim@example.test"),
        ("nobody@example.test", "nobody@example.test"),
        ("ｉｎｓｔｒｕｃｔｏｒ", "instructor"),
        ("full@example.test", "ｉｎｓｔｒｕｃｔｏｒ"),
    ],
)
def test_meanwhile_everybody_signs_in_and_an_address_opens_its_own_account(accounts, rf, typed, expected):
    user = authenticate(rf.post("/sign-in/"), username=typed, password=PASSWORD)

    assert user == accounts[expected]


def test_an_account_with_an_old_name_can_be_saved_and_a_new_one_like_it_cannot(accounts):
    accounts["victim@example.test"].refresh_from_db()
    accounts["victim@example.test"].save()

    with violates("user_name_unique"):
        StudentFactory.create(username="pEtEr", email="")


def test_a_new_name_takes_no_other_account_s(accounts):
    StudentFactory.create(username="PETER-2")

    assert next(rename()).user.username == "Peter-3"


def test_a_name_whose_twin_has_gone_breaks_no_rule_any_more(accounts):
    User.objects.filter(username="peter").update(username="peter.pan")

    assert release() == 1
    with violates("user_name_unique"):
        StudentFactory.create(username="PETER", email="")


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("Peter", None),
        ("peter.parker", None),
        ("INSTRUCTOR", "Another account has this user name. Choose one that differs by more than case."),
        ("own@example.test", "Another account has this user name. Choose one that differs by more than case."),
    ],
)
def test_an_old_name_stays_on_its_page_until_it_is_changed_by_the_rules(accounts, world, signed_in, name, errors):
    user = User.objects.get(username="Peter")
    page = reverse("admin:organizations_user_change", args=[user.pk])
    values = {"username": name, "first_name": "Petra", "email": user.email, "organization": user.organization_id}

    client = signed_in(world.administrator)
    answer = client.post(page, {**values, "is_active": "on"})

    assert (answer.context["errors"][0] if errors else answer.status_code) == (([errors]) if errors else 302)
    user.refresh_from_db()
    assert (user.username, user.has_old_name) == ("Peter" if errors else name, bool(errors) or name == "Peter")


def test_the_page_of_such_an_account_says_so(accounts, world, signed_in):
    user = User.objects.get(username="Peter")

    page = (
        signed_in(world.administrator).get(reverse("admin:organizations_user_change", args=[user.pk])).content.decode()
    )

    assert "This user name is no longer allowed. Choose another one." in page
