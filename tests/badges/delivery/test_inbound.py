import datetime as dt
import uuid
from urllib.parse import parse_qs

import pytest
from django.utils import timezone

from badges.delivery import inbound, pacing
from badges.delivery.inbound import apply_events, forget_old_events, poll, poll_all, receive
from badges.models import BadgeProvider, BadgeTemplate, IssuedBadge, ProviderEvent, ProviderPace
from badges.providers.base import Hint, IssueRequest, Recipient
from badges.secrets import encrypt
from tests.badges.remote import issue_at
from tests.credly.running import Credly
from tests.factories import PAST, BadgeProviderFactory
from tests.racing import at_once

NOW = timezone.now()


@pytest.fixture
def provider(db, credly: Credly) -> BadgeProvider:
    return credly.provider()


@pytest.fixture
def issued(credly, provider) -> IssuedBadge:
    return issue_at(credly, provider)


def hear(provider, event_id=None, **fields) -> ProviderEvent:
    """An announcement that waits."""
    return ProviderEvent.objects.create(
        **{
            "provider": provider,
            "event_id": event_id or uuid.uuid4(),
            "received_at": timezone.now(),
            "next_attempt_at": timezone.now(),
        }
        | fields
    )


def last_event(credly) -> str:
    return str(credly.events()[-1]["id"])


def results() -> list[str]:
    return list(ProviderEvent.objects.order_by("pk").values_list("result", flat=True))


def fill(credly, provider, template, count):
    """Badges that are nobody's here."""
    with pacing.at_work(provider) as opened:
        for _number in range(count):
            ref = uuid.uuid4()
            opened.issue(IssueRequest(template, Recipient(f"{ref}@example.test", "Sam", "Smith", str(ref)), PAST, ref))


def pages_asked_for(credly) -> list[str]:
    return [parse_qs(request.query)["page"][0] for request in credly.requests("list")]


# Announcements


def test_an_announcement_is_kept_once(provider):
    hint = Hint(uuid.uuid4(), "badge.state.changed", "org")

    for _time in range(3):
        receive(provider, hint, at=NOW)

    event = ProviderEvent.objects.get()
    assert (event.event_id, event.event_type, event.result, event.received_at) == (hint.event_id, "", "waiting", NOW)


def test_an_announcement_is_due_at_once_by_the_databases_clock(provider):
    an_hour_ahead = timezone.now() + dt.timedelta(hours=1)

    receive(provider, Hint(uuid.uuid4(), "badge.state.changed", "org"), at=an_hour_ahead)

    assert apply_events() == 1


@pytest.mark.django_db(transaction=True)
def test_an_announcement_that_comes_twice_at_once_is_kept_once(credly):
    provider = credly.provider()
    hint = Hint(uuid.uuid4(), "badge.state.changed", "org")

    at_once(*[lambda: receive(provider, hint, at=NOW)] * 6)

    assert ProviderEvent.objects.count() == 1


def test_an_accepted_badge_is_learnt_of(credly, provider, issued):
    credly.set_state(issued.external_id, "accepted")
    hear(provider, last_event(credly))

    assert apply_events() == 1

    issued.refresh_from_db()
    event = ProviderEvent.objects.get()
    assert (issued.status, issued.accept_url, bool(issued.public_url)) == ("accepted", "", True)
    assert (event.result, event.event_type, event.next_attempt_at) == ("applied", "badge.state.changed", None)


def test_a_new_address_is_learnt_of(credly, provider, issued):
    credly.readdress(issued.external_id, "new@example.test")
    hear(provider, last_event(credly))

    apply_events()

    issued.refresh_from_db()
    assert issued.recipient_email == "new@example.test"


def test_a_revocation_at_the_provider_is_learnt_of(credly, provider, issued):
    credly.set_state(issued.external_id, "revoked")
    hear(provider, last_event(credly))

    apply_events()

    issued.refresh_from_db()
    assert (issued.status, issued.revoked_by, issued.delivery) == ("revoked", None, "delivered")


def test_events_in_the_wrong_order_end_in_the_last_state(credly, provider, issued):
    credly.set_state(issued.external_id, "accepted")
    accepted = last_event(credly)
    credly.set_state(issued.external_id, "revoked")
    hear(provider, last_event(credly))
    apply_events()
    hear(provider, accepted)

    apply_events()

    issued.refresh_from_db()
    assert (issued.status, results()) == ("revoked", ["applied", "stale"])


