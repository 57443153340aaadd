"""What each answer of a provider leaves in the issued badge, and what it says about the provider."""

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from badges.delivery import pacing
from badges.delivery.claims import Claim, claim, moment
from badges.delivery.recording import (
    Adopted,
    Answer,
    Failed,
    NotIssued,
    Postponed,
    Unlisted,
    apply,
    backoff,
    held_by_another,
    note,
    record,
    remember,
)
from badges.models import BadgeLetter, BadgeProvider, IssuedBadge, ProviderPace
from badges.providers.base import (
    MAX_MESSAGE,
    AlreadyHeld,
    Issued,
    Missing,
    NotSent,
    RateLimited,
    RecipientRefused,
    Refused,
    RemoteBadge,
    RemoteState,
    Revoked,
    TemplateUnusable,
    Unauthorized,
    Uncertain,
)
from tests.factories import PAST, AdministratorFactory, BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
BEFORE = PAST + HOUR
UNTIL = PAST + 90_000 * HOUR
LONG = "x" * (MAX_MESSAGE + 1)
PENDING, ACCEPTED = RemoteState.PENDING, RemoteState.ACCEPTED
REVOKED_HERE: dict[str, Any] = {"status": "revoked", "revoked_at": BEFORE, "revocation_reason": "A mistake."}
CLEARED = {"failure_code": "", "failure_message": ""}
# Seconds that a badge may be told to wait, by the settings below; each is spread by chance.
WAITS = (1.0, 3.0, 30.0, 120.0, 600.0)
SEED = 7


@pytest.fixture(autouse=True)
def waits(settings):
    settings.DELIVERY_BACKOFF = [30.0, 120.0, 600.0]


@pytest.fixture
def outside() -> BadgeProvider:
    return BadgeProviderFactory.create(kind="credly", provider_organization_id="o", api_url="http://127.0.0.1:1/v1")


@pytest.fixture
def own() -> BadgeProvider:
    return BadgeProviderFactory.create()


def asked_for(provider: BadgeProvider, **fields: Any) -> IssuedBadge:
    """A badge whose second request has just left, after a failure."""
    badge = BadgeFactory.create(provider=provider, organization=provider.organization)
    defaults = {"status": "pending", "delivery": "sending", "delivered_at": None, "attempts": 2, "looks": 1}
    moments = {"sent_at": PAST, "next_attempt_at": PAST, "claimed_at": PAST}
    failure = {"failure_code": "former", "failure_message": "Failed before."}
    return IssuedBadgeFactory.create(badge=badge, **defaults | moments | failure | fields)


def left_by(row: IssuedBadge, answer: Answer, *, sent_before: dt.datetime | None = None) -> dict[str, Any]:
    """What is changed in the stored row: moments of the call as "now", and those after it by their seconds."""
    former, began = stored(row), moment()
    random.seed(SEED)
    apply(row, answer, sent_before=sent_before)
    ended = moment()
    left = stored(row).items()
    return {name: _told(value, began, ended) for name, value in left if value != former[name]}


def stored(row: IssuedBadge) -> dict[str, Any]:
    return dict(IssuedBadge.objects.values().get(pk=row.pk))


def is_of_now(began: dt.datetime, at: dt.datetime | None) -> bool:
    return at is not None and began <= at <= moment()


def _told(value: Any, began: dt.datetime, ended: dt.datetime) -> Any:
    if isinstance(value, dt.datetime):
        if began <= value <= ended:
            return "now"
        for seconds in WAITS:
            if began <= value - spread(seconds) <= ended:
                return seconds
    return value


def spread(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=seconds * random.Random(SEED).uniform(0.8, 1.2))


# --- The provider has the badge


def test_an_issued_badge_is_delivered_as_the_provider_has_it(outside):
    made = RemoteBadge(
        "made",
        ACCEPTED,
        recipient_email="new@example.test",
        public_url="https://b.example/1",
        accept_url="https://b.example/2",
        expires_at=UNTIL,
        changed_at=BEFORE,
    )

    assert left_by(asked_for(outside), Issued(made)) == CLEARED | {
        "external_id": "made",
        "recipient_email": "new@example.test",
        "public_url": "https://b.example/1",
        "accept_url": "https://b.example/2",
        "expires_at": UNTIL,
        "provider_changed_at": BEFORE,
        "delivered_at": "now",
        "delivery": "delivered",
        "next_attempt_at": None,
        "status": "accepted",
        "status_changed_at": "now",
    }


