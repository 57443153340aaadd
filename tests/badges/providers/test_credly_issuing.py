"""Issuing through Credly: what is sent, and which answer makes which outcome."""

import contextlib
import datetime as dt
import uuid

import pytest
from django.utils import timezone

from badges.providers.base import (
    AlreadyHeld,
    Issued,
    Lasts,
    NotSent,
    RateLimited,
    Recipient,
    RecipientRefused,
    RemoteBadge,
    RemoteState,
    TemplateUnusable,
    Unauthorized,
    Uncertain,
)
from badges.providers.credly import Credly
from tests.badges.providers.conftest import EARNED, EARNER, a_request, nobody_waits, with_growing_patience


def test_issue_sends_what_credly_documents(opened, credly):
    template = credly.template()

    opened.issue(a_request(template))

    assert credly.requests("issue")[0].body == {
        "recipient_email": "Sam@student.example",
        "issued_to_first_name": "Sam",
        "issued_to_last_name": "Student",
        "badge_template_id": template,
        "issued_at": "2026-03-02 09:30:00 -0500",
        "issuer_earner_id": EARNER,
    }


def test_issue_answers_with_the_badge(opened, credly):
    template = credly.template()

    found = opened.issue(a_request(template))

    made = credly.badges()[0]
    assert found == Issued(
        RemoteBadge(
            external_id=made["id"],
            state=RemoteState.PENDING,
            template_ref=template,
            recipient_email="Sam@student.example",
            earner_ref=EARNER,
            accept_url=f"{credly.site}/badges/{made['id']}/accept",
            changed_at=dt.datetime.fromisoformat(made["state_updated_at"]),
            created_at=dt.datetime.fromisoformat(made["created_at"]),
        )
    )


@pytest.mark.parametrize(
    ("expires", "sent"),
    [
        (Lasts.TEMPLATE_DEFAULT, "absent"),
        (Lasts.FOR_EVER, False),
        (EARNED + dt.timedelta(days=365), "2027-03-02 09:30:00 -0500"),
    ],
)
def test_issue_says_how_long_the_badge_lasts(opened, credly, expires, sent):
    opened.issue(a_request(credly.template(), expires=expires))

    assert credly.requests("issue")[0].body.get("expires_at", "absent") == sent


def test_issue_sends_the_evidence_where_it_is_given(opened, credly):
    evidence = [
        {"name": "Lab", "narrative": "Passed", "id": "https://tms.example/labs/1"},
        {"name": "Exam", "description": "92 %"},
        {"name": "Note", "narrative": "Well done"},
    ]

    opened.issue(a_request(credly.template(), evidence=evidence))

    body = credly.requests("issue")[0].body
    assert body["evidence"] == [
        {"type": "UrlEvidence", "value": "https://tms.example/labs/1", "name": "Lab", "description": "Passed"},
        {"type": "IdEvidence", "title": "Exam", "description": "92 %"},
        {"type": "IdEvidence", "title": "Note", "description": "Well done"},
    ]


@pytest.mark.parametrize(("first", "last"), [("", "Student"), ("Sam", "  ")])
def test_issue_does_not_ask_for_somebody_without_a_name(opened, credly, first, last):
    found = opened.issue(a_request(credly.template(), Recipient("sam@student.example", first, last, EARNER)))

    assert found == RecipientRefused("Credly needs a first and a last name.")
    assert credly.requests("issue") == []


def test_a_second_badge_is_already_held(opened, credly):
    template = credly.template()
    opened.issue(a_request(template))

    assert opened.issue(a_request(template)) == AlreadyHeld(
        "Validation failed: Issuer earner already has this badge, Recipient email already has this badge"
    )


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("VALIDATION FAILED: User Already Has This Badge", AlreadyHeld),
        ("Validation failed: Badge template is not active", TemplateUnusable),
        ("An archived template cannot be used to issue", TemplateUnusable),
        ("Validation failed: Recipient email is invalid", RecipientRefused),
        ("Something new", RecipientRefused),
    ],
)
def test_the_words_of_a_422_decide(opened, credly, message, outcome):
    credly.fault("refusal", message=message)

    assert opened.issue(a_request(credly.template())) == outcome(message)


def test_an_archived_template_is_unusable(opened, credly):
    template = credly.template()
    credly.archive(template)

    assert isinstance(opened.issue(a_request(template)), TemplateUnusable)


def test_an_unknown_template_is_unusable(opened, credly):
    assert isinstance(opened.issue(a_request(str(uuid.uuid4()))), TemplateUnusable)


def test_a_template_answered_with_404_is_unusable_while_the_organization_is_known(opened, credly):
    credly.fault("refusal", status=404, message="Not found")

    found = opened.issue(a_request(credly.template()))

    assert found == TemplateUnusable("Credly does not know this badge template.")


def test_an_unknown_organization_is_no_students_fault(credly, db):
    client = Credly(credly.provider(provider_organization_id="none"), before_request=nobody_waits)

    found = client.issue(a_request(credly.template()))

    client.close()
    assert found == Unauthorized("Credly does not know the organization none, or the API URL is wrong.")


def test_a_message_is_cut_and_cleaned(opened, credly):
    credly.fault("refusal", message="Bad\x00\x1b[31mname\r\n\u202e" + "x" * 1000)

    found = opened.issue(a_request(credly.template()))

    assert found == RecipientRefused(("Bad  [31mname   " + "x" * 1000)[:500])


