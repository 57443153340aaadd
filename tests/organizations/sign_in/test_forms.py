"""What the forms of signing in and of passwords take, and what they refuse."""

import pytest
from axes.models import AccessAttempt

from organizations.models import User
from organizations.sign_in.forms import ForgottenForm, SignInForm
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client, username, password):
    return client.post("/sign-in/", {"username": username, "password": password})


@pytest.mark.parametrize("form", [SignInForm, ForgottenForm])
def test_the_account_is_asked_for_by_name_or_address(form):
    field = form().fields["username"]

    assert (str(field.label), field.widget.attrs["autocomplete"]) == ("User name or e-mail address", "username")


@pytest.mark.parametrize("new", ["short", "password1234", "123456789012"])
def test_a_weak_password_is_refused(student, signed_in, new):
    answer = signed_in(student).post(
        "/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"new_password2"}


def guess(client, old="wrong"):
    new = "a staple of battery horses"
    return client.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new}).status_code


def test_the_old_password_is_guessed_no_more_often_than_at_sign_in(student, signed_in, client):
    for name in ("ada", "ADA@example.test"):
        sign_in(client, name, "wrong")

    assert [guess(signed_in(student)) for _ in range(3)] == [200, 200, 429]
    assert guess(signed_in(student), PASSWORD) == 429
    assert sign_in(client, "ada", PASSWORD).status_code == 429
    assert User.objects.get(pk=student.pk).check_password(PASSWORD)


def test_passwords_are_not_kept_with_an_attempt(student, signed_in):
    guess(signed_in(student), "my old secret")

    (kept,) = AccessAttempt.objects.values_list("post_data", flat=True)
    assert "secret" not in kept
    assert "staple" not in kept