def test_what_the_provider_does_not_say_stays(outside):
    row = asked_for(outside, expires_at=UNTIL, delivered_at=BEFORE)

    assert left_by(row, Issued(RemoteBadge("made", PENDING))) == CLEARED | {
        "external_id": "made",
        "delivery": "delivered",
        "next_attempt_at": None,
    }


@pytest.mark.parametrize("via", ["roster", "assignment", "admin"])
def test_a_badge_from_elsewhere_is_a_refusal_to_whoever_issued_it(outside, via):
    left = left_by(asked_for(outside, via=via), Adopted(RemoteBadge("theirs", PENDING), LONG))

    assert left == {
        "external_id": "theirs",
        "delivery": "delivered",
        "delivered_at": "now",
        "next_attempt_at": None,
        "failure_code": "already_held",
        "failure_message": LONG[:MAX_MESSAGE],
    }


def test_what_was_earned_and_a_person_issued_again_is_a_refusal_to_that_person(outside):
    row = asked_for(outside, via="achievement", issued_by=AdministratorFactory.create())

    left = left_by(row, Adopted(RemoteBadge("theirs", PENDING), "Held."))

    assert (left["failure_code"], left["failure_message"]) == ("already_held", "Held.")


@pytest.mark.parametrize(("via", "words"), [("achievement", "Held."), ("roster", "")])
def test_a_badge_that_nobody_asked_for_by_hand_or_that_is_ours_is_none(outside, via, words):
    left = left_by(asked_for(outside, via=via), Adopted(RemoteBadge("theirs", PENDING), words))

    assert left == CLEARED | {
        "external_id": "theirs",
        "delivery": "delivered",
        "delivered_at": "now",
        "next_attempt_at": None,
    }


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        (
            {"changed_at": BEFORE, "revocation_reason": "Theirs."},
            {"revoked_at": BEFORE, "revocation_reason": "Theirs.", "provider_changed_at": BEFORE},
        ),
        ({}, {"revoked_at": "now", "revocation_reason": "Revoked at the provider."}),
    ],
)
def test_a_badge_that_is_revoked_there_is_revoked_here(outside, fields, left):
    revoked = RemoteBadge("theirs", RemoteState.REVOKED, **fields)

    assert left_by(asked_for(outside), Adopted(revoked)) == CLEARED | left | {
        "external_id": "theirs",
        "status": "revoked",
        "status_changed_at": "now",
        "delivery": "delivered",
        "delivered_at": "now",
        "next_attempt_at": None,
    }


@pytest.mark.parametrize("answer", [Issued(RemoteBadge("made", ACCEPTED)), Adopted(RemoteBadge("made", ACCEPTED))])
def test_a_badge_that_was_revoked_while_it_was_sent_is_taken_back_at_once(outside, answer):
    assert left_by(asked_for(outside, **REVOKED_HERE), answer) == CLEARED | {
        "external_id": "made",
        "delivery": "pending",
        "delivered_at": "now",
        "next_attempt_at": "now",
        "attempts": 0,
    }


def test_a_revoked_badge_that_turns_out_to_be_from_elsewhere_is_left_alone_there(outside):
    left = left_by(asked_for(outside, **REVOKED_HERE), Adopted(RemoteBadge("theirs", ACCEPTED), "Held."))

    assert left == CLEARED | {"delivery": "cancelled", "next_attempt_at": None}


def test_a_badge_at_the_provider_is_of_one_row(outside):
    row = asked_for(outside)
    IssuedBadgeFactory.create(badge=row.badge, external_id="theirs")

    assert left_by(row, Adopted(RemoteBadge("theirs", ACCEPTED))) == {
        "delivery": "failed",
        "next_attempt_at": None,
        "failure_code": "held_by_another",
        "failure_message": "The provider's badge belongs to another issued badge here.",
        "failed_at": "now",
    }
    assert held_by_another() == Failed("held_by_another", "The provider's badge belongs to another issued badge here.")


def test_what_else_the_database_refuses_is_the_callers(outside):
    row = asked_for(outside, **REVOKED_HERE)
    IssuedBadgeFactory.create(badge=row.badge, student=row.student)
    row.revoked_at, row.status = None, "pending"

    with pytest.raises(IntegrityError):
        apply(row, Issued(RemoteBadge("made", PENDING)), sent_before=None)


# --- The letter


def letters() -> list[Any]:
    return list(BadgeLetter.objects.values_list("issued_badge", "sent_at", "attempts"))


