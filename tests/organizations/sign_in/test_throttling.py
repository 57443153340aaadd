"""How often signing in may fail, and for whom the wider limits are spared."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from tests.factories import StudentFactory
from tests.organizations.sign_in.signing_in import sign_in

pytestmark = pytest.mark.django_db


def test_the_fifth_bad_attempt_is_the_last_for_a_while(student, client):
    answers = [sign_in(client, password="wrong").status_code for _ in range(5)]

    assert answers == [200, 200, 200, 200, 429]
    assert sign_in(client).status_code == 429
    assert "Wait 15 minutes" in sign_in(client).content.decode()
    assert sign_in(client)["Retry-After"] == "900"


def test_an_unknown_name_is_throttled_like_a_known_one(client):
    answers = [sign_in(client, "nobody", "wrong").status_code for _ in range(5)]

    assert answers == [200, 200, 200, 200, 429]


def test_a_forwarded_address_does_not_escape_the_throttle(student):
    answers = [
        sign_in(Client(headers={"X-Forwarded-For": f"192.0.2.{n}"}), password="wrong").status_code for n in range(5)
    ]

    assert answers[-1] == 429


@pytest.mark.parametrize(
    "names",
    [
        ["ada", "ada@example.test", "ＡＤＡ@example.test", "Ada", " ada "],
        ["nobody", "NOBODY", "ｎｏｂｏｄｙ", " nobody ", "noBody"],
        ["no@body.test", "No@body.test", "no@BODY.test", "NO@BODY.TEST", "no@body.test"],
    ],
    ids=["account", "unknown name", "unknown address"],
)
def test_every_way_to_write_a_name_shares_its_attempts(student, client, names):
    answers = [sign_in(client, name, "wrong").status_code for name in names]

    assert answers == [200, 200, 200, 200, 429]


def fail_at(address, *names, client=None):
    """The statuses of failed attempts for the names from the address."""
    return [sign_in(client or Client(REMOTE_ADDR=address), name, "wrong").status_code for name in names]


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_an_account_is_paused_whatever_the_addresses(student, name):
    answers = [status for n in range(6) for status in fail_at(f"192.0.2.{n}", *[name] * 4)]

    assert answers == [200] * 24
    assert fail_at("192.0.2.100", name, name) == [200, 429]


def test_an_address_is_paused_whatever_the_names():
    answers = fail_at("192.0.2.1", *(f"nobody-{n}" for n in range(100)))

    assert answers == [200] * 100
    assert fail_at("192.0.2.1", "somebody") == [429]
    assert fail_at("192.0.2.2", "somebody") == [200]


def test_one_attacker_does_not_use_up_the_attempts_of_an_account(student, client):
    fail_at("192.0.2.1", *["ada"] * 40)

    assert sign_in(client).status_code == 302


def test_a_known_device_is_spared_what_many_attackers_use_up(student, client):
    sign_in(client)
    client.post("/sign-out/")
    for n in range(6):
        fail_at(f"192.0.2.{n}", *["ada"] * 5)

    assert sign_in(Client()).status_code == 429
    assert sign_in(client).status_code == 302


def test_a_known_device_is_known_for_its_own_account_alone(student, client):
    StudentFactory.create(username="eve")
    sign_in(client, "eve")
    client.post("/sign-out/")
    for n in range(6):
        fail_at(f"192.0.2.{n}", *["ada"] * 5)

    assert sign_in(client).status_code == 429


def test_a_success_does_not_give_an_address_new_attempts_for_other_names(student):
    client = Client(REMOTE_ADDR="192.0.2.1")
    fail_at("192.0.2.1", *["nobody"] * 4)

    sign_in(client)

    assert fail_at("192.0.2.1", "nobody") == [429]


def test_attempts_in_the_pause_do_not_prolong_it(student, client):
    with time_machine.travel("2026-03-02T09:00Z", tick=False) as clock:
        fail_at("127.0.0.1", *["ada"] * 5)
        clock.shift(dt.timedelta(minutes=10))
        fail_at("127.0.0.1", "ada")
        clock.shift(dt.timedelta(minutes=6))

        assert sign_in(client).status_code == 302


def test_a_subscriber_s_many_addresses_are_one(student):
    answers = [status for n in range(5) for status in fail_at(f"2001:db8:1:2::{n}", "ada")]

    assert answers == [200, 200, 200, 200, 429]
