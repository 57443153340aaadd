"""The page on how fresh awards are, and the answer for monitors."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from achievements.sweep import sweeper
from tests.achievements.log.sweeps import award, full_sweep

HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)
BY_HAND = {True: "docker compose run --rm worker python manage.py sweep", False: ".venv/bin/python manage.py sweep"}
PAGE = reverse("achievements:freshness")
HEALTH = reverse("achievements:sweep_health")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_whatever_there_is(world, signed_in, django_assert_num_queries, rows):
    client = signed_in(world.administrator)
    for n in range(rows):
        full_sweep(timezone.now() - n * HOUR)
        award(timezone.now(), n * SECOND)

    # Session, person, organization, three of permissions; the measure's three; unconfirmed; two of lags; twice three.
    with django_assert_num_queries(17):
        client.get(PAGE)


@pytest.mark.parametrize("in_production", [True, False])
def test_the_page_is_red_and_says_what_to_do_where_it_runs(world, signed_in, settings, in_production):
    settings.PRODUCTION = in_production
    full_sweep(timezone.now() - 3 * HOUR)

    text = signed_in(world.administrator).get(PAGE).content.decode()

    assert "The last full sweep ended 3 h 0 min ago." in text
    assert f"<code>{BY_HAND[in_production]}</code>" in text
    assert ("docker compose" in text, "make run" in text) == (in_production, not in_production)


def test_the_page_is_green_after_a_sweep(world, signed_in):
    sweeper.award_everybody(at=timezone.now())

    text = signed_in(world.administrator).get(PAGE).content.decode()

    assert "The sweep is on time." in text
    assert ("docker compose" in text, "make run" in text) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_monitors_see_red_and_green_without_signing_in_and_nothing_else(client, world):
    full_sweep(timezone.now() - 3 * HOUR)
    award(timezone.now() - 5 * HOUR, 4 * SECOND)

    red = client.get(HEALTH)
    sweeper.award_if_due(at=timezone.now())
    green = client.get(HEALTH)

    assert (red.status_code, red.json()) == (503, {"sweep": "late"})
    assert (green.status_code, green.json()) == (200, {"sweep": "ok"})