def test_a_badge_of_ours_is_told_once_in_a_letter(own, django_capture_on_commit_callbacks):
    row, began = asked_for(own), moment()

    with django_capture_on_commit_callbacks() as woken:
        apply(row, Issued(RemoteBadge("made", ACCEPTED)), sent_before=None)
        apply(row, Issued(RemoteBadge("made", ACCEPTED)), sent_before=None)

    assert (letters(), len(woken)) == ([(row.pk, None, 0)], 1)
    assert is_of_now(began, BadgeLetter.objects.get().next_attempt_at)


@pytest.mark.parametrize(
    ("fields", "state", "is_told"),
    [
        ({"expires_at": UNTIL}, ACCEPTED, True),
        ({"expires_at": BEFORE}, ACCEPTED, False),
        (REVOKED_HERE, ACCEPTED, False),
        ({}, RemoteState.REVOKED, False),
    ],
)
def test_nobody_is_told_of_a_badge_that_has_ended(own, fields, state, is_told):
    apply(asked_for(own, **fields), Issued(RemoteBadge("made", state)), sent_before=None)

    assert len(letters()) == is_told


def test_no_letter_where_the_provider_or_nobody_writes_it(own, outside, django_capture_on_commit_callbacks):
    quiet = asked_for(own)
    quiet.student.organization.emails_badges = False

    with django_capture_on_commit_callbacks() as woken:
        for row in (quiet, asked_for(outside)):
            apply(row, Issued(RemoteBadge("made", ACCEPTED)), sent_before=None)

    assert (letters(), woken) == ([], [])


# --- It is decided


@pytest.mark.parametrize("revoked", [{}, REVOKED_HERE])
@pytest.mark.parametrize(("answer", "delivery"), [(Revoked(), "delivered"), (NotIssued(), "cancelled")])
def test_the_end_of_a_revocation(outside, revoked, answer, delivery):
    row = asked_for(outside, **revoked)

    assert left_by(row, answer, sent_before=BEFORE) == CLEARED | {"delivery": delivery, "next_attempt_at": None}


GONE = "The provider does not know the badge. If it was deleted there, that is all."
FAILURES = [
    (Missing(), "not_found", GONE),
    (Failed("no_answer", LONG), "no_answer", LONG[:MAX_MESSAGE]),
    (Refused("No."), "refused", "No."),
]
REFUSALS = [
    (RecipientRefused("No name."), "recipient_refused", "No name."),
    (AlreadyHeld("Held."), "already_held", "Held."),
    (TemplateUnusable("Archived."), "template_unusable", "Archived."),
]


@pytest.mark.parametrize(
    ("revoked", "answer", "code", "message"),
    [*(({}, *one) for one in FAILURES + REFUSALS), *((REVOKED_HERE, *one) for one in FAILURES)],
)
def test_what_a_person_has_to_see_to(outside, revoked, answer, code, message):
    assert left_by(asked_for(outside, **revoked), answer) == {
        "delivery": "failed",
        "next_attempt_at": None,
        "failure_code": code,
        "failure_message": message,
        "failed_at": "now",
    }


@pytest.mark.parametrize("answer", [RecipientRefused("No name."), TemplateUnusable("Archived.")])
def test_a_refusal_is_the_end_of_what_was_revoked_meanwhile(outside, answer):
    left = left_by(asked_for(outside, **REVOKED_HERE), answer)

    assert left == CLEARED | {"delivery": "cancelled", "next_attempt_at": None}


def test_what_stands_in_the_way_of_a_revoked_badge_may_be_it(outside):
    left = left_by(asked_for(outside, **REVOKED_HERE), AlreadyHeld("Held."))

    assert left == {"delivery": "uncertain", "next_attempt_at": "now"}


def test_an_unusable_template_fails_all_who_wait_for_it_and_nobody_else(outside, own):
    row = asked_for(outside)
    waiting = {"badge": row.badge, "delivery": "pending", "status": "pending", "next_attempt_at": PAST}
    alike = [IssuedBadgeFactory.create(**waiting) for _number in range(2)]
    other_badge = BadgeFactory.create(provider=outside, organization=outside.organization)
    others = [
        IssuedBadgeFactory.create(**waiting | fields)
        for fields in [
            {"badge": other_badge},
            {"provider": own},
            {"sent_at": PAST},
            {"delivery": "uncertain"},
            REVOKED_HERE,
        ]
    ]
    former, began = [stored(other) for other in others], moment()

    apply(row, TemplateUnusable(LONG), sent_before=None)

    assert [stored(other) for other in others] == former
    told = list(
        IssuedBadge.objects.filter(failure_code="template_unusable").values_list(
            "pk", "delivery", "next_attempt_at", "failure_message"
        )
    )
    assert sorted(told) == [(one.pk, "failed", None, LONG[:MAX_MESSAGE]) for one in [row, *alike]]
    assert all(is_of_now(began, one.failed_at) for one in IssuedBadge.objects.filter(delivery="failed"))


