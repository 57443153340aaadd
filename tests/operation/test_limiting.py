"""What one address may ask of the public pages in a minute, counted for all processes."""

import datetime as dt
import uuid

import pytest
from django.core.cache import cache
from django.db import connection

from badges.accounts.webhook_secrets import make_address
from operation.limiting import SLOTS, is_too_often
from operation.models import Allowance, Heartbeat
from tests.addresses import address_of
from tests.factories import PAST, BadgeProviderFactory, SweepFactory
from tests.racing import at_once
from tests.test_permissions import PUBLIC

MINUTE = dt.timedelta(minutes=1)


def ask(who="192.0.2.1", what="public", at=PAST):
    return is_too_often(what, who, most=2, at=at)


@pytest.mark.django_db(transaction=True)
def test_processes_share_one_count():
    """Each with a session of its own, and nothing else in common."""
    assert sorted(at_once(*[ask] * 8)) == [False] * 2 + [True] * 6


@pytest.mark.django_db
def test_each_sender_each_thing_and_each_minute_has_its_own():
    assert [ask() for _ in range(3)] == [False, False, True]
    assert not any([ask("192.0.2.2"), ask(what="verify"), ask(at=PAST + MINUTE)])


@pytest.mark.django_db
def test_a_host_whose_clock_is_behind_gives_no_new_allowance():
    answers = [ask(at=moment) for moment in (PAST + MINUTE, PAST, PAST + MINUTE, PAST)]

    assert answers == [False, False, True, True]


@pytest.mark.django_db
def test_a_storm_from_everywhere_fills_no_table():
    for number in range(300):
        ask(f"192.0.2.{number}")

    assert max(Allowance.objects.values_list("slot", flat=True)) < SLOTS


@pytest.mark.django_db
def test_a_count_waits_for_no_disk(django_assert_num_queries):
    with django_assert_num_queries(1):
        ask()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'operation_allowance'")
        assert cursor.fetchone() == ("u",)


# Nothing of these is in the database: whoever is refused learns so before it is looked for.
IDS = {
    "public_id": uuid.uuid4(),
    "number": 1,
    "key_id": 1,
    "secret": "wrong",
    "uidb64": "MQ",
    "token": "wrong",
    "path": "badges/missing.png",
    "colour": "8a1c4a",
    "digest": "0" * 12,
}
POSTED = {"badges:webhook", "choose_language", "sign_out"}
# What everybody may ask for without a limit, and why.
FREE = {
    "alive": "tells that the process answers",
    "metrics": "asks for the token first",
    "media": "is a file, and a school behind one address shows hundreds at once",
    "brand_styles": "says what follows from its address, and asks nobody",
    "sign_in": "is an empty form; attempts are counted",
    "password_forgotten": "is an empty form; attempts are counted",
    "sign_out": "ends one's own session",
}
# They must answer while the database, which counts, is away.
KEPT_FOR_A_SECOND = {"health", "achievements:sweep_health"}


def visit(client, name, **headers):
    send = client.post if name in POSTED else client.get
    return send(address_of(name, IDS), REMOTE_ADDR="192.0.2.9", **headers)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(PUBLIC - set(FREE) - KEPT_FOR_A_SECOND))
def test_every_public_address_counts_and_is_refused_alike(client, settings, name):
    settings.PUBLIC_REQUESTS_PER_MINUTE = 0

    answer = visit(client, name)
    cache.clear()

    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "public" not in answer.headers.get("Cache-Control", "")
    assert Allowance.objects.get().used == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(FREE))
def test_what_has_no_limit_asks_the_database_nothing(client, django_assert_num_queries, name):
    """But for django-axes, which looks once for attempts of long ago when somebody signs out."""
    with django_assert_num_queries(1 if name == "sign_out" else 0):
        visit(client, name)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(KEPT_FOR_A_SECOND))
def test_what_monitors_ask_is_told_again_for_a_while(client, settings, name):
    first = visit(client, name).json()
    settings.HEALTH_KEPT = 600
    Heartbeat.objects.create(queue="celery", seen_at=PAST)
    SweepFactory.create(started_at=PAST, finished_at=PAST)
    again = visit(client, name).json()
    settings.HEALTH_KEPT = 0

    assert (again == first, visit(client, name).json() == first) == (True, False)


@pytest.mark.django_db
def test_wrong_secrets_are_refused_and_the_right_one_from_the_same_address_is_not(client, settings, time_machine):
    time_machine.move_to(PAST, tick=False)  # all in one minute
    settings.PUBLIC_REQUESTS_PER_MINUTE = 2
    right = make_address(BadgeProviderFactory.create(kind="credly", provider_organization_id="x"))

    wrong = [visit(client, "badges:webhook").status_code for _ in range(4)]

    assert wrong == [404, 404, 429, 429]
    assert client.post(right.removeprefix(settings.PUBLIC_URL), REMOTE_ADDR="192.0.2.9").status_code == 200


@pytest.mark.django_db
def test_people_get_a_page_and_programs_a_sentence(client, settings):
    settings.PUBLIC_REQUESTS_PER_MINUTE = 0

    page, words = (visit(client, "badges:badge_page", headers={"Accept": accept}) for accept in ("text/html", "*/*"))

    assert "<h1>Too many requests</h1>" in page.text
    assert words.text == "Too many requests came from your address. Try again in a minute."
