"""What Credly is asked for an account, its templates, its lists and its events, and how its answers are read."""

import datetime as dt
import json
import uuid

import pytest
from django.utils import timezone

from badges.providers.base import (
    Hint,
    Missing,
    Page,
    Recipient,
    Refused,
    RemoteState,
    RemoteTemplate,
    Revoked,
    Unauthorized,
    Uncertain,
    Verified,
)
from badges.providers.credly import Credly
from badges.secrets import UnreadableSecretError
from tests.badges.providers.conftest import a_request, nobody_waits

# --- the account


def test_verify_names_the_organization_and_the_end_of_its_token(opened, credly):
    credly.change_token(seconds=90 * 86400)

    found = opened.verify()

    assert (found.account_name, found.warnings) == ("Laurel Test Academy", ())
    assert abs(found.token_expires_at - timezone.now() - dt.timedelta(days=90)) < dt.timedelta(minutes=1)


def test_verify_changes_nothing(opened, credly):
    opened.verify()

    assert [(seen.method, seen.call) for seen in credly.requests()] == [("GET", "organization"), ("GET", "tokens")]


def test_verify_warns_of_a_token_that_may_only_read(opened, credly):
    credly.change_token(can_write=False)

    assert opened.verify().warnings == ("This token may only read: no badge can be issued with it.",)


@pytest.mark.parametrize(
    ("hours", "warning"),
    [
        (49, "This token ends in 2 days."),
        (25, "This token ends in 1 day."),
        (1, "This token ends in 0 days."),
    ],
)
def test_verify_warns_of_a_token_that_ends_soon(opened, credly, hours, warning):
    credly.change_token(seconds=hours * 3600)

    assert opened.verify().warnings == (warning,)


def test_verify_does_not_guess_which_of_several_tokens_is_ours(opened, credly):
    credly.change_token(secret="another", seconds=3600)

    assert opened.verify() == Verified("Laurel Test Academy")


def test_verify_does_without_the_list_of_tokens(opened, credly):
    credly.fault("server_error", call="tokens")

    assert opened.verify() == Verified("Laurel Test Academy")


def test_verify_says_that_the_organization_is_unknown(credly, db):
    client = Credly(credly.provider(provider_organization_id="none"), before_request=nobody_waits)

    found = client.verify()

    client.close()
    assert found == Missing("Credly does not know the organization none, or the API URL is wrong.")


def test_verify_knows_a_page_from_an_answer(answering):
    assert answering(b"<h1>Welcome</h1>").verify() == Uncertain("Credly's answer (200) could not be read.")


def test_verify_knows_a_refusal_from_an_organization(answering):
    refusal = {"data": {"message": "Under maintenance"}}

    assert answering(refusal, status="400 Bad Request").verify() == Refused("Under maintenance")


def test_a_dead_token_is_a_fault_of_the_provider(opened, credly):
    credly.expire_token()

    assert opened.verify() == Unauthorized("Credly does not accept the token: it is wrong, or it has ended.")


def test_no_token_means_no_call(credly, db):
    client = Credly(credly.provider(encrypted_token=""), before_request=nobody_waits)

    assert client.verify() == Unauthorized("There is no token for Credly.")
    assert credly.requests() == []


def test_a_token_whose_key_is_gone_is_told_at_once(credly, db):
    provider = credly.provider(encrypted_token="gAAAAA-not-readable")

    with pytest.raises(UnreadableSecretError):
        Credly(provider, before_request=nobody_waits)


# --- templates


def test_templates_are_listed_page_by_page(opened, credly):
    made = {credly.template(f"Template {number:02}") for number in range(51)}

    first = opened.list_templates(1)
    second = opened.list_templates(2)

    assert (len(first.rows), first.next_page, len(second.rows), second.next_page) == (50, 2, 1, None)
    assert {row.external_id for row in first.rows + second.rows} == made


def test_a_template_is_read_whole(opened, credly):
    template = credly.template(
        "Zoë's Netze 山田",
        description="Two\nlines",
        state="draft",
        allow_duplicate_badges=True,
        image_url="https://images.example/1.png",
    )

    assert opened.get_template(template) == RemoteTemplate(
        external_id=template,
        name="Zoë's Netze 山田",
        description="Two\nlines",
        image_url="https://images.example/1.png",
        state="draft",
        allows_duplicates=True,
    )


def test_an_unknown_template_is_missing(opened):
    assert isinstance(opened.get_template(str(uuid.uuid4())), Missing)


def test_an_id_cannot_lead_to_another_path(opened, credly):
    opened.get_template("../../organizations?x=")

    assert credly.requests()[0].path.rpartition("/")[2] == "..%2F..%2Forganizations%3Fx%3D"


# --- revoking