@pytest.mark.parametrize("answer", [RecipientRefused("No name."), Failed("defect", "Ours."), Refused("No.")])
def test_what_is_refused_to_one_is_not_refused_to_the_others(outside, answer):
    row = asked_for(outside)
    other = IssuedBadgeFactory.create(badge=row.badge, delivery="pending", status="pending", next_attempt_at=PAST)

    apply(row, answer, sent_before=None)

    assert IssuedBadge.objects.get(pk=other.pk).delivery == "pending"


# --- Nothing is decided


@pytest.mark.parametrize("sent_before", [None, BEFORE])
@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (Unauthorized("Token."), {"next_attempt_at": "now"}),
        (RateLimited("Too often."), {"next_attempt_at": 1.0}),
        (RateLimited("Too often.", 3.0), {"next_attempt_at": 3.0}),
        (Postponed(), {"next_attempt_at": 1.0, "attempts": 1}),
        (NotSent("No answer."), {"next_attempt_at": 120.0}),
    ],
)
def test_nothing_was_done_so_it_is_as_it_was_before(outside, sent_before, answer, left):
    state = {"delivery": "pending" if sent_before is None else "uncertain", "sent_at": sent_before}

    assert left_by(asked_for(outside), answer, sent_before=sent_before) == left | state


def test_a_postponed_badge_that_was_never_attempted(outside):
    left = left_by(asked_for(outside, attempts=0, sent_at=None), Postponed())

    assert left == {"delivery": "pending", "next_attempt_at": 1.0}


@pytest.mark.parametrize("sent_before", [None, BEFORE])
def test_what_is_not_listed_is_looked_for_again_ever_more_rarely(outside, sent_before):
    left = left_by(asked_for(outside), Unlisted("Not yet."), sent_before=sent_before)

    assert left == {"delivery": "uncertain", "looks": 2, "next_attempt_at": 120.0}


@pytest.mark.parametrize(("sent_at", "delivery"), [(None, "pending"), (PAST, "uncertain")])
def test_what_may_have_arrived_is_tried_again(outside, sent_at, delivery):
    left = left_by(asked_for(outside, sent_at=sent_at), Uncertain("Cut."), sent_before=BEFORE)

    assert left == {"delivery": delivery, "next_attempt_at": 120.0}


@pytest.mark.parametrize(
    ("attempts", "answered", "is_alone"),
    [
        (30, dt.timedelta(minutes=119), True),
        (29, dt.timedelta(minutes=119), False),
        (31, dt.timedelta(minutes=121), False),
        (31, None, False),
    ],
)
def test_a_badge_that_alone_gets_no_answer_is_handed_to_a_person(outside, attempts, answered, is_alone):
    outside.last_success_at = None if answered is None else timezone.now() - answered

    left = left_by(asked_for(outside, attempts=attempts), Uncertain("Cut."))

    failed = {"failure_code": "no_answer", "failure_message": "Cut.", "failed_at": "now"}
    assert left == (
        failed | {"delivery": "failed", "next_attempt_at": None}
        if is_alone
        else {"delivery": "uncertain", "next_attempt_at": 600.0}
    )


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 120), (3, 600), (4, 600)])
def test_each_attempt_waits_longer_up_to_the_longest(attempts, seconds):
    random.seed(SEED)

    assert backoff(attempts) == spread(seconds)


# --- Only while the claim is the caller's


@pytest.fixture
def claimed(outside) -> Claim:
    asked_for(outside, delivery="uncertain")
    found = claim(outside.pk)
    assert found is not None
    return found


def test_an_answer_is_written_and_the_provider_has_answered(claimed, outside):
    assert record(claimed, Issued(RemoteBadge("made", ACCEPTED))) is True

    row = IssuedBadge.objects.get(pk=claimed.issued.pk)
    outside.refresh_from_db()
    assert (row.external_id, row.delivery, outside.last_success_at is not None) == ("made", "delivered", True)


