"""Delivery against the stand-in for Credly: what becomes of an issued badge, whatever the provider answers."""

import datetime as dt

import pytest
import requests
from cryptography.fernet import Fernet
from django.utils import timezone

from badges.delivery import asking, pacing, rounds, verdicts
from badges.delivery.recording import backoff
from badges.held.revoking import revoke
from badges.models import BadgeLetter, BadgeProvider, BadgeTemplate, Credential, IssuedBadge, ProviderPace
from badges.openbadges import keys
from organizations.models import User
from tests.factories import BadgeFactory, BadgeTemplateFactory, IssuedBadgeFactory, StudentFactory

Delivery = IssuedBadge.Delivery
Status = IssuedBadge.Status

LONGER = 600  # seconds: delivery does not wait for that, and no machine is so slow that it is over

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_thread(settings):
    """The tests' own: another one would not see what a test's transaction wrote."""
    settings.DELIVERY_THREADS = 1


@pytest.fixture
def provider(credly):
    return credly.provider()


@pytest.fixture
def badge(credly, provider):
    """Its template was read, and refuses duplicates."""
    template = BadgeTemplateFactory.create(provider=provider, external_id=credly.template(), read_at=timezone.now())
    return BadgeFactory.create(
        provider=provider, organization=provider.organization, provider_template_id=template.external_id
    )


def waiting(badge, **fields):
    """An issued badge as issuing leaves it."""
    fields = {
        "status": Status.PENDING,
        "delivery": Delivery.PENDING,
        "delivered_at": None,
        "next_attempt_at": timezone.now(),
    } | fields
    return IssuedBadgeFactory.create(badge=badge, **fields)


def due_now(row):
    """As if the wait before the next attempt were over."""
    IssuedBadge.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())


def deliver(row):
    rounds.deliver_due()
    row.refresh_from_db()
    return row


def holders(credly):
    """What the provider holds: whom, from which template, in which state."""
    return [(one["recipient_email"], one["badge_template"]["id"], one["state"]) for one in credly.badges()]


# What the provider answers


def test_a_badge_is_delivered(credly, badge):
    row = deliver(waiting(badge))

    (held,) = credly.badges()
    assert (row.delivery, row.status, row.next_attempt_at) == (Delivery.DELIVERED, Status.PENDING, None)
    assert (row.external_id, row.accept_url) == (held["id"], held["accept_badge_url"])
    assert row.delivered_at is not None


def test_what_is_sent(credly, badge):
    row = deliver(waiting(badge, issued_at=dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)))

    (request,) = credly.requests("issue")
    assert request.body == {
        "recipient_email": row.student.email,
        "issued_to_first_name": row.student.first_name,
        "issued_to_last_name": row.student.last_name,
        "badge_template_id": badge.provider_template_id,
        "issued_at": "2026-03-02 09:30:00 +0000",
        "issuer_earner_id": str(row.student.earner_id),
    }


@pytest.mark.parametrize(
    ("via", "words", "evidence"),
    [
        ("roster", "Morning", [("Morning", "Issued to a participant of the class “Morning”.")]),
        ("assignment", "Cloud", [("Cloud", "Issued for the course “Cloud”.")]),
        ("achievement", "Ten", [("Ten", "Earned by completing “Ten”.")]),
        ("roster", "x" * 400, [("x" * 255, f"Issued to a participant of the class “{'x' * 400}”.")]),
        ("roster", " ", []),
        ("admin", "A note for ourselves", []),
    ],
)
def test_credly_is_told_with_what_a_badge_was_earned(credly, badge, via, words, evidence):
    row = deliver(waiting(badge, via=via, source_words=words))

    (held,) = credly.badges()
    assert row.delivery == Delivery.DELIVERED
    assert [(one["type"], one["title"], one["description"]) for one in held["evidence"]] == [
        ("IdEvidence", *one) for one in evidence
    ]


@pytest.mark.parametrize("days", [1, -1])
def test_credly_writes_no_letter_of_a_badge_that_had_ended(credly, badge, days):
    row = deliver(waiting(badge, expires_at=timezone.now() + dt.timedelta(days=days)))

    (held,) = credly.badges()
    assert (row.delivery, held["suppress_badge_notification_email"]) == (Delivery.DELIVERED, days < 0)