def test_revoke_tells_the_reason(opened, credly):
    issued = opened.issue(a_request(credly.template()))

    found = opened.revoke(issued.badge.external_id, "Issued by mistake", suppresses_letter=True)

    made = credly.badges()[0]
    assert (found, made["state"], made["revocation_reason"]) == (Revoked(), "revoked", "Issued by mistake")
    assert credly.requests("revoke")[0].body == {
        "reason": "Issued by mistake",
        "suppress_revoke_notification_email": True,
    }


def test_revoke_can_be_repeated(opened, credly):
    issued = opened.issue(a_request(credly.template()))
    opened.revoke(issued.badge.external_id, "Issued by mistake")

    assert opened.revoke(issued.badge.external_id, "Issued by mistake") == Revoked()


def test_revoke_of_a_replaced_badge_is_refused(opened, credly):
    words = "This badge cannot be revoked because it has already been replaced."
    credly.fault("refusal", call="revoke", message=words)

    assert opened.revoke("b", "Issued by mistake") == Refused(words)


def test_revoke_of_an_unknown_badge(opened):
    assert isinstance(opened.revoke(str(uuid.uuid4()), "Issued by mistake"), Missing)


@pytest.mark.parametrize("fault", ["close_after", "server_error_after", "truncated", "malformed"])
def test_a_revocation_without_an_answer_is_uncertain(opened, credly, fault):
    issued = opened.issue(a_request(credly.template()))
    credly.fault(fault, call="revoke")

    assert isinstance(opened.revoke(issued.badge.external_id, "Issued by mistake"), Uncertain)


# --- what changed


def test_changed_lists_the_last_changed_first(opened, credly):
    template = credly.template()
    first = opened.issue(a_request(template)).badge.external_id
    other = Recipient("other@student.example", "Olga", "Other", str(uuid.uuid4()))
    second = opened.issue(a_request(template, other)).badge.external_id
    credly.set_state(first, "accepted")

    found = opened.changed(1)

    assert [(badge.external_id, badge.state) for badge in found.rows] == [
        (first, RemoteState.ACCEPTED),
        (second, RemoteState.PENDING),
    ]
    assert found.next_page is None
    assert found.rows[0].public_url == f"{credly.site}/badges/{first}"


def test_a_list_that_never_ends_is_ended(answering):
    client = answering({"data": [{"id": "1"}], "metadata": {"total_pages": 10**9, "current_page": 1}})

    assert (client.changed(19_999).next_page, client.changed(20_000).next_page) == (20_000, None)


def test_the_address_of_the_next_page_is_not_followed(opened, credly):
    for number in range(51):
        credly.template(f"Template {number:02}")

    opened.list_templates(opened.list_templates(1).next_page)

    paths = {seen.path for seen in credly.requests()}
    assert paths == {f"/v1/organizations/{credly.organization}/badge_templates"}


def test_rows_that_are_none_are_left_out(answering):
    found = answering({"data": [None, 7, {}, {"id": ""}, {"id": "1", "name": "Networking"}]}).list_templates(1)

    assert found == Page((RemoteTemplate("1", "Networking"),))


# --- webhooks


def test_parse_hint_reads_what_the_body_claims(opened):
    event = uuid.uuid4()
    body = {"id": str(event), "organization_id": "org", "event_type": "badge.state.changed", "more": 1}

    assert opened.parse_hint(json.dumps(body).encode()) == Hint(event, "badge.state.changed", "org")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff", b'{"id": "../x", "organization_id": "org"}', b'{"id": 7}', b"[" * 100_000]
)
def test_parse_hint_knows_what_is_none(opened, body):
    assert opened.parse_hint(body) is None


def test_get_event_asks_for_the_event_itself(opened, credly):
    issued = opened.issue(a_request(credly.template()))
    credly.set_state(issued.badge.external_id, "accepted")
    happened = credly.events()[-1]

    found = opened.get_event(uuid.UUID(happened["id"]))

    assert (str(found.event_id), found.event_type) == (happened["id"], "badge.state.changed")
    assert (found.badge.external_id, found.badge.state) == (issued.badge.external_id, RemoteState.ACCEPTED)


def test_an_unknown_event_is_missing(opened):
    assert isinstance(opened.get_event(uuid.uuid4()), Missing)


def test_a_badge_that_was_deleted_at_credly_counts_as_revoked(opened, credly):
    issued = opened.issue(a_request(credly.template()))
    credly.delete_badge(issued.badge.external_id)
    happened = credly.events()[-1]

    found = opened.get_event(uuid.UUID(happened["id"]))

    assert (found.event_type, found.badge.state) == ("badge.deleted", RemoteState.REVOKED)
    assert found.badge.revocation_reason == "Deleted at the provider."
