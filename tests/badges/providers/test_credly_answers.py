"""What Credly's answers mean, whatever shape they have."""

import datetime as dt
import json
import uuid

import pytest

from badges.providers import credly_answers as answers
from badges.providers.base import AlreadyHeld, Hint, RecipientRefused, RemoteState, TemplateUnusable
from badges.providers.http import Answer

AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
ID = uuid.UUID("6e0a4bb4-52a0-4a7c-9d6a-0a8b7c6d5e4f")


def answer(body: object = b"", **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(200, {name.replace("_", "-"): value for name, value in headers.items()}, content)


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff", b"[1]", b"7", b"[" * 100_000, b'{"data": 7}'])
def test_a_body_of_another_shape_is_empty(body):
    found = answer(body)

    assert (answers.data(found), answers.rows(found), answers.total_pages(found), answers.message(found)) == (
        {},
        None,
        0,
        "",
    )


def test_rows_that_are_no_objects_are_left_out():
    assert answers.rows(answer({"data": [{"id": 1}, 7, None]})) == [{"id": 1}]


@pytest.mark.parametrize(
    ("metadata", "total"), [({"total_pages": 3}, 3), ({"total_pages": "3"}, 0), ([], 0), (None, 0)]
)
def test_a_list_says_how_many_pages_it_has_or_does_not(metadata, total):
    assert answers.total_pages(answer({"metadata": metadata})) == total


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Recipient email ALREADY HAS THIS BADGE", AlreadyHeld),
        ("The badge template is a draft", TemplateUnusable),
        ("It is Archived", TemplateUnusable),
        ("Is on the blocklist", RecipientRefused),
        ("", type(None)),
    ],
)
def test_whom_a_refusal_concerns_is_in_its_words(words, expected):
    refusal = answers.refusal_to_issue(answer({"data": {"message": words}}))

    assert type(refusal) is expected
    assert refusal is None or refusal.message == words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Badge was already revoked", True),
        ("Already been revoked", True),
        ("Already replaced, cannot be revoked", False),
        ("", False),
    ],
)
def test_a_second_revocation_is_known_by_its_words(words, expected):
    assert answers.says_revoked_before(answer({"data": {"message": words}})) is expected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("999999999", 3600),
        ("Mon, 02 Mar 2026 09:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0),
        ("Mon, 02 Mar 2027 08:00:00 GMT", 3600),
        ("-7", None),
        ("soon", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_at_most_an_hour_in_either_form(value, seconds):
    assert answers.retry_after(answer(retry_after=value), at=AT) == seconds


@pytest.mark.parametrize(("date", "expected"), [("Mon, 02 Mar 2026 09:00:00 GMT", AT), ("now", None), ("", None)])
def test_the_clock_of_who_answered(date, expected):
    assert answers.clock(answer(date=date)) == expected


def test_a_badge_is_read_with_all_that_it_says():
    row = {
        "id": 7,
        "state": "accepted",
        "badge_template": {"id": "t"},
        "recipient_email": " sam@x.test ",
        "user": {"email": "other@x.test"},
        "issuer_earner_id": "e",
        "badge_url": "https://x.test/b",
        "accept_badge_url": "https://x.test/a",
        "expires_at": "2026-03-02",
        "state_updated_at": "2026-03-02T10:00:00+01:00",
        "created_at": "nonsense",
        "revocation_reason": "Why\x00not",
    }

    found = answers.remote_badge(row)

    assert found is not None
    assert vars(found) == {
        "external_id": "7",
        "state": RemoteState.ACCEPTED,
        "template_ref": "t",
        "recipient_email": "sam@x.test",
        "earner_ref": "e",
        "public_url": "https://x.test/b",
        "accept_url": "https://x.test/a",
        "expires_at": dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
        "changed_at": AT,
        "created_at": None,
        "revocation_reason": "Why not",
    }
    assert answers.made_at(found) < dt.datetime(1900, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("url", "state"), [("https://x.test/b", "accepted"), ("", "pending"), ("javascript:x", "pending")]
)
def test_a_state_that_nobody_documented_is_told_by_the_link(url, state):
    found = answers.remote_badge({"id": "1", "state": "famous", "badge_url": url})

    assert found is not None
    assert (found.state, found.template_ref) == (state, "")


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": True}, {"id": []}, {"id": "x" * 256}])
def test_what_has_no_id_is_nothing(row):
    assert (answers.remote_badge(row), answers.remote_template(row), answers.remote_event(row)) == (None, None, None)


@pytest.mark.parametrize(
    ("row", "name", "state", "allows"),
    [
        ({"name": "Welding", "state": "draft", "allow_duplicate_badges": True}, "Welding", "draft", True),
        ({"state": "famous", "allow_duplicate_badges": "true"}, "t", "active", False),
        ({"name": " ", "state": "archived"}, "t", "archived", False),
    ],
)
def test_a_template_has_a_name_and_a_state(row, name, state, allows):
    found = answers.remote_template({"id": "t"} | row)

    assert found is not None
    assert (found.name, found.state, found.allows_duplicates) == (name, state, allows)


def test_a_description_keeps_its_lines_and_an_image_its_address():
    found = answers.remote_template({"id": "t", "description": "a\nb\x07", "image_url": "https://x.test/i"})

    assert found is not None
    assert (found.description, found.image_url) == ("a\nb", "https://x.test/i")


def test_of_a_deleted_badge_nobody_holds_one():
    row = {
        "id": str(ID),
        "event_type": "badge.deleted",
        "occurred_at": "2026-03-02T09:00:00Z",
        "badge": {"id": "1", "state": "accepted"},
        "badge_template": {"id": "t"},
    }

    found = answers.remote_event(row)
    kept = answers.remote_event(row | {"event_type": "badge.accepted"})

    assert found is not None
    assert found.badge is not None
    assert (found.event_id, found.badge.state, found.badge.changed_at) == (ID, "revoked", AT)
    assert found.badge.revocation_reason == "Deleted at the provider."
    assert found.template is not None
    assert kept is not None
    assert kept.badge is not None
    assert kept.badge.state == "accepted"


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ({"id": str(ID), "organization_id": "o", "event_type": "x"}, Hint(ID, "x", "o")),
        ({"id": str(ID), "organization_id": 7}, Hint(ID, "", "7")),
        ({"id": str(ID)}, None),
        ({"id": "7", "organization_id": "o"}, None),
        ([], None),
    ],
)
def test_a_webhook_claims_an_event_of_an_organization_or_nothing(claimed, expected):
    assert answers.hint(json.dumps(claimed).encode()) == expected


