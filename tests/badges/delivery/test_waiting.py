"""What counts as waiting: for us, not for a provider, a person or a moment that has not come."""

import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from badges.delivery import waiting
from badges.models import BadgeLetter, BadgeProvider, IssuedBadge, ProviderEvent, ProviderPace
from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def told() -> dict[str, tuple[bool, int | None]]:
    """Of each promise whether it is kept, and its age in minutes; without those of which nothing waits for a minute."""
    found = {
        one.name: (one.is_kept, None if one.age is None else round(one.age / MINUTE)) for one in waiting.promises()
    }
    return {name: facts for name, facts in found.items() if facts not in [(True, None), (True, 0)]}


def credly(**fields) -> BadgeProvider:
    provider = BadgeProviderFactory.create(
        kind="credly", provider_organization_id="x", api_url="https://api.test/v1", polled_at=timezone.now()
    )
    BadgeProvider.objects.filter(pk=provider.pk).update(created_at=Now() - 10 * HOUR, **fields)
    return provider


def due(provider: BadgeProvider, minutes: float, **fields) -> None:
    IssuedBadgeFactory.create(
        badge=BadgeFactory.create(provider=provider, organization=provider.organization),
        **{"delivery": "pending", "status": "pending"} | fields,
        next_attempt_at=timezone.now() - minutes * MINUTE,
    )


def letter(minutes: float, *, is_sent: bool = False) -> None:
    issued = IssuedBadgeFactory.create(delivered_at=timezone.now() - minutes * MINUTE)
    now = timezone.now()
    values = {"sent_at": now} if is_sent else {"next_attempt_at": now + MINUTE, "failure": "refused"}
    BadgeLetter.objects.create(issued_badge=issued, **values)


def event(provider: BadgeProvider, minutes: float, **fields) -> None:
    moment = timezone.now() - minutes * MINUTE
    values = {"received_at": moment, "next_attempt_at": moment, "result": "waiting"} | fields
    ProviderEvent.objects.create(provider=provider, event_id=uuid.uuid4(), **values)


def test_nothing_waits_in_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert told() == {}


@pytest.mark.parametrize(("minutes", "is_kept"), [(29, True), (31, False)])
@pytest.mark.parametrize("delivery", ["pending", "sending", "uncertain"])
def test_the_oldest_badge_that_is_due(delivery, minutes, is_kept):
    provider = credly()
    due(provider, 1)
    due(provider, minutes, delivery=delivery)
    due(BadgeProviderFactory.create(), 3)

    assert told() == {"oldest_badge": (is_kept, minutes)}


def test_badges_that_are_not_due_or_may_not_be_asked_for_do_not_wait():
    due(credly(), -5)
    due(credly(), 50, delivery="delivered")
    due(credly(is_enabled=False), 50)
    held = credly()
    due(held, 50)
    ProviderPace.objects.create(provider=held, next_at=timezone.now(), held_until=timezone.now() + MINUTE)
    freed = credly()
    due(freed, 50)
    ProviderPace.objects.create(provider=freed, next_at=timezone.now(), held_until=timezone.now() - 2 * MINUTE)

    assert told() == {"oldest_badge": (True, 2)}


def test_a_paused_provider_is_told_and_no_promise_is_broken():
    paused = credly(paused_at=Now() - 90 * MINUTE, polled_at=Now() - 9 * HOUR)
    due(paused, 80)
    event(paused, 80)

    assert told() == {"paused_provider": (True, 90)}


@pytest.mark.parametrize("counted", ["failures", "refusals"])
@pytest.mark.parametrize(("minutes", "is_kept"), [(59, True), (61, False)])
def test_a_provider_that_fails_each_time_puts_badges_off_and_is_told(counted, minutes, is_kept):
    provider = credly(last_success_at=Now() - minutes * MINUTE, polled_at=Now() - 3 * HOUR)
    due(provider, -30, attempts=9)
    ProviderPace.objects.create(provider=provider, next_at=timezone.now(), **{counted: 5})

    assert told() == {"failing_provider": (is_kept, minutes)}


@pytest.mark.parametrize(("minutes", "is_kept"), [(29, True), (31, False)])
def test_letters_that_a_mail_server_takes_none_of(minutes, is_kept):
    letter(90, is_sent=True)
    letter(minutes)
    letter(1)

    assert told() == {"oldest_letter": (is_kept, minutes)}


def test_a_letter_that_is_refused_while_others_are_sent_is_not_told():
    letter(90)
    letter(5, is_sent=True)

    assert told() == {}


@pytest.mark.parametrize(("minutes", "is_kept"), [(59, True), (61, False)])
def test_events_that_nobody_asks_for(minutes, is_kept):
    provider = credly()
    event(provider, 5)
    event(provider, minutes)
    event(provider, 200, result="applied")
    event(provider, 200, next_attempt_at=timezone.now() + MINUTE)

    assert told() == {"oldest_event": (is_kept, minutes)}


@pytest.mark.parametrize(("minutes", "is_kept"), [(59, True), (61, False)])
def test_providers_that_nobody_asks_what_changed(minutes, is_kept):
    credly(polled_at=Now() - minutes * MINUTE)

    assert told() == {"oldest_poll": (is_kept, minutes)}


def test_a_poll_is_not_missed_where_there_is_none():
    long_ago = Now() - 9 * HOUR
    credly(polled_at=long_ago, verified_at=Now())
    credly(polled_at=long_ago, lacking_scopes=["issued_badges"], verified_at=None)
    BadgeProviderFactory.create()
    BadgeProvider.objects.filter(kind="built_in").update(created_at=long_ago)

    assert told() == {}


def test_no_name_of_anybody_is_in_it():
    due(credly(name="Kestrel Academy"), 90)

    assert "Kestrel" not in str(waiting.promises())
    assert IssuedBadge.objects.count() == 1