def test_a_forged_id_changes_nothing_and_ends_after_three_questions(credly, provider, issued):
    hear(provider)

    for _time in range(5):
        apply_events()
        ProviderEvent.objects.filter(result="waiting").update(next_attempt_at=timezone.now())

    issued.refresh_from_db()
    assert (issued.status, results(), len(credly.requests("event"))) == ("pending", ["missing"], 3)


def test_a_badge_of_somebody_else_is_left_alone(credly, provider, issued):
    credly.set_state(issued.external_id, "accepted")
    IssuedBadge.objects.update(external_id="another")
    hear(provider, last_event(credly))

    apply_events()

    issued.refresh_from_db()
    assert (issued.status, results()) == ("pending", ["unknown"])


def test_a_changed_template_is_read_anew(credly, provider, issued):
    credly.archive(issued.badge.provider_template_id)
    hear(provider, last_event(credly))

    apply_events()

    template = BadgeTemplate.objects.get()
    assert (template.external_id, template.state) == (issued.badge.provider_template_id, "archived")


def test_a_deleted_template_is_gone(credly, provider, issued):
    BadgeTemplate.objects.create(
        provider=provider, external_id=issued.badge.provider_template_id, name="Basics", read_at=NOW
    )
    credly.delete_template(issued.badge.provider_template_id)
    hear(provider, last_event(credly))

    apply_events()

    assert (BadgeTemplate.objects.get().state, results()) == ("gone", ["applied"])


def test_a_fault_puts_everything_off_and_asks_for_one_only(credly, provider, issued):
    credly.set_state(issued.external_id, "accepted")
    credly.fault("server_error", call="event", times=1)
    hear(provider, last_event(credly))
    hear(provider)
    before = timezone.now()
    asked = inbound._ask_for(inbound._claim())

    waiting = ProviderEvent.objects.order_by("pk")
    provider.refresh_from_db()
    assert (asked, results()) == (1, ["waiting", "waiting"])
    assert [event.attempts for event in waiting] == [1, 0]
    assert waiting.filter(next_attempt_at__gt=before + dt.timedelta(seconds=10)).count() == 1
    assert (provider.last_error, provider.paused_at) == ("Credly's answer (500) could not be read.", None)


def test_an_answer_after_a_fault_is_applied(credly, provider, issued):
    credly.set_state(issued.external_id, "accepted")
    credly.fault("server_error", call="event", times=1)
    hear(provider, last_event(credly))
    apply_events()
    ProviderEvent.objects.update(next_attempt_at=timezone.now())

    apply_events()

    assert results() == ["applied"]


def test_a_dead_token_pauses_the_provider_and_loses_nothing(credly, provider, issued):
    credly.set_state(issued.external_id, "accepted")
    credly.expire_token()
    hear(provider, last_event(credly))

    apply_events()

    provider.refresh_from_db()
    assert (provider.paused_at is not None, results()) == (True, ["waiting"])
    assert provider.pause_reason == "Credly does not accept the token: it is wrong, or it has ended."


def test_a_token_that_may_not_read_events_pauses_nothing_and_loses_nothing(credly, provider, issued):
    credly.set_state(issued.external_id, "accepted")
    credly.fault("refusal", call="event", status=403)
    hear(provider, last_event(credly))

    apply_events()

    provider.refresh_from_db()
    assert (provider.paused_at, provider.lacking_scopes, results()) == (None, ["events"], ["waiting"])
    ProviderEvent.objects.update(next_attempt_at=timezone.now())
    apply_events()
    provider.refresh_from_db()
    assert (provider.lacking_scopes, results()) == ([], ["applied"])


def test_a_token_whose_key_is_gone_pauses_the_provider(provider, settings):
    hear(provider)
    settings.ENCRYPTION_KEYS = ["Zm9yLXRlc3RzLW9ubHktbm90LWEtc2VjcmV0LTEyMzQ="]

    apply_events()

    provider.refresh_from_db()
    assert "encrypted with a key that is gone" in provider.pause_reason
    assert results() == ["waiting"]


@pytest.mark.parametrize("changes", [{"paused_at": NOW}, {"is_enabled": False}])
def test_a_provider_that_is_paused_or_off_is_not_asked(credly, provider, changes):
    BadgeProvider.objects.update(**changes)
    hear(provider)

    assert (apply_events(), poll_all(), credly.requests()) == (0, 0, [])


