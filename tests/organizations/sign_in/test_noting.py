"""Every sign-in leaves a trace: whose, from where, when, and how it ended."""

import pytest
from django.test import Client

from organizations.models import AuditEntry
from tests.factories import PASSWORD, StudentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return StudentFactory.create(username="ada", email="ada@example.org")


def sign_in(client: Client, name: str, password: str):
    return client.post("/sign-in/", {"username": name, "password": password}, REMOTE_ADDR="198.51.100.7")


def noted() -> list[tuple[object, ...]]:
    return list(
        AuditEntry.objects.filter(kind="").order_by("pk").values_list("action", "result", "person__username", "words")
    )


def test_a_sign_in_and_a_sign_out_are_noted_with_account_and_address(client, ada):
    sign_in(client, "ada", PASSWORD)
    client.post("/sign-out/")

    assert noted() == [("signed_in", "done", "ada", ""), ("signed_out", "done", "ada", "")]
    first = AuditEntry.objects.filter(kind="").earliest("pk")
    assert (first.actor, first.address, first.organization) == (ada, "198.51.100.7", ada.organization)


@pytest.mark.parametrize(
    ("typed", "person", "words"),
    [
        ("ada", "ada", ""),
        ("ADA@example.org", "ada", ""),
        ("nobody", None, "nobody"),
        ("x" * 300, None, "x" * 255),
        ("a\r\nb\u202e", None, "a b"),
    ],
    ids=["name", "address", "unknown", "long", "controls"],
)
def test_a_failure_names_the_account_that_was_meant_or_what_was_typed(client, ada, typed, person, words):
    sign_in(client, typed, "wrong")

    assert noted() == [("signed_in", "failed", person, words)]


def test_in_a_pause_one_attempt_a_minute_is_noted(client, ada):
    for _attempt in range(9):
        sign_in(client, "ada", "wrong")

    assert noted() == [("signed_in", "failed", "ada", "")] * 4 + [("signed_in", "refused", "ada", "")]


def test_a_letter_that_is_asked_for_is_noted(client, ada):
    client.post("/password/forgotten/", {"username": "ada"})
    client.post("/password/forgotten/", {"username": "nobody"})

    assert noted() == [("password_letter", "done", "ada", ""), ("password_letter", "done", None, "nobody")]


def test_a_new_password_and_the_sessions_that_somebody_ends_are_noted(client, ada):
    sign_in(client, "ada", PASSWORD)
    client.post(
        "/password/",
        {"old_password": PASSWORD, "new_password1": "green-quince-77x", "new_password2": "green-quince-77x"},
    )
    client.post("/sessions/", {"which": "all"})

    changed, *rest = AuditEntry.objects.filter(actor=ada).order_by("pk")[1:]
    assert (changed.action, changed.person, changed.after) == ("changed", ada, {"password": "…"})
    assert [entry.action for entry in rest] == ["sessions_ended"]


def test_a_page_that_somebody_may_not_have_is_noted(client, ada):
    client.force_login(ada)

    assert client.get("/audit/").status_code == 403

    assert noted() == [("refused", "refused", None, "audit")]
    assert AuditEntry.objects.get(kind="").actor == ada
