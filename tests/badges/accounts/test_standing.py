"""How a provider stands: its queue, its failures, its templates, its token."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from badges.accounts.standing import (
    ERRORS_SHOWN,
    TOKEN_WARNING,
    Announcements,
    Backlog,
    announcements_of,
    hold_of,
    lacks_of,
    last_failures,
    queue_of,
    templates_of,
    token_ends_soon,
)
from badges.delivery.pacing import PATIENT_FAILURES
from badges.models import BadgeProvider, ProviderEvent, ProviderPace
from badges.providers.base import Scope
from tests.factories import PAST, BadgeFactory, BadgeProviderFactory, BadgeTemplateFactory, IssuedBadgeFactory

DAY = dt.timedelta(days=1)
NOT_YET = {"status": "pending", "delivered_at": None}


@pytest.fixture
def provider(world):
    return BadgeProviderFactory.create(organization=world.academy)


@pytest.fixture
def badge(world, provider):
    return BadgeFactory.create(organization=world.academy, provider=provider)


def test_a_queue_is_what_waits_what_is_checked_and_what_failed(provider, badge):
    for delivery in ("pending", "sending", "uncertain", "failed", "failed", "delivered", "cancelled"):
        IssuedBadgeFactory.create(badge=badge, delivery=delivery, **NOT_YET)
    IssuedBadgeFactory.create(delivery="pending", **NOT_YET)
    oldest = IssuedBadgeFactory.create(badge=badge, delivery="pending", status="revoked", revoked_at=PAST)

    assert queue_of(provider) == Backlog(waiting=3, uncertain=1, failed=2, oldest_at=oldest.revoked_at)


def test_an_empty_queue_has_no_oldest(provider, badge):
    IssuedBadgeFactory.create(badge=badge)

    assert queue_of(provider) == Backlog(waiting=0, uncertain=0, failed=0, oldest_at=None)


def test_what_failed_last_comes_first_and_of_those_in_sight_alone(world, provider, badge):
    def fail(**fields):
        return IssuedBadgeFactory.create(badge=badge, delivery="failed", **fields)

    early, late, unknown = fail(failed_at=PAST), fail(failed_at=PAST + DAY), fail(failed_at=None)
    fail(student=world.stranger, failed_at=PAST + 2 * DAY)
    IssuedBadgeFactory.create(badge=badge)

    assert last_failures(provider, world.administrator) == [late, early, unknown]


def test_only_a_few_failures_are_shown(world, provider, badge):
    IssuedBadgeFactory.create_batch(ERRORS_SHOWN + 1, badge=badge, delivery="failed")

    assert len(last_failures(provider, world.administrator)) == ERRORS_SHOWN


def announce(provider, result, *, at):
    ProviderEvent.objects.create(provider=provider, event_id=uuid.uuid4(), result=result, received_at=at)


def test_announcements_are_counted_by_what_became_of_them(provider):
    for number, result in enumerate(("waiting", "waiting", "given_up", "applied")):
        announce(provider, result, at=PAST + number * DAY)
    announce(BadgeProviderFactory.create(), "waiting", at=PAST + 9 * DAY)

    assert announcements_of(provider) == Announcements(waiting=2, given_up=1, last_at=PAST + 3 * DAY)


def test_templates_that_endanger_badges_are_named_with_them(world, provider):
    def use(template, name):
        return BadgeFactory.create(
            name=name, organization=world.academy, provider=provider, provider_template_id=template
        )

    for key, state, is_loose in (
        ("fine", "active", False),
        ("loose", "active", True),
        ("gone", "gone", True),
        ("draft", "draft", False),
        ("unused", "draft", False),
    ):
        BadgeTemplateFactory.create(provider=provider, external_id=key, state=state, allows_duplicates=is_loose)
    BadgeTemplateFactory.create(external_id="elsewhere")
    use("fine", "A")
    loose, gone, draft = use("loose", "B"), [use("gone", "D"), use("gone", "C")], use("draft", "E")
    unknown = use("never", "F")

    found = templates_of(provider)

    assert found.count == 4
    assert [(one.template.external_id, one.badges) for one in found.unusable] == [
        ("draft", [draft]),
        ("gone", gone[::-1]),
    ]
    assert [(one.template.external_id, one.badges) for one in found.loose] == [("loose", [loose])]
    assert found.unknown == [unknown]


@pytest.mark.parametrize(
    ("failures", "told"), [(0, 0), (PATIENT_FAILURES - 1, 0), (PATIENT_FAILURES, PATIENT_FAILURES)]
)
def test_a_hold_tells_of_failures_only_when_they_are_its_reason(provider, failures, told):
    until = timezone.now() + DAY
    ProviderPace.objects.update_or_create(
        provider=provider, defaults={"next_at": PAST, "held_until": until, "failures": failures}
    )

    hold = hold_of(provider)

    assert hold is not None
    assert (hold.until, hold.failures) == (until, told)


@pytest.mark.parametrize("until", [None, PAST])
def test_a_hold_that_has_ended_is_none(provider, until):
    ProviderPace.objects.update_or_create(
        provider=provider, defaults={"next_at": PAST, "held_until": until, "failures": 99}
    )

    assert hold_of(provider) is None


def test_each_thing_a_token_may_not_do_is_told_in_one_order():
    scopes = [Scope.ISSUED_BADGES, Scope.TEMPLATES]

    told = lacks_of(BadgeProvider(lacking_scopes=[str(scope) for scope in scopes]))

    assert [words.partition(".")[0].partition(",")[0] for words in told] == [
        "The API token may not read badge templates",
        "The API token may not look up issued badges",
    ]
    assert lacks_of(BadgeProvider()) == []


@pytest.mark.parametrize(
    ("ends", "soon"),
    [(None, False), (PAST - DAY, True), (PAST + TOKEN_WARNING, True), (PAST + TOKEN_WARNING + DAY, False)],
)
def test_a_token_that_ends_within_a_month_ends_soon(ends, soon):
    assert token_ends_soon(BadgeProvider(token_expires_at=ends), at=PAST) is soon