def test_what_is_sent_once_more_says_the_same(credly, badge):
    credly.fault("rate_limited", retry_after=0.1)
    said = {"note": "<b>Well</b> done", "link": "https://work.example/a"}
    row = deliver(waiting(badge, via="achievement", source_words="Ten", **said))

    ProviderPace.objects.update(held_until=None)
    due_now(row)
    deliver(row)

    first, second = (request.body["evidence"] for request in credly.requests("issue"))
    assert (first, first[0]["title"]) == (second, "Ten")
    assert first[1:] == [
        {
            "type": "UrlEvidence",
            "value": "https://work.example/a",
            "name": "work.example",
            "description": "<b>Well</b> done",
        }
    ]


def test_a_note_alone_is_told(credly, badge):
    deliver(waiting(badge, via="admin", source_words="", note="Well done"))

    (held,) = credly.badges()
    said = [(one["type"], one["title"], one["description"]) for one in held["evidence"]]
    assert said == [("IdEvidence", "Note from the issuer", "Well done")]


def test_a_lost_answer_is_found_again_whatever_the_evidence(credly, badge):
    credly.fault("close_after")
    row = deliver(waiting(badge, via="roster", source_words="Morning"))

    due_now(row)

    assert deliver(row).delivery == Delivery.DELIVERED
    assert [len(one["evidence"]) for one in credly.badges()] == [1]


def test_the_first_request_is_the_issuing_and_nothing_is_asked_before(credly, badge):
    deliver(waiting(badge))

    assert [request.call for request in credly.requests()] == ["issue"]


def test_a_refused_student_fails_alone(credly, badge):
    refused = waiting(badge, student=StudentFactory.create(email="no-such-address@", organization=badge.organization))
    other = waiting(badge)

    rounds.deliver_due()

    refused.refresh_from_db()
    other.refresh_from_db()
    assert (refused.delivery, refused.failure_code) == (Delivery.FAILED, "recipient_refused")
    assert refused.failed_at is not None
    assert abs(timezone.now() - refused.failed_at) < dt.timedelta(minutes=1)
    assert "Recipient email" in refused.failure_message
    assert other.delivery == Delivery.DELIVERED


def test_a_dead_token_pauses_the_provider_and_fails_nobody(credly, badge, provider):
    credly.expire_token()
    row = deliver(waiting(badge))

    provider.refresh_from_db()
    assert (row.delivery, row.failure_code) == (Delivery.PENDING, "")
    assert provider.paused_at is not None
    assert rounds.deliver_due() == 0