def test_a_token_that_may_not_write_is_a_fault_of_the_provider(opened, credly):
    credly.change_token(can_write=False)

    assert opened.issue(a_request(credly.template())) == Unauthorized("Credly does not let this token do that.")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("99999999", 3600.0), ("-3", None), ("soon", None), (None, None)],
)
def test_a_rate_limit_tells_how_long_to_wait(opened, credly, header, seconds):
    credly.fault("rate_limited", retry_after=header)

    assert opened.issue(a_request(credly.template())) == RateLimited("Credly was asked too often.", seconds)


def test_a_rate_limit_may_name_a_moment(opened, credly):
    moment = timezone.now() + dt.timedelta(seconds=90)
    credly.fault("rate_limited", retry_after=moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))

    found = opened.issue(a_request(credly.template()))

    assert 85 < found.retry_after <= 90


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        ("close_before", 0),
        ("close_after", 1),
        ("server_error", 0),
        ("server_error_after", 1),
        ("bad_gateway", 0),
        ("bad_gateway_after", 1),
        ("redirect", 0),
        ("truncated", 1),
        ("malformed", 1),
    ],
)
def test_an_answer_that_tells_nothing_is_uncertain(opened, credly, fault, stored):
    credly.fault(fault)

    found = opened.issue(a_request(credly.template()))

    assert (type(found), len(credly.badges())) == (Uncertain, stored)


def test_a_late_answer_is_uncertain(opened, credly, settings):
    settings.PROVIDER_READ_TIMEOUT = 0.2
    credly.fault("stuck")

    found = opened.issue(a_request(credly.template()))

    assert found == Uncertain("127.0.0.1 did not answer in time.")


def test_a_dripping_answer_is_uncertain(credly, db):
    provider, request = credly.provider(), a_request(credly.template())
    credly.fault("drip", seconds=0.1, times=9)

    def issue(patience: float):
        with contextlib.closing(Credly(provider, before_request=nobody_waits, patience=patience)) as client:
            return client.issue(request)

    found = with_growing_patience(issue)

    assert found == Uncertain("127.0.0.1 did not answer in time.")


def test_a_huge_answer_is_uncertain(opened, credly, settings):
    settings.PROVIDER_MAX_ANSWER = 1024 * 1024
    credly.fault("huge", megabytes=8)

    found = opened.issue(a_request(credly.template()))

    assert found == Uncertain("The answer of 127.0.0.1 is too large.")


def test_a_provider_that_is_away_means_not_sent(credly, db, settings):
    settings.PROVIDER_TEST_HOSTS = ["127.0.0.1:1"]
    client = Credly(credly.provider(api_url="http://127.0.0.1:1/v1"), before_request=nobody_waits)

    assert client.issue(a_request("any")) == NotSent("127.0.0.1 cannot be reached.")


def test_an_address_that_has_become_unsafe_means_not_sent(credly, db):
    client = Credly(credly.provider(api_url="https://127.0.0.1/v1"), before_request=nobody_waits)

    assert client.issue(a_request("any")) == NotSent("127.0.0.1 is not a public address.")


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted"])
def test_any_success_with_an_id_is_an_issued_badge(answering, status):
    found = answering({"data": {"id": "b-1"}}, status=status).issue(a_request("t"))

    assert found == Issued(RemoteBadge("b-1", RemoteState.PENDING))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[1]",
        b"[" * 100_000,
        b'{"data": {"id": ' + b"9" * 5000 + b"}}",
        b"\xff\xfe",
        {"data": None},
        {"data": []},
        {"data": {"id": None}},
        {"data": {"id": True}},
        {"data": {"id": {"x": 1}}},
        {"data": {"id": "\x00"}},
        {"data": {"id": "x" * 300}},
    ],
)
def test_a_success_without_an_id_is_uncertain(answering, body):
    found = answering(body, status="201 Created").issue(a_request("t"))

    assert found == Uncertain("Credly's answer (201) could not be read.")


@pytest.mark.parametrize("body", [b"<h1>Bad request</h1>", {"errors": ["x"]}, {"data": {"message": 7}}, {"data": "no"}])
def test_a_refusal_without_words_is_uncertain(answering, body):
    found = answering(body, status="400 Bad Request").issue(a_request("t"))

    assert found == Uncertain("Credly's answer (400) could not be read.")


def test_what_a_page_or_a_database_could_not_take_is_left_out(answering):
    row = {
        "id": 7,
        "state": "expired",
        "badge_template": "t",
        "recipient_email": "sam\x00@student.example\ud800",
        "issuer_earner_id": 12,
        "badge_url": "javascript:alert(1)",
        "accept_badge_url": 'https://credly.example/"><script>',
        "expires_at": "never",
        "state_updated_at": "2026-03-02T09:00:00",
        "created_at": "2026-03-02 08:00:00 +0000",
        "revocation_reason": ["x"],
        "unknown": {},
    }

    found = answering({"data": row}).issue(a_request("t"))

    assert found == Issued(
        RemoteBadge(
            external_id="7",
            state=RemoteState.PENDING,
            recipient_email="sam @student.example",
            earner_ref="12",
            changed_at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
            created_at=dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC),
        )
    )
