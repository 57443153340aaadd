"""What an answer says about the provider that gave it."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from badges.delivery import pacing
from badges.delivery.claims import moment
from badges.delivery.verdicts import note, note_unreadable_token, pause
from badges.models import BadgeProvider, ProviderPace
from badges.providers.base import (
    MAX_MESSAGE,
    Issued,
    Missing,
    NotSent,
    RateLimited,
    Refused,
    RemoteBadge,
    RemoteState,
    Scope,
    Unauthorized,
    Uncertain,
    Verified,
)
from tests.factories import PAST, BadgeProviderFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
LONG = "x" * (MAX_MESSAGE + 1)
SUCCESS = {"last_success_at": "now"}


@pytest.fixture
def provider() -> BadgeProvider:
    return BadgeProviderFactory.create(kind="credly", provider_organization_id="o", api_url="http://127.0.0.1:1/v1")


@pytest.fixture
def another() -> BadgeProvider:
    return BadgeProviderFactory.create()


def error(message: str, **fields: Any) -> dict[str, Any]:
    return {"last_error_at": "now", "last_error": message, "failures": 2, "refusals": 2} | fields


def said_of(provider: BadgeProvider) -> dict[str, Any]:
    """What is stored of it, moments of lately as "now", and its pace; without what is empty."""
    columns = ("last_success_at", "last_error_at", "last_error", "paused_at", "pause_reason", "lacking_scopes")
    row = BadgeProvider.objects.values(*columns).get(pk=provider.pk)
    pace = ProviderPace.objects.filter(provider=provider).values("failures", "refusals").first()
    lately = timezone.now() - dt.timedelta(minutes=10)
    told = {name: "now" if isinstance(value, dt.datetime) and value > lately else value for name, value in row.items()}
    return {name: value for name, value in (told | dict(pace or {})).items() if value}


@pytest.mark.parametrize(
    ("answer", "is_of_badge", "said"),
    [
        (Unauthorized("Dead."), False, error("Dead.", paused_at="now", pause_reason="Dead.")),
        (NotSent("Away."), False, error("Away.", failures=3)),
        (Uncertain(LONG), True, error(LONG[:MAX_MESSAGE], failures=3)),
        (RateLimited("Too often."), False, error("Too often.", refusals=3)),
        (Refused("No.", Scope.EVENTS), False, error("No.", lacking_scopes=["events"])),
        (Refused("No.", Scope.EVENTS), True, error("No.", lacking_scopes=["events"])),
        (Refused("No."), False, error("No.")),
        (Missing("No such account."), False, error("No such account.")),
        (Refused("No."), True, SUCCESS),
        (Missing(), True, SUCCESS),
        (Issued(RemoteBadge("made", RemoteState.PENDING)), True, SUCCESS),
        (Verified("Account"), False, SUCCESS),
    ],
)
def test_what_an_answer_says_about_the_provider(provider, another, answer, is_of_badge, said):
    for one in (provider, another):
        ProviderPace.objects.create(provider=one, next_at=PAST, failures=2, refusals=2)

    note(provider, answer, is_of_badge=is_of_badge)

    assert (said_of(provider), said_of(another)) == (said, {"failures": 2, "refusals": 2})


@pytest.mark.parametrize("answer", [NotSent("Away."), Uncertain("Cut.")])
@pytest.mark.parametrize("is_probe", [True, False])
def test_a_probe_that_fails_holds_the_provider_longer(provider, answer, is_probe):
    ProviderPace.objects.create(provider=provider, next_at=PAST, failures=pacing.PATIENT_FAILURES)

    note(provider, answer, is_probe=is_probe)

    assert ProviderPace.objects.get().failures == pacing.PATIENT_FAILURES + is_probe


@pytest.mark.parametrize(("seconds", "is_held"), [(600.0, True), (None, False)])
def test_a_provider_is_left_alone_as_long_as_it_says(provider, seconds, is_held):
    ProviderPace.objects.create(provider=provider, next_at=PAST)

    note(provider, RateLimited("Too often.", seconds))

    assert (ProviderPace.objects.get().held_until is not None) == is_held


@pytest.mark.parametrize(
    ("ago", "is_written"), [(dt.timedelta(seconds=2), False), (dt.timedelta(seconds=10), True), (HOUR, True)]
)
def test_a_success_is_written_now_and_then(provider, ago, is_written):
    former = moment() - ago
    BadgeProvider.objects.update(last_success_at=former)

    note(provider, Verified("Account"), at=former + HOUR)

    provider.refresh_from_db()
    assert provider.last_success_at == (former + HOUR if is_written else former)


@pytest.mark.parametrize(("scope", "left"), [(Scope.EVENTS, ["templates"]), (None, ["events", "templates"])])
def test_an_answer_shows_that_the_token_has_the_permission_after_all(provider, scope, left):
    provider.lacking_scopes = ["events", "templates"]
    provider.save()

    note(provider, Verified("Account"), scope=scope)

    assert said_of(provider)["lacking_scopes"] == left


def test_a_lacking_permission_is_noted_once(provider):
    for _number in range(2):
        note(provider, Refused("No.", Scope.EVENTS))

    assert said_of(provider)["lacking_scopes"] == ["events"]


def test_a_token_that_cannot_be_read_pauses_the_provider(provider):
    words = note_unreadable_token(provider)

    assert words == "The stored API token cannot be read: it was encrypted with a key that is gone. Enter it again."
    assert said_of(provider) == {
        "last_error_at": "now",
        "last_error": words,
        "paused_at": "now",
        "pause_reason": words,
    }


def is_of_now(began: dt.datetime, at: dt.datetime | None) -> bool:
    return at is not None and began <= at <= moment()


def test_a_provider_is_paused_with_its_reason(provider, caplog):
    began = moment()
    pause(provider, LONG)
    provider.refresh_from_db()

    assert is_of_now(began, provider.paused_at)
    assert provider.pause_reason == LONG[:MAX_MESSAGE]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_provider_that_is_paused_keeps_its_first_reason(provider, caplog):
    BadgeProvider.objects.update(paused_at=PAST, pause_reason="First.")
    pause(provider, "Second.")
    provider.refresh_from_db()

    assert (provider.paused_at, provider.pause_reason, caplog.records) == (PAST, "First.", [])


def test_a_former_token_pauses_nothing(provider, another):
    BadgeProvider.objects.filter(pk=provider.pk).update(encrypted_token="another")
    pause(provider, "Dead.")

    assert not BadgeProvider.objects.filter(paused_at__isnull=False).exists()


def test_only_the_provider_that_refused_is_paused(provider):
    BadgeProviderFactory.create(**provider.asked_with)

    pause(provider, "Dead.")

    paused = BadgeProvider.objects.exclude(paused_at=None)
    assert list(paused.values_list("pk", "pause_reason")) == [(provider.pk, "Dead.")]