def test_a_token_that_cannot_be_read_pauses_the_provider(credly, badge, provider, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    row = deliver(waiting(badge))

    provider.refresh_from_db()
    assert (row.delivery, credly.requests()) == (Delivery.PENDING, [])
    assert provider.pause_reason == "A stored secret cannot be read: it was encrypted with a key that is gone."


def test_resuming_sends_what_waited(credly, badge, provider):
    credly.expire_token()
    row = deliver(waiting(badge))
    credly.change_token()

    rounds.resume(provider)

    provider.refresh_from_db()
    assert (provider.paused_at, provider.pause_reason) == (None, "")
    assert deliver(row).delivery == Delivery.DELIVERED


def test_a_provider_that_is_switched_off_gets_nothing(credly, badge, provider):
    provider.is_enabled = False
    provider.save()

    row = deliver(waiting(badge))

    assert (row.delivery, credly.requests()) == (Delivery.PENDING, [])


def test_too_many_requests_wait_as_long_as_the_provider_says(credly, badge, provider):
    credly.fault("rate_limited", retry_after=600)
    before = timezone.now()

    row = deliver(waiting(badge))

    after = timezone.now()
    pace = ProviderPace.objects.get(provider=provider)
    assert row.delivery == Delivery.PENDING
    assert pace.held_until is not None
    assert before + dt.timedelta(seconds=600) <= pace.held_until <= after + dt.timedelta(seconds=600)
    assert rounds.deliver_due() == 0


def test_an_unreachable_provider_is_tried_again_later(credly, badge, provider):
    provider.api_url = "http://127.0.0.1:1/v1"
    provider.save()

    before = timezone.now()

    row = deliver(waiting(badge))

    assert (row.delivery, row.attempts) == (Delivery.PENDING, 1)
    assert row.next_attempt_at is not None
    assert row.next_attempt_at > before + dt.timedelta(seconds=20)


@pytest.mark.parametrize("fault", ["close_after", "server_error_after", "truncated", "malformed"])
def test_an_answer_that_is_lost_after_issuing_is_looked_up_and_adopted(credly, badge, fault):
    credly.fault(fault)
    row = deliver(waiting(badge))
    assert (row.delivery, row.external_id) == (Delivery.UNCERTAIN, "")

    due_now(row)
    deliver(row)

    (held,) = credly.badges()
    assert (row.delivery, row.external_id, row.failure_code) == (Delivery.DELIVERED, held["id"], "")
    assert len(credly.requests("issue")) == 1


@pytest.mark.parametrize("fault", ["close_before", "server_error", "bad_gateway"])
def test_an_answer_that_is_lost_before_issuing_leads_to_a_second_request_after_a_look(credly, badge, fault):
    credly.fault(fault)
    row = deliver(waiting(badge))
    due_now(row)

    deliver(row)

    assert row.delivery == Delivery.DELIVERED
    assert holders(credly) == [(row.student.email, badge.provider_template_id, "pending")]
    calls = [request.call for request in credly.requests()]
    assert (calls[0], calls[-1], set(calls[1:-1])) == ("issue", "issue", {"list", "template"})


def test_a_redirect_is_not_followed(credly, badge):
    credly.fault("redirect")

    row = deliver(waiting(badge))

    assert row.delivery == Delivery.UNCERTAIN
    assert credly.badges() == []


def test_a_badge_that_the_student_has_from_elsewhere_is_a_failure_by_hand_and_adopted(credly, badge):
    first = deliver(waiting(badge))
    external_id = first.external_id
    first.delete()
    again = waiting(badge, student=first.student, via="roster")

    deliver(again)

    assert (again.delivery, again.external_id) == (Delivery.DELIVERED, external_id)
    assert again.failure_code == "already_held"
    assert "already has this badge" in again.failure_message
    assert len(credly.badges()) == 1


def test_a_badge_that_the_student_has_from_elsewhere_is_no_failure_of_the_sweep(credly, badge):
    first = deliver(waiting(badge))
    first.delete()
    again = waiting(badge, student=first.student, via="achievement")

    deliver(again)

    assert (again.delivery, again.failure_code) == (Delivery.DELIVERED, "")
    assert len(credly.badges()) == 1


def test_a_list_that_lags_behind_does_not_lead_to_a_second_badge(credly, badge):
    credly.fault("list_lag", seconds=LONGER)
    credly.fault("close_after")
    row = deliver(waiting(badge))

    due_now(row)
    deliver(row)

    assert row.delivery == Delivery.UNCERTAIN
    assert len(credly.badges()) == 1


def test_a_template_that_allows_duplicates_is_never_sent_to_a_second_time(credly, badge, provider, settings):
    settings.DELIVERY_SETTLE = 0
    allow_duplicates(credly, badge, provider)
    credly.fault("close_before")
    row = deliver(waiting(badge))

    for _attempt in range(5):
        due_now(row)
        deliver(row)

    assert (row.delivery, row.failure_code) == (Delivery.FAILED, "no_answer")
    assert len(credly.requests("issue")) == 1


def test_an_archived_template_fails_what_waits_for_it(credly, badge):
    credly.archive(badge.provider_template_id)
    rows = [waiting(badge) for _student in range(3)]

    rounds.deliver_due()

    assert set(IssuedBadge.objects.values_list("delivery", "failure_code")) == {("failed", "template_unusable")}
    assert not IssuedBadge.objects.filter(failed_at=None).exists()
    assert len(rows) == 3


def test_a_badge_without_a_template_id_is_not_sent(credly, badge):
    badge.provider_template_id = ""
    badge.save()

    row = deliver(waiting(badge))

    assert (row.delivery, row.failure_code, credly.requests()) == (Delivery.FAILED, "template_unusable", [])


def test_a_student_whose_account_was_closed_gets_nothing(credly, badge):
    row = waiting(badge)
    row.student.is_active = False
    row.student.save()

    deliver(row)

    assert (row.delivery, row.failure_code, credly.requests()) == (Delivery.FAILED, "student_inactive", [])


def test_an_address_that_changed_before_sending_is_the_one_that_is_sent_to(credly, badge):
    row = waiting(badge)
    row.student.email = "new-address@example.test"
    row.student.save()

    deliver(row)

    assert (row.recipient_email, holders(credly)[0][0]) == ("new-address@example.test", "new-address@example.test")


def test_an_address_that_changed_after_sending_is_found_by_the_students_own_id(credly, badge):
    credly.fault("close_after")
    row = deliver(waiting(badge))
    row.student.email = "new-address@example.test"
    row.student.save()

    due_now(row)
    deliver(row)

    assert row.delivery == Delivery.DELIVERED
    assert len(credly.badges()) == 1


# What is ours, and what is not


def from_elsewhere(credly, badge, student, state="accepted", earner="of-another-system"):
    """A badge that the student got without us; its id at the provider."""
    order = {
        "recipient_email": student.email,
        "issued_to_first_name": student.first_name,
        "issued_to_last_name": student.last_name,
        "badge_template_id": badge.provider_template_id,
        "issued_at": "2020-01-01 00:00:00 +0000",
        "issuer_earner_id": earner,
    }
    answer = requests.post(
        f"{credly.url}/organizations/{credly.organization}/badges", json=order, auth=(credly.token, ""), timeout=10
    )
    held = answer.json()["data"]["id"]
    credly.set_state(held, state)
    return held


@pytest.mark.parametrize("fault", ["rate_limited", "close_before"])
def test_an_old_badge_that_was_revoked_is_not_taken_for_the_new_one(credly, badge, fault):
    credly.duplicates_count(["pending", "accepted"])
    row = waiting(badge)
    old = from_elsewhere(credly, badge, row.student, state="revoked", earner=str(row.student.earner_id))
    credly.change_badge(old, age=3600)
    credly.fault(fault, retry_after=LONGER)
    deliver(row)

    ProviderPace.objects.update(held_until=None)
    due_now(row)
    deliver(row)

    assert (row.delivery, row.status) == (Delivery.DELIVERED, Status.PENDING)
    assert row.external_id != old


def test_a_badge_from_elsewhere_is_not_revoked(credly, badge):
    row = waiting(badge)
    from_elsewhere(credly, badge, row.student)
    credly.fault("rate_limited", retry_after=LONGER)
    deliver(row)
    ProviderPace.objects.update(held_until=None)

    deliver(revoked(row))

    assert [one["state"] for one in credly.badges()] == ["accepted"]
    assert row.delivery == Delivery.CANCELLED


def test_a_request_that_was_refused_for_its_rate_was_not_sent(credly, badge):
    credly.fault("rate_limited", retry_after=LONGER)

    row = deliver(waiting(badge))

    assert (row.delivery, row.sent_at) == (Delivery.PENDING, None)


def test_what_may_be_at_the_provider_is_looked_for_in_the_template_that_it_was_sent_from(credly, badge):
    credly.fault("close_after")
    row = deliver(waiting(badge))
    badge.provider_template_id = credly.template("Another")
    badge.save()

    due_now(row)
    deliver(row)

    assert row.delivery == Delivery.DELIVERED
    assert [one["badge_template"]["id"] for one in credly.badges()] == [row.template_ref]


def test_a_refusal_before_sending_does_not_count_as_sent_where_duplicates_are_allowed(credly, badge, provider):
    allow_duplicates(credly, badge, provider)
    credly.fault("rate_limited", retry_after=LONGER)
    row = deliver(waiting(badge))

    ProviderPace.objects.update(held_until=None)
    due_now(row)

    assert deliver(row).delivery == Delivery.DELIVERED


def test_what_nobody_answered_is_sent_anew_when_a_person_says_so(credly, badge, provider):
    allow_duplicates(credly, badge, provider)
    row = waiting(badge, delivery=Delivery.FAILED, failure_code="no_answer", sent_at=timezone.now())

    rounds.retry(IssuedBadge.objects.all())

    assert deliver(row).delivery == Delivery.DELIVERED


def test_whether_a_template_allows_duplicates_is_asked_before_sending_again(credly, badge):
    credly.change_template(badge.provider_template_id, allow_duplicate_badges=True)
    credly.fault("list_lag", seconds=LONGER)
    credly.fault("close_after")
    row = deliver(waiting(badge))

    due_now(row)
    deliver(row)

    assert row.delivery == Delivery.UNCERTAIN
    assert len(credly.requests("issue")) == 1


def test_a_revocation_waits_long_enough_for_a_list_that_lags(credly, badge):
    credly.fault("list_lag", seconds=LONGER)
    credly.fault("close_after")
    row = revoked(deliver(waiting(badge, attempts=9)))
    for _look in range(asking.LOOKS + 1):
        due_now(row)
        deliver(row)
    while_it_lags = row.delivery

    credly.list_everything()
    due_now(row)
    deliver(row)

    assert (while_it_lags, row.delivery) == (Delivery.UNCERTAIN, Delivery.DELIVERED)
    assert credly.badges()[0]["state"] == "revoked"


def test_a_revocation_that_the_provider_does_not_understand_is_not_over(credly, badge):
    credly.fault("close_after")
    row = revoked(deliver(waiting(badge)))
    credly.fault("refusal", call="list", status=400, message="Bad filter")

    deliver(row)

    assert (row.delivery, row.failure_code) == (Delivery.FAILED, "refused")


def test_a_token_that_may_not_look_pauses_the_provider(credly, badge, provider):
    credly.fault("close_after")
    row = deliver(waiting(badge))
    credly.fault("refusal", call="list", status=403, message="Forbidden", times=9)
    due_now(row)

    deliver(row)

    provider.refresh_from_db()
    assert (row.delivery, row.failure_code, provider.paused_at is not None) == (Delivery.UNCERTAIN, "", True)


def test_a_student_whose_account_was_closed_after_sending_has_the_badge(credly, badge):
    credly.fault("close_after")
    row = deliver(waiting(badge))
    row.student.is_active = False
    row.student.save()

    due_now(row)

    assert deliver(row).delivery == Delivery.DELIVERED


def test_one_students_refusal_that_mentions_the_template_fails_nobody_else(credly, badge):
    refused = waiting(badge)
    other = waiting(badge)
    credly.fault(
        "refusal",
        recipient=refused.student.email,
        message="Validation failed: Recipient is blocked for this badge template",
    )

    rounds.deliver_due()

    refused.refresh_from_db()
    other.refresh_from_db()
    assert (refused.failure_code, other.delivery) == ("recipient_refused", Delivery.DELIVERED)


def test_a_badge_of_the_provider_belongs_to_one_row_alone(credly, badge):
    row = waiting(badge, sent_at=timezone.now(), template_ref=badge.provider_template_id)
    held = from_elsewhere(credly, badge, row.student, state="pending", earner=str(row.student.earner_id))
    IssuedBadgeFactory.create(badge=badge, external_id=held)

    deliver(revoked(row))

    assert (row.delivery, row.failure_code) == (Delivery.FAILED, "held_by_another")
    assert credly.badges()[0]["state"] == "pending"


def allow_duplicates(credly, badge, provider):
    credly.change_template(badge.provider_template_id, allow_duplicate_badges=True)
    BadgeTemplate.objects.filter(external_id=badge.provider_template_id).update(allows_duplicates=True)


# Claims


def test_a_claim_that_was_left_is_taken_up_and_looked_up_first(credly, badge):
    long_ago = timezone.now() - dt.timedelta(minutes=5)
    row = waiting(
        badge,
        delivery=Delivery.SENDING,
        claimed_at=long_ago,
        sent_at=long_ago,
        template_ref=badge.provider_template_id,
        next_attempt_at=long_ago,
    )

    deliver(row)

    assert row.delivery == Delivery.DELIVERED
    assert [request.call for request in credly.requests()][-1] == "issue"
    assert credly.requests()[0].call == "list"


def test_a_claim_that_is_young_is_left_alone(credly, badge):
    now = timezone.now()
    waiting(
        badge,
        delivery=Delivery.SENDING,
        claimed_at=now,
        sent_at=now,
        next_attempt_at=now + dt.timedelta(minutes=3),
    )

    assert (rounds.deliver_due(), credly.requests()) == (0, [])


def test_a_badge_with_a_wait_is_left_alone(credly, badge):
    waiting(badge, next_attempt_at=timezone.now() + dt.timedelta(hours=1))

    assert (rounds.deliver_due(), credly.requests()) == (0, [])


def test_a_badge_whose_wait_is_nearly_over_is_waited_for(credly, badge):
    row = waiting(badge, next_attempt_at=timezone.now() + dt.timedelta(seconds=0.5))

    assert (rounds.deliver_due(), deliver(row).delivery) == (1, Delivery.DELIVERED)


# One badge for a person who waits


def test_one_badge_at_once(credly, badge):
    row = rounds.deliver_now(waiting(badge).pk, patience=60)

    assert row.delivery == Delivery.DELIVERED


def test_one_badge_at_once_leaves_the_others(credly, badge):
    other = waiting(badge)

    rounds.deliver_now(waiting(badge).pk, patience=60)

    other.refresh_from_db()
    assert other.delivery == Delivery.PENDING


def test_a_provider_that_takes_its_time_does_not_keep_the_person_waiting(credly, badge):
    """It answers none of them while the test lasts."""
    credly.fault("stuck", times=9)
    row = waiting(badge)

    # On a machine that is so slow that the time is over before the provider is asked, the person has more of it.
    for patience in (1, 10, 60):
        due_now(row)
        row = rounds.deliver_now(row.pk, patience=patience)
        if row.delivery != Delivery.PENDING:
            break

    assert row.delivery == Delivery.UNCERTAIN


def test_a_long_queue_does_not_keep_the_person_waiting(credly, badge, provider):
    """Who waited would have sent it."""
    ProviderPace.objects.create(provider=provider, next_at=timezone.now() + dt.timedelta(hours=1))

    row = rounds.deliver_now(waiting(badge).pk, patience=60)

    assert (row.delivery, row.sent_at, row.attempts) == (Delivery.PENDING, None, 0)


def test_a_badge_that_never_gets_an_answer_while_others_do_is_handed_to_a_person(credly, badge, provider):
    provider.last_success_at = timezone.now()
    provider.save()
    credly.fault("server_error", times=9)

    row = deliver(waiting(badge, attempts=40))

    assert (row.delivery, row.failure_code) == (Delivery.FAILED, "no_answer")


@pytest.mark.parametrize("answered", [None, dt.timedelta(hours=3), dt.timedelta(days=1)], ids=str)
def test_a_provider_that_is_down_for_everybody_fails_nobody_however_often_it_was_tried(
    credly, badge, provider, answered
):
    provider.last_success_at = answered and timezone.now() - answered
    provider.save()
    credly.fault("server_error", times=9)

    row = deliver(waiting(badge, attempts=40))

    assert (row.delivery, row.failure_code, row.attempts) == (Delivery.UNCERTAIN, "", 41)
    assert row.next_attempt_at is not None


def test_a_paused_provider_is_not_waited_for(credly, badge, provider):
    verdicts.pause(provider, "for a test")

    row = rounds.deliver_now(waiting(badge).pk, patience=60)

    assert (row.delivery, credly.requests()) == (Delivery.PENDING, [])


def test_a_thread_goes_where_two_fewer_are_at_work(credly, badge):
    """One fewer is fair: two that swap for ever would do nothing else."""
    waiting(badge)
    waiting(BadgeFactory.create(provider=credly.provider()))
    turn = rounds.Round(float("inf"), threads=10)

    one, other, again = [turn.join() for _ in range(3)]
    assert one is not None
    assert other is not None
    assert one == again != other
    fair = turn.is_needed_elsewhere(one)
    assert [turn.join(), turn.join()] == [other, one]
    turn.leave(other, is_done=False)

    assert (fair, turn.is_needed_elsewhere(one), turn.is_needed_elsewhere(other)) == (False, True, False)


# Again


def test_what_failed_is_tried_again_when_a_person_says_so(credly, badge):
    credly.archive(badge.provider_template_id)
    row = deliver(waiting(badge))
    credly.change_template(badge.provider_template_id, state="active")

    count = rounds.retry(IssuedBadge.objects.all())

    assert count == 1
    assert deliver(row).delivery == Delivery.DELIVERED
    assert (row.failure_code, row.failure_message, row.failed_at) == ("", "", None)


def test_what_is_tried_again_is_looked_for_as_often_as_the_first_time(badge):
    row = IssuedBadgeFactory.create(
        badge=badge, delivery=Delivery.FAILED, failure_code="no_answer", attempts=9, looks=5
    )

    rounds.retry(IssuedBadge.objects.all())

    row.refresh_from_db()
    assert (row.attempts, row.looks, row.sent_at) == (0, 0, None)


@pytest.mark.parametrize("state", [Delivery.PENDING, Delivery.SENDING, Delivery.UNCERTAIN])
def test_while_an_earlier_one_is_in_doubt_the_next_waits(credly, badge, state):
    """It might adopt the one that is about to be revoked, or be a second one."""
    later = timezone.now() + dt.timedelta(hours=1)
    revoked = {"status": Status.REVOKED, "revoked_at": timezone.now()}
    earlier = waiting(badge, delivery=state, next_attempt_at=later, sent_at=timezone.now(), **revoked)
    again = waiting(badge, student=earlier.student, recipient_email="other@example.org")

    deliver(again)

    assert (again.delivery, again.attempts, credly.requests()) == (Delivery.PENDING, 0, [])


def test_a_badge_that_may_be_there_is_not_failed_for_a_template_that_is_gone(credly, badge):
    """It is looked for first: it was sent before, and failed, and a person has it tried again."""
    later = timezone.now() + dt.timedelta(hours=1)
    sent = waiting(badge, sent_at=timezone.now(), next_attempt_at=later)
    unsent = waiting(badge, next_attempt_at=later)
    credly.archive(badge.provider_template_id)

    gone = deliver(waiting(badge))

    sent.refresh_from_db()
    unsent.refresh_from_db()
    assert [gone.failure_code, unsent.failure_code, sent.failure_code] == ["template_unusable"] * 2 + [""]
    assert (unsent.delivery, sent.delivery) == (Delivery.FAILED, Delivery.PENDING)


def test_what_did_not_fail_is_not_tried_again(badge):
    IssuedBadgeFactory.create(badge=badge)

    assert rounds.retry(IssuedBadge.objects.all()) == 0


def test_the_waits_grow_and_are_spread(settings):
    settings.DELIVERY_BACKOFF = [10.0, 100.0]

    waits = [backoff(attempts).total_seconds() for attempts in (1, 2, 3, 99)]

    assert 8 <= waits[0] <= 12
    assert all(80 <= wait <= 120 for wait in waits[1:])


# A provider in trouble


def test_a_provider_that_fails_again_and_again_is_held(credly, badge, provider):
    credly.fault("server_error", times=100)
    ProviderPace.objects.create(provider=provider, next_at=timezone.now(), failures=pacing.PATIENT_FAILURES - 1)

    rounds.deliver_now(waiting(badge).pk, patience=60)

    pace = ProviderPace.objects.get(provider=provider)
    assert (pace.failures, pace.held_until is not None) == (pacing.PATIENT_FAILURES, True)


def test_a_provider_that_has_failed_for_long_is_tried_with_one_badge(credly, badge, provider):
    """By now it is left alone for minutes after each."""
    credly.fault("server_error", times=100)
    ProviderPace.objects.create(provider=provider, next_at=timezone.now(), failures=pacing.PATIENT_FAILURES + 10)
    for _student in range(8):
        waiting(badge)

    assert (rounds.deliver_due(), len(credly.requests("issue"))) == (1, 1)


def test_an_answer_ends_the_holding(credly, badge, provider):
    ProviderPace.objects.create(provider=provider, next_at=timezone.now(), failures=7)

    deliver(waiting(badge))

    pace = ProviderPace.objects.get(provider=provider)
    assert (pace.failures, pace.held_until) == (0, None)


# The built-in issuer


def test_the_built_in_issuer_delivers_and_writes_a_letter():
    row = deliver(waiting(BadgeFactory.create(), status=Status.ACCEPTED))

    assert (row.delivery, row.status) == (Delivery.DELIVERED, Status.ACCEPTED)
    assert row.credential.document
    assert BadgeLetter.objects.filter(issued_badge=row, next_attempt_at__isnull=False).count() == 1


def test_a_chunk_is_signed_at_once_but_for_whom_it_may_not_go_to():
    badge = BadgeFactory.create()
    rows = [waiting(badge, status=Status.ACCEPTED) for _ in range(4)]
    User.objects.filter(pk=rows[1].student_id).update(is_active=False)

    rounds.deliver_due()

    assert [IssuedBadge.objects.get(pk=row.pk).delivery for row in rows] == [
        Delivery.DELIVERED,
        Delivery.FAILED,
        Delivery.DELIVERED,
        Delivery.DELIVERED,
    ]
    assert list(Credential.objects.order_by("pk").values_list("issued_badge", flat=True)) == [
        rows[0].pk,
        rows[2].pk,
        rows[3].pk,
    ]


def test_keys_that_cannot_be_read_are_told_of_each_badge(settings):
    badge = BadgeFactory.create()
    keys.in_use(badge.provider)
    rows = [waiting(badge, status=Status.ACCEPTED) for _ in range(2)]
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    rounds.deliver_due()

    assert Credential.objects.count() == 0
    assert [IssuedBadge.objects.get(pk=row.pk).delivery for row in rows] == [Delivery.PENDING, Delivery.PENDING]
    assert "cannot be read" in BadgeProvider.objects.get(pk=badge.provider_id).last_error


@pytest.mark.parametrize(("left", "letters"), [(dt.timedelta(days=-2000), 0), (dt.timedelta(days=1), 1)])
def test_no_letter_tells_of_a_badge_that_had_ended_before_it_was_issued(left, letters):
    row = deliver(waiting(BadgeFactory.create(), status=Status.ACCEPTED, expires_at=timezone.now() + left))

    assert (row.delivery, BadgeLetter.objects.count()) == (Delivery.DELIVERED, letters)


def test_an_organization_may_do_without_letters():
    row = waiting(BadgeFactory.create(), status=Status.ACCEPTED)
    row.student.organization.emails_badges = False
    row.student.organization.save()

    deliver(row)

    assert BadgeLetter.objects.count() == 0


# Revoking


def revoked(row, reason="Issued by mistake"):
    revoke([row], by=StudentFactory.create(), reason=reason, at=timezone.now())
    row.refresh_from_db()
    return row


def test_the_provider_is_told_of_a_revocation(credly, badge):
    row = deliver(waiting(badge))

    deliver(revoked(row))

    (held,) = credly.badges()
    assert (held["state"], held["revocation_reason"]) == ("revoked", "Issued by mistake")
    assert (row.status, row.delivery) == (Status.REVOKED, Delivery.DELIVERED)


def test_what_was_never_sent_is_revoked_without_a_word(credly, badge):
    row = revoked(waiting(badge))

    assert (deliver(row).delivery, credly.requests()) == (Delivery.CANCELLED, [])


@pytest.mark.parametrize("fault", ["close_after", "close_before", "server_error"])
def test_a_revocation_survives_a_lost_answer(credly, badge, fault):
    row = revoked(deliver(waiting(badge)))
    credly.fault(fault, call="revoke")

    deliver(row)
    due_now(row)
    deliver(row)

    assert (row.delivery, credly.badges()[0]["state"]) == (Delivery.DELIVERED, "revoked")


def test_a_badge_that_may_have_been_sent_is_looked_for_and_revoked(credly, badge):
    credly.fault("close_after")
    row = revoked(deliver(waiting(badge)))

    deliver(row)

    (held,) = credly.badges()
    assert (held["state"], row.delivery, row.external_id) == ("revoked", Delivery.DELIVERED, held["id"])


def test_a_badge_issued_again_waits_until_the_first_is_revoked_at_the_provider(credly, badge):
    first = revoked(deliver(waiting(badge)))
    second = waiting(badge, student=first.student)

    rounds.deliver_due()

    second.refresh_from_db()
    assert [one["state"] for one in credly.badges()] == ["revoked", "pending"]
    assert second.delivery == Delivery.DELIVERED
    assert [request.call for request in credly.requests()] == ["issue", "revoke", "issue"]
