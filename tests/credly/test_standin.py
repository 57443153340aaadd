"""The stand-in for Credly does what Credly is known to do."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.credly.speaking import Speaker, message, order

TWICE = "Validation failed: Issuer earner already has this badge, Recipient email already has this badge"


# --- who may ask


@pytest.mark.parametrize("plain", ["{token}", "{token}|", ":{token}", "{token}:password", "other:"])
def test_only_the_token_as_user_name_with_an_empty_password_is_let_in(credly, plain):
    encoded = base64.b64encode(plain.format(token=credly.token).encode()).decode()

    answer = requests.get(f"{credly.url}/organizations", headers={"Authorization": f"Basic {encoded}"}, timeout=60)

    assert message(answer) == (401, "Unauthorized")


def test_an_expired_token_is_refused(credly, speaker):
    credly.expire_token()

    assert message(speaker.get("")) == (401, "Unauthorized")


def test_a_token_for_reading_may_not_write(credly, speaker, template):
    credly.change_token(can_write=False)

    assert message(speaker.issue(order(template))) == (403, "Your authorization token does not allow writing.")
    assert speaker.get("/badges").status_code == 200


def test_the_tokens_tell_when_they_end(credly, speaker):
    credly.change_token(seconds=3600, can_delete=False)

    [shown] = speaker.get("/authorization_tokens").json()["data"]

    assert sorted(shown) == ["delete_enabled", "description", "expires_at", "id", "read_enabled", "write_enabled"]
    assert (shown["delete_enabled"], shown["write_enabled"]) == (False, True)


def test_another_organization_is_not_found(credly, speaker):
    speaker.account = f"{credly.url}/organizations/0b7e7a3e-0000-4000-8000-000000000000"

    assert message(speaker.get("/badges")) == (404, "Organization not found.")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/credential_batches"), ("POST", "/badges/bulk_search"), ("GET", "/nothing"), ("PATCH", "/badges")],
)
def test_invented_paths_are_not_found(speaker, method, path):
    assert message(speaker.send(method, path, {})) == (404, "Not found.")


# --- issuing


def test_an_issued_badge_is_created_pending_with_its_times_in_utc(credly, speaker, template):
    answer = speaker.issue(order(template))

    badge = answer.json()["data"]
    assert answer.status_code == 201
    assert answer.json()["metadata"] == {}
    assert badge["state"] == "pending"
    assert badge["issued_at"] == "2014-04-01T14:41:00.000Z"
    assert badge["accept_badge_url"] == f"{credly.site}/badges/{badge['id']}/accept"
    assert "badge_url" not in badge
    assert badge["evidence"] == []
    assert badge["user"]["email"] != "sam@example.test"
    assert [held["id"] for held in credly.badges()] == [badge["id"]]


def test_a_trailing_slash_is_tolerated(speaker, template):
    assert speaker.send("POST", "/badges/", order(template)).status_code == 201


def test_only_json_is_taken(credly, speaker, template):
    answer = speaker.session.post(f"{speaker.account}/badges", data=order(template), timeout=60)

    assert message(answer) == (415, "The content type must be application/json.")
    assert credly.badges() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recipient_email": ...}, "Recipient email can't be blank"),
        ({"recipient_email": "sam"}, "Recipient email is invalid"),
        ({"issued_to_first_name": " "}, "Issued to first name can't be blank"),
        ({"issued_to_last_name": ...}, "Issued to last name can't be blank"),
        ({"badge_template_id": ...}, "Badge template can't be blank"),
        ({"badge_template_id": "nothing"}, "Badge template must exist"),
        ({"issued_at": ...}, "Issued at can't be blank"),
        ({"issued_at": "yesterday"}, "Issued at is invalid"),
        ({"issued_at": "2014-04-01T09:41:00"}, "Issued at must include a UTC offset"),
        ({"expires_at": "2014-04-01"}, "Expires at is invalid"),
        ({"expires_at": "2013-04-01T00:00:00Z"}, "Expires at must be after issued at"),
        ({"locale": "tlh"}, "Locale is not included in the list"),
        ({"evidence": [{"type": "Rumour"}]}, "Evidence is invalid"),
        ({"evidence": [{"type": "IdEvidence", "title": " "}]}, "Evidence is invalid"),
        ({"evidence": [{"type": "IdEvidence", "title": "Class", "description": 7}]}, "Evidence is invalid"),
        ({"evidence": [{"type": "UrlEvidence", "value": "/classes/7/"}]}, "Evidence is invalid"),
        (
            {"recipient_email": "", "issued_to_last_name": ""},
            "Recipient email can't be blank, Issued to last name can't be blank",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said(credly, speaker, template, changes, words):
    assert message(speaker.issue(order(template, **changes))) == (422, f"Validation failed: {words}")
    assert credly.badges() == []


def test_an_archived_template_and_one_of_others_cannot_be_used(credly, speaker, template):
    credly.archive(template)
    foreign = credly.template(organization_id="0b7e7a3e-0000-4000-8000-000000000000")

    assert message(speaker.issue(order(template))) == (
        422,
        "Validation failed: Badge template is archived and cannot be used to issue badges",
    )
    assert message(speaker.issue(order(foreign))) == (422, "Validation failed: Badge template must exist")


@pytest.mark.parametrize(
    ("wanted", "expires_at"),
    [(None, "2014-04-11T14:41:00.000Z"), (False, None), ("2020-01-01T00:00:00+01:00", "2019-12-31T23:00:00.000Z")],
)
def test_a_badge_lasts_as_its_template_says_unless_told_otherwise(credly, speaker, wanted, expires_at):
    template = credly.template(expires_in_days=10)

    badge = speaker.issue(order(template, expires_at=wanted)).json()["data"]

    assert badge["expires_at"] == expires_at


# --- once only


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({}, TWICE),
        ({"issuer_earner_id": ...}, "Validation failed: Recipient email already has this badge"),
        (
            {"recipient_email": "SAM@example.test", "issuer_earner_id": "new"},
            TWICE.replace("Issuer earner already has this badge, ", ""),
        ),
        ({"recipient_email": "other@example.test"}, "Validation failed: Issuer earner already has this badge"),
        (
            {"recipient_email": "home@example.test", "issuer_earner_id": "new"},
            "Validation failed: User already has this badge",
        ),
    ],
)
def test_nobody_gets_a_badge_twice(credly, speaker, template, second, words):
    credly.join_addresses("sam@example.test", "home@example.test")
    speaker.issue(order(template))

    assert message(speaker.issue(order(template, **second))) == (422, words)
    assert len(credly.badges()) == 1


def test_a_template_that_allows_duplicates_gives_a_second_one(credly, speaker, template):
    credly.change_template(template, allow_duplicate_badges=True)

    statuses = [speaker.issue(order(template)).status_code for _ in range(2)]

    assert statuses == [201, 201]
    assert len(credly.badges()) == 2


@pytest.mark.parametrize(("state", "status"), [("accepted", 422), ("rejected", 422), ("revoked", 201)])
def test_which_states_stand_in_the_way_of_a_second_one(credly, speaker, template, state, status):
    badge = speaker.issue(order(template)).json()["data"]
    credly.set_state(badge["id"], state)

    assert speaker.issue(order(template)).status_code == status


def test_of_sixteen_at_the_same_time_one_is_issued(credly, template):
    def issue(_: int) -> int:
        with Speaker(credly) as speaker:
            return speaker.issue(order(template)).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(issue, range(16)))

    assert sorted(statuses) == [201] + [422] * 15
    assert len(credly.badges()) == 1


# --- batches


def test_a_batch_is_issued_in_its_order(speaker, template):
    answer = speaker.send("POST", "/badges/batch", {"badges": [order(template, f"{n}@x.test") for n in range(3)]})

    assert answer.status_code == 201
    assert [badge["recipient_email"] for badge in answer.json()["data"]] == ["0@x.test", "1@x.test", "2@x.test"]


@pytest.mark.parametrize(
    ("bad", "words"),
    [({"issued_at": ...}, "Validation failed: Issued at can't be blank"), ({"recipient_email": "0@x.test"}, None)],
)
def test_one_bad_item_spoils_the_batch_and_is_named(credly, speaker, template, bad, words):
    items = [order(template, "0@x.test"), order(template, "1@x.test") | bad, order(template, "2@x.test")]
    items = [{name: value for name, value in item.items() if value is not ...} for item in items]

    answer = speaker.send("POST", "/badges/batch", {"badges": items})

    assert (answer.status_code, answer.json()["data"]["error_index"]) == (422, 1)
    assert words in (None, answer.json()["data"]["message"])
    assert credly.badges() == []


# --- lists


def test_a_list_has_fifty_rows_a_page_and_says_where_it_is(credly, speaker, template):
    speaker.send("POST", "/badges/batch", {"badges": [order(template, f"{n}@x.test") for n in range(50)]})
    last = speaker.issue(order(template)).json()["data"]

    first, second = (speaker.get("/badges", page=page).json() for page in (1, 2))

    assert first["data"][0]["id"] == last["id"]
    assert [len(page["data"]) for page in (first, second)] == [50, 1]
    metadata = second["metadata"]
    assert metadata.pop("previous_page_url").startswith(f"{credly.site}/api/v1/organizations/")
    assert metadata == {
        "count": 1,
        "current_page": 2,
        "total_count": 51,
        "total_pages": 2,
        "per": 50,
        "next_page_url": None,
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("recipient_email::ANN@x.test", ["ann@x.test"]),
        ("issuer_earner_id::earner of bob@x.test|state::pending,accepted", ["bob@x.test"]),
        ("issuer_earner_id::earner of bob@x.test|state::accepted", []),
        ("state::revoked", ["ann@x.test"]),
        ("recipient_email_all::home@x.test", ["bob@x.test"]),
        ("unheard_of::1", ["bob@x.test", "ann@x.test"]),
        ("without colons", ["bob@x.test", "ann@x.test"]),
        ("badge_template_id::nothing", []),
    ],
)
def test_filters_are_understood_and_unknown_ones_ignored(credly, speaker, template, wanted, found):
    ann, _bob = (speaker.issue(order(template, email)).json()["data"] for email in ("ann@x.test", "bob@x.test"))
    credly.set_state(ann["id"], "revoked")
    credly.join_addresses("bob@x.test", "home@x.test")

    rows = speaker.get("/badges", filter=wanted).json()["data"]

    assert [row["recipient_email"] for row in rows] == found


def test_badges_are_listed_by_their_last_change(credly, speaker, template):
    ann, _bob = (speaker.issue(order(template, email)).json()["data"] for email in ("ann@x.test", "bob@x.test"))
    credly.set_state(ann["id"], "accepted")

    rows = speaker.get("/badges", sort="-state_updated_at").json()["data"]

    assert [row["recipient_email"] for row in rows] == ["ann@x.test", "bob@x.test"]


def test_the_bulk_list_has_minimal_rows(speaker, template):
    speaker.issue(order(template))

    answer = speaker.get("/high_volume_issued_badge_search", badge_format="minimal").json()

    assert answer["metadata"] == {"next_page_url": None}
    assert [sorted(row["badge_template"]) for row in answer["data"]] == [["id", "name"]]


def test_templates_are_listed_filtered_and_told_one_by_one(credly, speaker, template):
    credly.template("Routing", state="archived")

    active = speaker.get("/badge_templates", filter="state::active").json()["data"]
    one = speaker.get(f"/badge_templates/{template}").json()["data"]

    assert [row["name"] for row in active] == ["Networking Basics"]
    assert one == active[0]
    assert message(speaker.get("/badge_templates/nothing")) == (404, "Resource not found.")


# --- afterwards


def test_a_badge_is_revoked_once_and_for_a_reason(speaker, template):
    badge = speaker.issue(order(template)).json()["data"]
    path = f"/badges/{badge['id']}/revoke"

    silent = speaker.send("PUT", path, {})
    first = speaker.send("PUT", path, {"reason": "Issued by mistake"})
    second = speaker.send("PUT", path, {"reason": "Issued by mistake"})

    assert message(silent) == (422, "Validation failed: Revocation reason can't be blank")
    assert (first.status_code, first.json()["data"]["state"]) == (200, "revoked")
    assert first.json()["data"]["revocation_reason"] == "Issued by mistake"
    assert "accept_badge_url" not in first.json()["data"]
    assert second.status_code == 422


def test_a_replaced_badge_names_its_successor_and_cannot_be_revoked(speaker, template):
    badge = speaker.issue(order(template)).json()["data"]
    path = f"/badges/{badge['id']}"
    body = {"badge_template_id": template, "issued_at": "2015-04-01T00:00:00Z"}

    new = speaker.send("POST", f"{path}/replace", body)
    again = speaker.send("POST", f"{path}/replace", body)
    revoked = speaker.send("PUT", f"{path}/revoke", {"reason": "Wrong"})

    assert (new.status_code, new.json()["data"]["replaces_badge_id"]) == (201, badge["id"])
    assert again.json() == {
        "data": {"message": "Validation failed: This badge cannot be replaced because it has already been replaced."},
        "metadata": {"current_badge_id": new.json()["data"]["id"]},
    }
    assert revoked.status_code == 422


def test_a_deleted_badge_is_gone(credly, speaker, template):
    badge = speaker.issue(order(template)).json()["data"]

    answer = speaker.send("DELETE", f"/badges/{badge['id']}", None)

    assert (answer.status_code, answer.content) == (204, b"")
    assert credly.badges() == []


def test_an_event_shows_its_badge_as_it_was_then(credly, speaker, template):
    badge = speaker.issue(order(template)).json()["data"]
    credly.set_state(badge["id"], "accepted")

    rows = speaker.get("/events").json()["data"]
    oldest = speaker.get(f"/events/{rows[1]['id']}").json()["data"]

    assert [row["event_type"] for row in rows] == ["badge.state.changed", "badge.created", "badge_template.created"]
    assert [row["badge"]["state"] for row in rows[:2]] == ["accepted", "pending"]
    assert (oldest["event_type"], oldest["badge"]["state"]) == ("badge.created", "pending")


def test_a_person_accepts_the_badge_on_its_page(credly, speaker, template):
    badge = speaker.issue(order(template, issued_to_first_name="<Sam>")).json()["data"]

    shown = requests.get(badge["accept_badge_url"], timeout=60)
    done = requests.post(badge["accept_badge_url"], timeout=60)

    assert "&lt;Sam&gt;" in shown.text
    assert "You have accepted it." in done.text
    assert [(held["state"], held["badge_url"]) for held in credly.badges()] == [
        ("accepted", f"{credly.site}/badges/{badge['id']}")
    ]


def test_the_control_plane_wants_its_secret(credly):
    answer = requests.post(f"{credly.site}/__control/reset", json={}, timeout=60)

    assert answer.status_code == 403
