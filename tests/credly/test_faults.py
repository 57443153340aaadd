"""What the stand-in does wrong on demand, as a client meets it, and whether the badge exists afterwards."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.achievements.processes import wait_until
from tests.credly.speaking import Speaker, message, order


def holders(credly):
    return [badge["recipient_email"] for badge in credly.badges()]


@pytest.mark.parametrize(("kind", "held"), [("close_before", []), ("close_after", ["sam@example.test"])])
def test_a_connection_closed_without_an_answer(credly, speaker, template, kind, held):
    credly.fault(kind)

    with pytest.raises(requests.ConnectionError, match="RemoteDisconnected"):
        speaker.issue(order(template))

    assert holders(credly) == held
    assert [(request.status, request.fault) for request in credly.requests("issue")] == [(0, kind)]


def test_what_is_stuck_is_answered_when_it_is_let_go(credly, speaker, template):
    credly.fault("stuck")
    with pytest.raises(requests.ReadTimeout):
        speaker.issue(order(template), timeout=0.2)
    held_before = holders(credly)

    credly.let_go()

    wait_until(lambda: holders(credly) == ["sam@example.test"])
    assert held_before == []


@pytest.mark.parametrize(("kind", "held"), [("delay_before", []), ("delay_after", ["sam@example.test"])])
def test_an_answer_that_does_not_come_in_time(credly, speaker, template, kind, held):
    credly.fault(kind, seconds=60)

    with pytest.raises(requests.ReadTimeout):
        speaker.issue(order(template), timeout=0.2)

    wait_until(lambda: credly.requests("issue"))
    wait_until(lambda: holders(credly) == held)


@pytest.mark.parametrize(
    ("kind", "status", "held"),
    [
        ("server_error", 500, []),
        ("server_error_after", 500, ["sam@example.test"]),
        ("bad_gateway", 502, []),
        ("bad_gateway_after", 502, ["sam@example.test"]),
    ],
)
def test_an_error_of_the_server(credly, speaker, template, kind, status, held):
    credly.fault(kind)

    assert speaker.issue(order(template)).status_code == status
    assert holders(credly) == held


def test_a_gateway_answers_in_html(credly, speaker, template):
    credly.fault("bad_gateway")

    answer = speaker.issue(order(template))

    assert answer.headers["Content-Type"] == "text/html"
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(("retry_after", "told"), [(None, None), (7, "7"), ("Wed, 01 Jan 2031 00:00:00 GMT",) * 2])
def test_a_call_too_many(credly, speaker, template, retry_after, told):
    credly.fault("rate_limited", retry_after=retry_after)

    answer = speaker.issue(order(template))

    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, told)
    assert holders(credly) == []


def test_a_refusal_in_words_of_its_own(credly, speaker, template):
    credly.fault("refusal", message="Validation failed: The moon is full", status=422)

    assert message(speaker.issue(order(template))) == (422, "Validation failed: The moon is full")


def test_a_redirect_to_the_same_address_with_a_slash(credly, speaker, template):
    credly.fault("redirect")

    answer = speaker.issue(order(template))

    assert answer.status_code == 301
    assert answer.headers["Location"].endswith(f"/organizations/{credly.organization}/badges/")
    assert holders(credly) == []


def test_an_answer_cut_in_the_middle(credly, speaker, template):
    credly.fault("truncated")

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        speaker.issue(order(template))

    assert holders(credly) == ["sam@example.test"]


def test_an_answer_that_is_no_json(credly, speaker, template):
    credly.fault("malformed")

    answer = speaker.issue(order(template))

    assert answer.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert holders(credly) == ["sam@example.test"]


def test_an_answer_that_never_ends(credly, speaker, template):
    credly.fault("drip", seconds=0.05)

    with speaker.issue(order(template), stream=True, timeout=60) as answer:
        drops = [answer.raw.read(1) for _ in range(5)]

    assert answer.status_code == 201
    assert drops == [b" "] * 5


def test_an_answer_of_many_megabytes(credly, speaker, template):
    credly.fault("huge", megabytes=3)

    answer = speaker.issue(order(template))

    assert 2_900_000 < len(answer.content) < 3_100_000
    assert answer.json()["data"]["state"] == "pending"


def test_a_badge_that_is_not_listed_at_once(credly, speaker, template):
    credly.fault("list_lag", seconds=600)
    speaker.issue(order(template))

    early = speaker.get("/badges").json()["data"]
    credly.list_everything()
    late = speaker.get("/badges").json()["data"]

    assert (len(early), len(late)) == (0, 1)
    assert speaker.issue(order(template)).status_code == 422


# --- which calls have it


def statuses(speaker, template, count):
    return [speaker.issue(order(template, f"{number}@x.test")).status_code for number in range(count)]


def test_a_fault_is_for_the_next_issue_call_alone(credly, speaker, template):
    credly.fault("server_error")

    assert speaker.get("/badges").status_code == 200
    assert statuses(speaker, template, 3) == [500, 201, 201]


def test_faults_take_their_turns(credly, speaker, template):
    credly.fault("server_error", times=2)
    credly.fault("bad_gateway")

    assert statuses(speaker, template, 4) == [500, 500, 502, 201]


def test_every_third_call(credly, speaker, template):
    credly.fault("server_error", every=3)

    assert statuses(speaker, template, 7) == [201, 201, 500, 201, 201, 500, 201]


def test_each_recipients_first_call(credly, speaker, template):
    credly.fault("server_error", once_each=True, template=template)
    other = credly.template("Routing")

    found = [
        speaker.issue(order(of, to)).status_code
        for of in (other, template, template)
        for to in ("a@x.test", "b@x.test")
    ]

    assert found == [201, 201, 500, 500, 201, 201]


def test_one_recipient(credly, speaker, template):
    credly.fault("server_error", recipient="1@X", times=9)

    assert statuses(speaker, template, 3) == [201, 500, 201]


@pytest.mark.parametrize(
    ("call", "method", "path"),
    [
        ("list", "GET", "/badges"),
        ("organization", "GET", ""),
        ("templates", "GET", "/badge_templates"),
        ("template", "GET", "/badge_templates/nothing"),
        ("revoke", "PUT", "/badges/nothing/revoke"),
        ("replace", "POST", "/badges/nothing/replace"),
        ("batch", "POST", "/badges/batch"),
        ("events,event", "GET", "/events/nothing"),
        ("tokens", "GET", "/authorization_tokens"),
        ("", "GET", "/issuers"),
    ],
)
def test_a_kind_of_path(credly, speaker, template, call, method, path):
    credly.fault("bad_gateway", call=call)

    body: object = {} if method != "GET" else None
    assert speaker.send(method, path, body).status_code == 502
    assert speaker.send(method, path, body).status_code != 502


def test_a_fault_that_there_is_none_of_is_refused(credly):
    with pytest.raises(AssertionError, match="There is no fault 'flood'"):
        credly.fault("flood")


def test_a_reset_forgets_everything(credly, speaker, template):
    credly.fault("server_error", times=5)
    speaker.issue(order(template))
    credly.expire_token()

    credly.reset()

    assert (credly.badges(), credly.requests(), credly.events()) == ([], [], [])
    assert speaker.issue(order(credly.template())).status_code == 201


def test_what_a_request_under_way_stores_after_a_reset_is_nobodys(credly, template):
    credly.fault("stuck")
    with Speaker(credly) as speaker, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(speaker.issue, order(template))
        wait_until(credly.requests)

        credly.reset()

        assert answer.result().status_code == 201
    assert credly.badges() == []


# --- its pace


def test_calls_beyond_the_rate_are_refused_and_counted(credly, speaker, template):
    credly.limit(1, burst=3)

    assert statuses(speaker, template, 5) == [201, 201, 201, 429, 429]
    assert credly.refused_by_rate() == 2


def test_sixteen_connections_are_served_at_once(credly, template):
    credly.fault("stuck", times=16)
    speakers = [Speaker(credly) for _ in range(16)]

    def issue(number: int) -> int:
        return speakers[number % 16].issue(order(template, f"{number}@x.test")).status_code

    with ThreadPoolExecutor(16) as pool:
        found = pool.map(issue, range(160))
        try:
            wait_until(lambda: len(credly.requests("issue")) == 16)
        finally:
            credly.let_go()
    for speaker in speakers:
        speaker.session.close()

    assert list(found) == [201] * 160
