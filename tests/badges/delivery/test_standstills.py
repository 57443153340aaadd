"""What is said while nothing is sent to a provider: why, since when, and who can change it."""

import pytest
from django.urls import reverse

from badges.delivery.pacing import note_refusal
from badges.delivery.standstills import silence_of, standstill_of, standstills
from badges.models import IssuedBadge, ProviderPace
from tests.factories import (
    PAST,
    AdministratorFactory,
    BadgeFactory,
    BadgeProviderFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
)

PAUSED = "Forge has been paused since 2 Mar 2026, 09:00. An administrator of Academy can resume it."
DEAD = (
    "Forge has been paused since 2 Mar 2026, 09:00, because its account or token does not work. "
    "An administrator of Academy can resume it."
)
OFF = "Forge is switched off. An administrator of Academy can switch it on."
OFF_SINCE = "Forge has been switched off since 2 Mar 2026, 09:00. An administrator of Academy can switch it on."
FAILS = "Forge does not answer. We retry automatically."
FAILS_SINCE = "Forge has not answered since 2 Mar 2026, 09:00. We retry automatically."
ASKED = "Forge asked us to wait until 2 Mar 2099, 09:01. We retry then."


@pytest.fixture
def provider(world):
    return BadgeProviderFactory.create(name="Forge", organization=world.academy)


@pytest.fixture
def badge(world, provider):
    return BadgeFactory.create(name="Diver", organization=world.academy, provider=provider)


LATER = PAST.replace(year=2099, second=1)


def hold(provider, failures, *, refusals=0, until=LATER):
    ProviderPace.objects.create(provider=provider, next_at=PAST, failures=failures, refusals=refusals, held_until=until)


def waiting(badge, **fields):
    return IssuedBadgeFactory.create(badge=badge, delivery="pending", status="pending", delivered_at=None, **fields)


@pytest.mark.parametrize(
    ("fields", "failures", "words"),
    [
        ({}, None, []),
        ({}, 1, []),
        ({}, 5, [FAILS]),
        ({"last_success_at": PAST}, 5, [FAILS_SINCE]),
        ({"paused_at": PAST, "pause_reason": "Refused.", "last_error": "Refused."}, None, [DEAD]),
        ({"is_enabled": False, "disabled_at": PAST}, 5, [OFF_SINCE]),
        ({"paused_at": PAST, "pause_reason": "The token was refused."}, None, [PAUSED]),
        ({"is_enabled": False, "paused_at": PAST}, None, [OFF]),
    ],
)
def test_a_provider_that_nothing_is_sent_to_says_why(provider, fields, failures, words):
    type(provider).objects.filter(pk=provider.pk).update(**fields)
    if failures is not None:
        hold(provider, failures)

    assert [one.words for one in standstills([provider.pk])] == words


@pytest.mark.parametrize(
    ("failures", "refusals", "until", "words"),
    [(0, 1, LATER, [ASKED]), (4, 3, LATER, [ASKED]), (5, 1, LATER, [FAILS]), (0, 1, PAST, []), (0, 0, LATER, [])],
)
def test_a_provider_that_was_asked_too_often_says_until_when_it_waits(
    badge, provider, failures, refusals, until, words
):
    hold(provider, failures, refusals=refusals, until=until)

    assert [one.words for one in standstills([provider.pk])] == words
    assert silence_of(waiting(badge)) == (
        f"The badge waits: {words[0]}" if words else "The badge provider has not answered yet. Delivery continues."
    )


def test_what_a_provider_asked_for_is_what_whoever_waits_reads(badge, provider):
    note_refusal(provider.pk, retry_after=3600)
    assert standstills([provider.pk]) == []  # it was never asked for anything

    hold(provider, 0, until=None)
    note_refusal(provider.pk, retry_after=3600)

    [found] = standstills([provider.pk])
    assert found.words.startswith("Forge asked us to wait until ")
    assert standstill_of(waiting(badge)) == found


def test_why_it_was_paused_is_told_to_those_who_manage_it(world, badge, provider, signed_in):
    type(provider).objects.update(paused_at=PAST, pause_reason="No such token.", last_error="No such token.")
    row = waiting(badge, student=world.student)
    stranger = AdministratorFactory.create(organization=world.outside)

    found = [standstill_of(row, user) for user in (world.administrator, world.instructor, stranger, None)]
    assert [one and one.words for one in found] == [f"{DEAD} Reason: No such token.", DEAD, DEAD, DEAD]
    page = signed_in(world.administrator).get(reverse("badges:issued_badge", args=[row.pk]))
    assert f"{DEAD} Reason: No such token." in page.text


def test_what_waits_for_nothing_is_not_asked_about(badge, provider, django_assert_num_queries):
    type(provider).objects.update(paused_at=PAST)
    delivered, on_its_way = IssuedBadgeFactory.create(badge=badge), waiting(badge)

    with django_assert_num_queries(1):
        found = [standstill_of(delivered), standstill_of(on_its_way)]

    assert found[0] is None
    assert (silence_of(delivered), silence_of(on_its_way)) == ("", f"The badge waits: {PAUSED}")


def test_the_page_of_a_batch_tells_what_waits_apart_from_what_is_under_way(world, badge, provider, signed_in):
    batch = IssuanceBatchFactory.create(organization=world.academy, issued_by=world.instructor)
    other = BadgeFactory.create(organization=world.academy)
    for one in (badge, badge, other):
        row = waiting(one, batch=batch)
        IssuanceItemFactory.create(batch=batch, badge=one, student=row.student, issued_badge=row, code="", message="")
    type(provider).objects.filter(pk=provider.pk).update(is_enabled=False)
    client, address = signed_in(world.instructor), reverse("badges:issuance", args=[batch.pk])

    both = client.get(address)
    IssuedBadge.objects.filter(badge=other).update(delivery="delivered")
    alone = client.get(address)

    assert [(one.waiting, one.words) for one in both.context["standstills"]] == [(2, OFF)]
    assert "1 badge is on its way: its provider has not answered yet." in both.text
    assert ("has not answered" in alone.text, f"2 badges wait: {OFF}" in " ".join(alone.text.split())) == (False, True)


def test_preflight_says_what_would_wait(world, badge, provider, signed_in):
    type(provider).objects.update(paused_at=PAST)
    address = reverse("classes:issue_badges", args=[world.klass.pk])

    page = signed_in(world.instructor).get(address, {"badges": badge.pk, "students": world.student.pk})

    assert PAUSED in page.text
    assert "1 badge is ready to be issued." in page.text
