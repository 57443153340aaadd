"""What one address may ask of the public pages in a minute, counted for all processes."""

import datetime as dt
from functools import partial

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from badges.models import IssuerKey, StatusList
from operation.limiting import SLOTS, is_too_often
from operation.models import Allowance
from tests.badges.shown import built_in
from tests.factories import PAST
from tests.racing import at_once

MINUTE = dt.timedelta(minutes=1)
OF_A_BADGE = ["badge_page", "embed", "credential", "token", "baked_png", "baked_svg"]


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


@pytest.fixture
def addresses(world):
    issued = built_in(world)
    provider = issued.provider
    key = IssuerKey.objects.filter(provider=provider, kind=IssuerKey.Kind.RSA).first()
    listed = StatusList.objects.get(provider=provider)
    named = partial(reverse, args=[provider.public_id])
    return [
        *(reverse(f"badges:{name}", args=[issued.public_id]) for name in OF_A_BADGE),
        reverse("badges:oembed"),
        reverse("badges:achievement", args=[issued.badge.public_id]),
        named("badges:issuer"),
        named("badges:did"),
        reverse("badges:status_list", args=[provider.public_id, listed.number]),
        *([reverse("badges:key", args=[provider.public_id, key.pk])] if key else []),
    ]


def test_every_public_address_counts_and_is_refused_alike(client, addresses, settings):
    settings.PUBLIC_REQUESTS_PER_MINUTE = 0

    answers = [client.get(address) for address in addresses]
    cache.clear()

    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(429, "60")] * len(addresses)
    assert not any("public" in answer.headers.get("Cache-Control", "") for answer in answers)
    assert Allowance.objects.get().used == len(addresses)


def test_people_get_a_page_and_programs_a_sentence(client, addresses, settings):
    settings.PUBLIC_REQUESTS_PER_MINUTE = 0

    page, words = (client.get(addresses[0], headers={"Accept": accept}) for accept in ("text/html,*/*", "*/*"))

    assert "<h1>Too many requests</h1>" in page.text
    assert words.text == "Too many requests came from your address. Try again in a minute."