def test_a_provider_that_is_held_is_not_asked(credly, provider):
    pacing.hold(provider.pk, 60)
    hear(provider)

    assert (apply_events(), poll_all(), credly.requests()) == (0, 0, [])


def test_an_event_that_could_not_be_asked_for_in_days_is_given_up(credly, provider):
    credly.fault("server_error", call="event", times=1)
    hear(provider, received_at=timezone.now() - dt.timedelta(days=6))

    apply_events()

    assert results() == ["given_up"]


def test_a_claim_that_a_dead_worker_left_is_due_again(provider):
    event = hear(provider)
    inbound._claim()

    assert inbound._claim() == []
    ProviderEvent.objects.update(next_attempt_at=timezone.now())
    assert inbound._claim() == [event]


def test_old_events_are_forgotten_once_they_are_done_with(provider):
    old = timezone.now() - dt.timedelta(days=61)
    hear(provider, received_at=old, result="applied")
    waiting, young = hear(provider, received_at=old), hear(provider, result="applied")

    forget_old_events(at=timezone.now())

    assert list(ProviderEvent.objects.order_by("pk")) == [waiting, young]


# Polling


def test_a_poll_finds_what_no_webhook_told(credly, provider, issued):
    credly.set_state(issued.external_id, "accepted")

    assert poll(provider, at=NOW) == 1

    issued.refresh_from_db()
    provider.refresh_from_db()
    assert issued.status == "accepted"
    assert (provider.polled_at, provider.polled_fully_at) == (NOW, NOW)


def test_a_second_poll_asks_only_for_what_is_new(credly, provider):
    template = credly.template()
    fill(credly, provider, template, 60)
    now = timezone.now()
    poll(provider, at=now)
    assert pages_asked_for(credly) == ["1", "2"]

    poll(provider, at=now + dt.timedelta(hours=3))
    fill(credly, provider, template, 1)
    poll(provider, at=now + dt.timedelta(hours=6))

    provider.refresh_from_db()
    assert pages_asked_for(credly)[2:] == ["1", "2", "1"]
    assert provider.polled_at == now + dt.timedelta(hours=6)
    assert provider.polled_fully_at == now + dt.timedelta(hours=3)


def test_everything_is_read_again_after_a_day(credly, provider, issued):
    yesterday = timezone.now() - dt.timedelta(days=1)
    BadgeProvider.objects.update(polled_at=timezone.now(), polled_fully_at=yesterday)

    poll(provider, at=timezone.now())

    provider.refresh_from_db()
    assert provider.polled_fully_at > yesterday


def test_a_poll_without_time_goes_on_with_everything_where_it_stopped(credly, provider):
    fill(credly, provider, credly.template(), 220)
    now = timezone.now()

    later = [now + dt.timedelta(hours=hours) for hours in (2, 4, 6, 8)]
    for at in later:
        poll(provider, at=at, seconds=0)

    provider.refresh_from_db()
    assert pages_asked_for(credly) == ["1", "2", "1", "3", "1", "4", "1", "5"]
    assert (provider.polled_page, provider.polled_at, provider.polled_fully_at) == (None, later[-1], later[-1])


def test_a_day_later_everything_is_read_anew_in_pieces(credly, provider):
    fill(credly, provider, credly.template(), 120)
    now = timezone.now() + dt.timedelta(days=3)
    BadgeProvider.objects.update(polled_at=now, polled_fully_at=now - dt.timedelta(days=1))

    for hours in (0, 1, 2):
        poll(provider, at=now + dt.timedelta(hours=hours), seconds=0)

    provider.refresh_from_db()
    assert pages_asked_for(credly) == ["1", "2", "1", "3", "1"]
    assert (provider.polled_page, provider.polled_fully_at) == (None, now + dt.timedelta(hours=1))


@pytest.mark.parametrize("ahead", [-7200, 0, 7200])
def test_news_that_were_not_reached_in_time_are_read_before_the_rest_of_everything(credly, provider, ahead):
    """Whatever the provider's clock shows."""
    credly.clock(ahead=ahead)
    template = credly.template()
    fill(credly, provider, template, 220)
    poll(provider, at=timezone.now() - dt.timedelta(minutes=5), seconds=0)
    BadgeProvider.objects.update(polled_page=5)

    poll(provider, seconds=0)

    provider.refresh_from_db()
    assert pages_asked_for(credly) == ["1", "2", "1", "2"]
    assert provider.polled_page == 3