@pytest.mark.parametrize("changed", [{"claimed_at": PAST}, {"delivery": "delivered"}])
def test_an_answer_after_the_claim_has_ended_leaves_the_row_and_tells_of_the_provider(
    claimed, outside, changed, caplog
):
    IssuedBadge.objects.update(**changed)
    former = stored(claimed.issued)

    assert record(claimed, Issued(RemoteBadge("made", ACCEPTED))) is False

    outside.refresh_from_db()
    assert stored(claimed.issued) == former
    assert outside.last_success_at is not None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_an_answer_is_of_the_one_claimed_row(claimed, outside):
    other = IssuedBadgeFactory.create(delivery="sending", claimed_at=claimed.claimed_at)

    assert record(replace(claimed, issued=other), Failed("defect", "Ours.")) is True
    assert list(IssuedBadge.objects.order_by("pk").values_list("delivery", flat=True)) == ["sending", "failed"]


def test_a_dead_token_pauses_the_provider_before_the_row_is_free_again(claimed, outside):
    with CaptureQueriesContext(connection) as asked:
        assert record(claimed, Unauthorized("Dead.")) is True

    outside.refresh_from_db()
    written = [query["sql"].split()[1] for query in asked if query["sql"].startswith("UPDATE")]
    assert written == ['"badges_badgeprovider"', '"badges_badgeprovider"', '"badges_issuedbadge"']
    assert (outside.paused_at is not None, outside.pause_reason, outside.last_error) == (True, "Dead.", "Dead.")


def test_a_lost_permission_is_of_the_token_that_was_asked_with(claimed, outside):
    BadgeProvider.objects.filter(pk=outside.pk).update(encrypted_token="newer")

    assert record(claimed, Unauthorized("Dead.")) is True
    outside.refresh_from_db()
    assert (outside.paused_at, outside.last_error) == (None, "Dead.")


def test_what_was_sent_before_holds_again(claimed):
    IssuedBadge.objects.update(sent_at=timezone.now())
    record(claimed, NotSent("No answer."))

    row = IssuedBadge.objects.get()
    assert (row.sent_at, row.delivery) == (PAST, "uncertain")


def test_an_answer_is_written_with_few_queries(claimed, django_assert_num_queries):
    with django_assert_num_queries(8):
        record(claimed, Issued(RemoteBadge("made", ACCEPTED)))


def test_a_letter_takes_one_more_query(own, django_assert_num_queries):
    asked_for(own, delivery="uncertain")
    found = claim(own.pk)
    assert found is not None

    with django_assert_num_queries(9):
        record(found, Issued(RemoteBadge("made", ACCEPTED)))


def test_the_providers_id_is_remembered_while_the_claim_holds(claimed):
    other = IssuedBadgeFactory.create(external_id="another's", claimed_at=claimed.claimed_at)

    assert remember(claimed, "ours") is True
    assert remember(replace(claimed, claimed_at=PAST), "late") is True
    assert list(IssuedBadge.objects.order_by("pk").values_list("external_id", flat=True)) == ["ours", "another's"]
    IssuedBadge.objects.filter(pk=other.pk).update(provider=claimed.issued.provider)
    assert remember(claimed, "another's") is False
    assert IssuedBadge.objects.get(pk=claimed.issued.pk).external_id == "ours"


# --- What is no answer of the provider


def said_of(provider: BadgeProvider) -> dict[str, Any]:
    return dict(BadgeProvider.objects.values("last_success_at", "last_error_at", "paused_at").get(pk=provider.pk))


@pytest.mark.parametrize("answer", [NotIssued(), Failed("defect", "Ours."), Postponed()])
def test_what_was_not_asked_says_nothing_about_the_provider(claimed, outside, answer):
    former = said_of(outside)

    note(claimed, answer)

    assert said_of(outside) == former


@pytest.mark.parametrize("is_probe", [True, False])
def test_a_probe_is_noted_as_one(claimed, outside, is_probe):
    ProviderPace.objects.create(provider=outside, next_at=PAST, failures=pacing.PATIENT_FAILURES)

    note(replace(claimed, is_probe=is_probe), NotSent("Away."))

    assert ProviderPace.objects.get().failures == pacing.PATIENT_FAILURES + is_probe


@pytest.mark.parametrize("answer", [Missing(), Refused("No.")])
def test_a_refusal_of_one_badge_is_an_answer(claimed, outside, answer):
    note(claimed, answer)

    assert said_of(outside)["last_success_at"] is not None
