"""The turns that all workers share, and the pauses after answers that fail."""

import datetime as dt
import time
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import cast

import pytest
from django.db import connection, transaction
from django.utils import timezone

from badges.delivery import pacing
from badges.delivery.claims import claim
from badges.models import BadgeProvider, ProviderPace
from organizations.roles import install_roles
from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory
from tests.racing import at_once


def pace_of(provider: BadgeProvider) -> ProviderPace:
    return ProviderPace.objects.get(provider=provider)


def moment() -> datetime:
    """By the clock that pauses are counted by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cast("datetime", cursor.fetchone()[0])


def seconds_held(
    provider: BadgeProvider, note: Callable[[], None], *, until: str = "held_until"
) -> tuple[float, float]:
    """For how long the note holds the provider: at least, and at most. However slow the machine is, it is between them."""
    before = moment()
    note()
    after = moment()
    end = getattr(pace_of(provider), until)
    return (end - after).total_seconds(), (end - before).total_seconds()


def may_be_within(held: tuple[float, float], least: float, most: float) -> bool:
    return held[0] <= most and held[1] >= least


@pytest.mark.django_db(transaction=True)
def test_callers_at_once_get_turns_one_after_another():
    provider = BadgeProviderFactory.create(requests_per_second=50)

    def calls() -> list[float]:
        moments = []
        for _call in range(5):
            pacing.take_turn(provider.pk, provider.requests_per_second)
            moments.append(time.monotonic())
        return moments

    before = time.monotonic()
    moments = sorted(moment for caller in at_once(*[calls] * 4) for moment in caller)

    install_roles()
    assert moments[-1] - before >= 19 / 50  # twenty turns, and whoever is late makes nobody early
    assert all(later >= earlier for earlier, later in pairwise(moments))


@pytest.mark.django_db
def test_a_turn_that_nobody_took_is_not_saved_up():
    provider = BadgeProviderFactory.create(requests_per_second=20)
    pacing.take_turn(provider.pk, 20)
    time.sleep(0.3)

    before = time.monotonic()
    for _call in range(3):
        pacing.take_turn(provider.pk, 20)

    assert time.monotonic() - before >= 2 / 20


@pytest.mark.django_db
def test_a_few_failures_hold_nobody():
    provider = BadgeProviderFactory.create()

    for _failure in range(pacing.PATIENT_FAILURES - 1):
        pacing.note_failure(provider.pk)

    assert (pace_of(provider).failures, pace_of(provider).held_until) == (pacing.PATIENT_FAILURES - 1, None)


@pytest.mark.django_db
def test_a_crowd_that_fails_together_is_held_shortly():
    provider = BadgeProviderFactory.create()

    for _failure in range(49):
        pacing.note_failure(provider.pk)
    held = seconds_held(provider, lambda: pacing.note_failure(provider.pk))

    assert pace_of(provider).failures == pacing.PATIENT_FAILURES
    assert held[0] <= 1


@pytest.mark.django_db
def test_each_probe_that_fails_doubles_the_wait_up_to_five_minutes():
    provider = BadgeProviderFactory.create()
    for _failure in range(pacing.PATIENT_FAILURES):
        pacing.note_failure(provider.pk)

    waits = [seconds_held(provider, lambda: pacing.note_failure(provider.pk, is_probe=True)) for _probe in range(12)]

    bounds = [(waits[0], 1, 2), (waits[1], 2, 4), (waits[-1], 150, 300)]
    assert [may_be_within(*one) for one in bounds] == [True] * 3


@pytest.mark.django_db
def test_only_one_claim_probes_a_provider_that_fails():
    badge = BadgeFactory.create()
    for _student in range(3):
        IssuedBadgeFactory.create(badge=badge, delivery="pending", next_attempt_at=timezone.now())
    ProviderPace.objects.create(
        provider=badge.provider, next_at=timezone.now(), failures=pacing.PATIENT_FAILURES, held_until=timezone.now()
    )

    claims = [claim(badge.provider_id) for _attempt in range(3)]

    assert [one is not None and one.is_probe for one in claims] == [True, False, False]
    assert claims[1:] == [None, None]


@pytest.mark.django_db
def test_a_refusal_without_a_time_makes_a_short_gap():
    provider = BadgeProviderFactory.create(requests_per_second=100)
    pacing.take_turn(provider.pk, 100)

    gap = seconds_held(provider, lambda: pacing.note_refusal(provider.pk, retry_after=None), until="next_at")

    assert may_be_within(gap, 0.1, 0.1)
    assert pace_of(provider).held_until is None


@pytest.mark.django_db
def test_refusals_one_after_another_hold_longer_and_longer():
    provider = BadgeProviderFactory.create()
    pacing.take_turn(provider.pk, 10)

    for _refusal in range(19):
        ProviderPace.objects.update(next_at=timezone.now())
        pacing.note_refusal(provider.pk, retry_after=None)
    held = seconds_held(provider, lambda: pacing.note_refusal(provider.pk, retry_after=None))

    assert may_be_within(held, pacing.LONGEST_REFUSAL, pacing.LONGEST_REFUSAL)


@pytest.mark.django_db
def test_a_refusal_with_a_time_holds_as_long_as_it_says():
    provider = BadgeProviderFactory.create()
    pacing.take_turn(provider.pk, 10)

    held = seconds_held(provider, lambda: pacing.note_refusal(provider.pk, retry_after=30))

    assert may_be_within(held, 30, 30)


@pytest.mark.django_db
def test_an_answer_forgets_failures_and_refusals():
    provider = BadgeProviderFactory.create()
    ProviderPace.objects.create(
        provider=provider, next_at=timezone.now(), failures=9, refusals=3, held_until=timezone.now()
    )

    pacing.note_answer(provider.pk)

    pace = pace_of(provider)
    assert (pace.failures, pace.refusals, pace.held_until) == (0, 0, None)


@pytest.mark.django_db
def test_another_providers_trouble_is_its_own():
    troubled, well = BadgeProviderFactory.create_batch(2)
    for _failure in range(9):
        pacing.note_failure(troubled.pk)

    with transaction.atomic():
        assert (pacing.is_failing(troubled.pk), pacing.is_failing(well.pk)) == (None, False)


@pytest.mark.django_db
def test_a_provider_that_goes_and_comes_back_is_a_line_each(caplog):
    provider = BadgeProviderFactory.create()

    for _failure in range(pacing.PATIENT_FAILURES + 3):
        pacing.note_failure(provider.pk)
    pacing.note_failure(provider.pk, is_probe=True)
    for _answer in range(3):
        pacing.note_answer(provider.pk)
    pacing.note_failure(provider.pk)
    pacing.note_answer(provider.pk)

    assert [record.getMessage() for record in caplog.records] == [
        f"The badge provider {provider.pk} is away: it failed 5 times one after another.",
        f"The badge provider {provider.pk} is back.",
    ]


@pytest.mark.django_db
def test_a_provider_that_answers_right_after_it_was_away_is_back(caplog):
    provider = BadgeProviderFactory.create()
    for _failure in range(pacing.PATIENT_FAILURES):
        pacing.note_failure(provider.pk)

    pacing.note_answer(provider.pk)

    assert caplog.messages[1:] == [f"The badge provider {provider.pk} is back."]


@pytest.mark.django_db
def test_a_release_forgets_whatever_held_this_provider_and_no_other():
    released, other = BadgeProviderFactory.create_batch(2)
    for provider in (released, other):
        ProviderPace.objects.create(
            provider=provider, next_at=timezone.now(), failures=9, refusals=3, held_until=timezone.now()
        )

    pacing.release(released.pk)

    paces = [pace_of(provider) for provider in (released, other)]
    assert [(one.failures, one.refusals, one.held_until is None) for one in paces] == [(0, 0, True), (9, 3, False)]


@pytest.mark.django_db(transaction=True)
def test_of_callers_at_once_one_probes_a_provider_that_fails():
    badge = BadgeFactory.create()
    for _student in range(4):
        IssuedBadgeFactory.create(badge=badge, delivery="pending", next_attempt_at=timezone.now())
    ProviderPace.objects.create(
        provider=badge.provider, next_at=timezone.now(), failures=pacing.PATIENT_FAILURES, held_until=timezone.now()
    )

    claims = at_once(*[lambda: claim(badge.provider_id)] * 4)

    install_roles()
    assert [one.is_probe for one in claims if one is not None] == [True]


@pytest.mark.django_db
def test_a_turn_that_comes_too_late_or_is_not_wanted_any_more_is_none():
    provider = BadgeProviderFactory.create()

    with pytest.raises(pacing.NoTurnError):
        pacing.take_turn(provider.pk, 500, may_leave=lambda: False)
    ProviderPace.objects.update(next_at=moment() + dt.timedelta(seconds=20))
    with pytest.raises(pacing.NoTurnError):
        pacing.take_turn(provider.pk, 500, longest=1)