@pytest.mark.parametrize("ahead", [-7200, 0, 7200])
def test_news_that_reach_back_to_the_last_poll_are_all_the_news(credly, provider, ahead):
    credly.clock(ahead=ahead)
    fill(credly, provider, credly.template(), 60)
    at = timezone.now() + inbound.SKEW + dt.timedelta(minutes=1)
    BadgeProvider.objects.update(polled_at=at, polled_fully_at=at)

    poll(provider, at=at, seconds=0)

    provider.refresh_from_db()
    assert (pages_asked_for(credly), provider.polled_page) == (["1"], None)


def test_a_piece_of_everything_that_fails_is_asked_for_again(credly, provider):
    fill(credly, provider, credly.template(), 120)
    credly.fault("server_error", call="list", every=2)
    at = timezone.now()

    poll(provider, at=at, seconds=0)

    provider.refresh_from_db()
    assert (provider.polled_page, provider.polled_at, provider.polled_fully_at) == (2, at, None)
    assert provider.last_error == "Credly's answer (500) could not be read."


def test_polling_takes_no_longer_than_it_may(credly, provider):
    credly.provider()

    assert (poll_all(seconds=0), pages_asked_for(credly)) == (0, [])


def test_a_provider_kept_busy_by_deliveries_is_polled_later(credly, provider):
    ProviderPace.objects.create(provider=provider, next_at=timezone.now() + dt.timedelta(minutes=5))

    assert poll(provider) == 0

    provider.refresh_from_db()
    assert (provider.polled_at, provider.polled_page, credly.requests()) == (None, None, [])


def test_a_provider_kept_busy_by_deliveries_is_asked_for_events_later(credly, provider):
    ProviderPace.objects.create(provider=provider, next_at=timezone.now() + dt.timedelta(minutes=5))
    event = hear(provider)

    assert apply_events() == 0

    event.refresh_from_db()
    assert (event.attempts, event.result) == (0, "waiting")
    assert not inbound._claim()


def test_a_poll_that_fails_is_begun_anew_from_where_the_last_one_began(credly, provider, issued):
    credly.fault("server_error", call="list", times=1)

    assert poll(provider, at=NOW) == 0

    provider.refresh_from_db()
    assert (provider.polled_at, provider.last_error) == (None, "Credly's answer (500) could not be read.")


def test_a_token_that_may_not_list_badges_pauses_nothing(credly, provider):
    credly.fault("refusal", call="list", status=403)

    poll_all()

    provider.refresh_from_db()
    assert (provider.paused_at, provider.lacking_scopes, provider.polled_at) == (None, ["issued_badges"], None)


def test_polling_finds_a_dead_token(credly, provider):
    credly.expire_token()

    poll_all()

    provider.refresh_from_db()
    assert provider.paused_at is not None


def test_a_token_that_cannot_be_read_does_not_keep_the_next_provider_from_its_poll(credly, provider, issued):
    broken = credly.provider(encrypted_token="x")
    BadgeProvider.objects.filter(pk=provider.pk).update(encrypted_token=encrypt(credly.token))
    credly.set_state(issued.external_id, "accepted")

    assert poll_all() == 1

    broken.refresh_from_db()
    assert broken.paused_at is not None


def test_the_built_in_issuer_is_not_polled(credly, db):
    BadgeProviderFactory.create()

    assert (poll_all(), BadgeProvider.objects.get().polled_at) == (0, None)


@pytest.mark.django_db(transaction=True)
def test_a_provider_is_polled_by_one_worker_at_a_time(credly):
    provider = credly.provider()
    issue_at(credly, provider)
    credly.answer_after(0.3)

    at_once(*[lambda: poll(provider)] * 4)

    assert len(credly.requests("list")) == 1
    assert BadgeProvider.objects.get().polling_until is None


def test_a_provider_whose_worker_was_killed_is_polled_again_when_the_lease_is_over(credly, provider):
    BadgeProvider.objects.update(polling_until=timezone.now() + dt.timedelta(minutes=1))
    poll(provider)
    assert credly.requests("list") == []

    BadgeProvider.objects.update(polling_until=timezone.now() - dt.timedelta(seconds=1))
    poll(provider)

    assert (len(credly.requests("list")), BadgeProvider.objects.get().polling_until) == (1, None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_ask_for_the_same_event(credly):
    provider = credly.provider()
    for _number in range(12):
        hear(provider)

    at_once(*[apply_events] * 3)

    assert len(credly.requests("event")) == 12
