"""The turns that all workers share, and the pauses after answers that fail."""

import time
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.utils import timezone

from badges import pacing
from badges.claims import claim
from badges.models import BadgeProvider, ProviderPace
from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory
from tests.racing import at_once
from tms.roles import install_roles


def pace_of(provider: BadgeProvider) -> ProviderPace:
    return ProviderPace.objects.get(provider=provider)


def held_for(provider: BadgeProvider) -> float:
    """Seconds, as the database counts them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM held_until - clock_timestamp()), 0)::float"
            " FROM badges_providerpace WHERE provider_id = %s",
            [provider.pk],
        )
        return float(cursor.fetchone()[0])


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

    for _failure in range(50):
        pacing.note_failure(provider.pk)

    assert pace_of(provider).failures == pacing.PATIENT_FAILURES
    assert 0 < held_for(provider) <= 1


@pytest.mark.django_db
def test_each_probe_that_fails_doubles_the_wait_up_to_five_minutes():
    provider = BadgeProviderFactory.create()
    for _failure in range(pacing.PATIENT_FAILURES):
        pacing.note_failure(provider.pk)

    waits = []
    for _probe in range(12):
        pacing.note_failure(provider.pk, is_probe=True)
        waits.append(held_for(provider))

    assert [1 <= waits[0] <= 2, 2 <= waits[1] <= 4, 150 <= waits[-1] <= 300] == [True] * 3


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

    pacing.note_refusal(provider.pk, retry_after=None)

    before = time.monotonic()
    pacing.take_turn(provider.pk, 100)
    assert 0.05 <= time.monotonic() - before <= 1
    assert pace_of(provider).held_until is None


@pytest.mark.django_db
def test_refusals_one_after_another_hold_longer_and_longer():
    provider = BadgeProviderFactory.create()
    pacing.take_turn(provider.pk, 10)

    for _refusal in range(20):
        ProviderPace.objects.update(next_at=timezone.now())
        pacing.note_refusal(provider.pk, retry_after=None)

    assert 50 <= held_for(provider) <= pacing.LONGEST_REFUSAL


@pytest.mark.django_db
def test_a_refusal_with_a_time_holds_as_long_as_it_says():
    provider = BadgeProviderFactory.create()
    pacing.take_turn(provider.pk, 10)

    pacing.note_refusal(provider.pk, retry_after=30)

    assert 29 <= held_for(provider) <= 30


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