@pytest.mark.parametrize(("tokens", "row"), [([], {}), ([{"a": 1}], {"a": 1}), ([{"a": 1}, {"b": 2}], {})])
def test_which_token_is_ours_is_known_only_of_one(tokens, row):
    assert answers.token_row(tokens) == row


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, ""),
        (None, ""),
        (" a\nb ", "a b"),
        ("a\u202eb", "a b"),
        ("a\ud800b", "a b"),
        ("a\u200db", "a\u200db"),
        ("abcdef", "abcde"),
    ],
)
def test_a_text_is_one_that_a_page_can_take(value, expected):
    assert answers.text(value, 5) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://x.test/?a=1&b", "https://x.test/?a=1&b"),
        ("http://x.test", "http://x.test"),
        ("javascript:alert(1)", ""),
        ("https://x.test/ y", ""),
        ('https://x.test/"', ""),
        ("https://" + "x" * 493, ""),
        ("https://" + "x" * 492, "https://" + "x" * 492),
    ],
)
def test_only_a_web_address_is_a_link(value, expected):
    assert answers.link(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-02T09:00:00", AT),
        ("2026-03-02T10:00:00+01:00", AT),
        ("yesterday", None),
        (7, None),
    ],
)
def test_a_moment_is_utc_where_it_does_not_say(value, expected):
    assert answers.moment(value) == expected


@pytest.mark.parametrize(("hours", "days"), [(-5, 0), (0, 0), (23, 0), (24, 1), (47, 1)])
def test_days_are_whole_and_never_less_than_none(hours, days):
    assert answers.days_left(AT + dt.timedelta(hours=hours), at=AT) == days


def test_an_unknown_organization_is_named_in_short():
    assert answers.no_such_organization("x" * 200) == (
        f"Credly does not know the organization {'x' * 100}, or the API URL is wrong."
    )
