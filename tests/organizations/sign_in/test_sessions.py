"""Sessions: each ends by itself, its owner ends the others, and an administrator those of accounts in reach."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from organizations.models import User, UserSession
from tests.factories import PASSWORD, StudentFactory, UserFactory
from tms.clearing import clear_away

pytestmark = pytest.mark.django_db

START = "2026-03-02T09:00Z"


@pytest.fixture
def student():
    return StudentFactory.create(username="ada")


def sign_in(browser: str = "Firefox", username: str = "ada", **more) -> Client:
    client = Client(headers={"User-Agent": browser}, **more)
    client.post("/sign-in/", {"username": username, "password": PASSWORD})
    return client


def is_open(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_a_session_that_nobody_uses_ends_after_two_hours(student):
    with time_machine.travel(START, tick=False) as clock:
        used, left = sign_in(), sign_in()
        clock.shift(dt.timedelta(minutes=90))
        assert is_open(used)
        clock.shift(dt.timedelta(minutes=31))

        assert (is_open(used), is_open(left)) == (True, False)
        assert UserSession.objects.count() == 1


def test_a_session_that_is_used_ends_twelve_hours_after_signing_in(student):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in()
        for _hour in range(12):
            clock.shift(dt.timedelta(hours=1))
            assert is_open(client)
        clock.shift(dt.timedelta(seconds=1))

        assert not is_open(client)


def test_what_was_sent_in_a_session_that_is_over_is_said_to_be_lost(student):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in()
        clock.shift(dt.timedelta(hours=3))

        answer = client.post("/lists/columns/", follow=True)

    assert "You were signed out. Your last change was not saved." in answer.content.decode()


def test_the_page_says_since_when_and_from_where(student):
    with time_machine.travel(START, tick=False) as clock:
        sign_in("Lynx", REMOTE_ADDR="192.0.2.7")
        clock.shift(dt.timedelta(minutes=5))
        rows = list(sign_in("Opera", REMOTE_ADDR="2001:db8:1:2:3::4").get("/sessions/").context["sessions"])

    assert [(row.browser, row.address, row.started_at.minute) for row in rows] == [
        ("Opera", "2001:db8:1:2::", 5),
        ("Lynx", "192.0.2.7", 0),
    ]


def test_a_person_ends_one_of_the_other_sessions(student):
    here, lost, kept = sign_in("here"), sign_in("lost"), sign_in("kept")

    here.post("/sessions/", {"session": UserSession.objects.get(browser="lost").pk})

    assert [is_open(client) for client in (here, lost, kept)] == [True, False, True]


def test_a_person_ends_all_other_sessions(student):
    here, *others = [sign_in() for _ in range(3)]

    answer = here.post("/sessions/", follow=True)

    assert "2 sessions were ended." in answer.content.decode()
    assert [is_open(client) for client in (here, *others)] == [True, False, False]


@pytest.mark.parametrize("value", ["own", "other", "x", "1" + "0" * 30, "\0"])
def test_a_forged_session_ends_none(student, value):
    UserFactory.create(username="eve")
    here, other, elsewhere = sign_in("here"), sign_in("other", "eve"), sign_in("elsewhere")
    pk = {"own": "here", "other": "other"}.get(value)

    here.post("/sessions/", {"session": UserSession.objects.get(browser=pk).pk if pk else value})

    assert [is_open(client) for client in (here, other, elsewhere)] == [True, True, True]


def test_changing_the_password_ends_the_others_and_forgets_them(student):
    here, other = sign_in(), sign_in()
    new = "a staple of battery horses"

    here.post("/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert (is_open(here), is_open(other)) == (True, False)
    assert len(here.get("/sessions/").context["sessions"]) == 1


def test_an_administrator_ends_the_sessions_of_accounts_in_reach(world, signed_in):
    User.objects.filter(pk=world.student.pk).update(username="own")
    User.objects.filter(pk=world.stranger.pk).update(username="foreign")
    own, foreign = sign_in(username="own"), sign_in(username="foreign")
    chosen = {"action": "end_sessions", "_selected_action": [world.student.pk, world.stranger.pk]}

    answer = signed_in(world.administrator).post("/admin/organizations/user/", chosen, follow=True)

    assert "1 session was ended." in answer.content.decode()
    assert (is_open(own), is_open(foreign)) == (False, True)


def test_a_session_from_before_is_kept_from_now_on(student):
    client = Client()
    client.force_login(student, backend="organizations.sign_in.authentication.NameOrEmailBackend")

    assert is_open(client)
    assert [row.user for row in UserSession.objects.all()] == [student]


def test_a_page_of_a_session_in_use_costs_no_query_for_it(student):
    client = sign_in()

    with CaptureQueriesContext(connection) as queries:
        client.get("/password/done/")

    assert [query["sql"] for query in queries if "usersession" in query["sql"] or "UPDATE" in query["sql"]] == []


def test_rows_whose_time_is_over_are_cleared_away(student):
    with time_machine.travel(START, tick=False) as clock:
        sign_in()
        clock.shift(dt.timedelta(hours=6))
        sign_in()
        clock.shift(dt.timedelta(hours=6, seconds=1))
        clear_away(at=timezone.now())

    assert [row.started_at.hour for row in UserSession.objects.all()] == [15]
