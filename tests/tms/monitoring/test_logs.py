import json
import logging
import sys
from typing import Any

import pytest
import structlog

from tms.monitoring.logs import Discreet, Unexpected, hide, json_formatter, network_of

ADDRESS = "/webhooks/6f1c1d3e-0000-4000-8000-000000000000/"


@pytest.mark.parametrize("end", ["canary", "canary/", "canary/more?x=1", "can%61ry"])
def test_the_secret_of_a_webhook_is_hidden_and_nothing_else(end):
    assert hide(f"Not Found: {ADDRESS}{end} (404)") == f"Not Found: {ADDRESS}... (404)"


@pytest.mark.parametrize("words", ["", "Not Found: /badges/7/edit/", "GET /webhooks/", "100 % of /webhooks/x/"])
def test_other_words_stay_as_they_are(words):
    assert hide(words) == words


def test_a_record_is_left_without_the_secret_in_its_words_arguments_and_traceback():
    address = f"{ADDRESS}canary"
    try:
        raise ValueError(address)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s: %s", ("Error", address), sys.exc_info())

    assert Discreet().filter(record)

    line = logging.Formatter().format(record)
    assert (line.startswith(f"Error: {ADDRESS}...\n"), "ValueError" in line) == (True, True)
    assert ("canary" in line, record.args) == (False, ())


@pytest.mark.parametrize(("status", "is_told"), [(503, False), (500, True), (None, True)])
def test_an_answer_of_503_is_meant_and_no_error(status, is_told):
    record = logging.LogRecord("django.request", logging.ERROR, "f", 1, "Service Unavailable: /health/", (), None)
    if status is not None:
        record.status_code = status

    assert Unexpected().filter(record) is is_told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("GET /users/?q=jane.doe@example.org&page=2 200", "GET /users/?... 200"),
        ("Error handling request /badges/issued/?q=J%C3%A9", "Error handling request /badges/issued/?..."),
        ("https://training.example.org/x?next=/y?z=1 and so on", "https://training.example.org/x?... and so on"),
        ("Key (email)=(jane.doe@example.org) already exists.", "Key (email)=(...@example.org) already exists."),
        ("/people/jane.doe%40example.org/", "/people/...%40example.org/"),
        ("Is it well? Yes.", "Is it well? Yes."),
        ("worker@a1b2c3 is ready", "worker@a1b2c3 is ready"),
    ],
)
def test_searches_and_people_are_hidden(words, told):
    assert hide(words) == told


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("", ""),
        ("jane", ""),
    ],
)
def test_of_a_computer_its_network_is_told(address, told):
    assert network_of(address) == told


def written(logger: str, words: str, *arguments: object, **options: Any) -> dict[str, Any]:
    """What a line of production says."""
    record = logging.getLogger(logger).makeRecord(
        logger, logging.WARNING, "f", 1, words, arguments, options.get("exc_info"), extra=options.get("extra")
    )
    line = json_formatter().format(record)
    assert "\n" not in line
    facts: dict[str, Any] = json.loads(line)
    assert facts.pop("timestamp").endswith("Z")
    return facts


def test_an_event_is_one_line_of_json_with_what_is_known():
    with structlog.contextvars.bound_contextvars(request_id="abc", user_id=7):
        facts = written("operation.wake", "%s was\nnot woken", "drain", extra={"facts": {"status": 200}})

    assert facts == {
        "event": "drain was\nnot woken",
        "level": "warning",
        "logger": "operation.wake",
        "request_id": "abc",
        "user_id": 7,
        "status": 200,
    }


def test_a_traceback_is_in_the_line_without_what_is_hidden():
    try:
        raise ValueError(f"{ADDRESS}canary of jane.doe@example.org")
    except ValueError:
        facts = written("x", "It failed", exc_info=sys.exc_info())

    assert facts["event"] == "It failed"
    assert facts["exception"].endswith(f"ValueError: {ADDRESS}... of ...@example.org")


def test_what_a_package_logs_through_structlog_is_a_line_like_others(caplog):
    with caplog.at_level(logging.WARNING):
        structlog.get_logger("a.package").warning("it went", who="jane.doe@example.org")

    [record] = caplog.records
    facts = json.loads(json_formatter().format(record))
    assert (facts["event"], facts["who"], facts["level"], facts["logger"]) == (
        "it went",
        "...@example.org",
        "warning",
        "a.package",
    )
