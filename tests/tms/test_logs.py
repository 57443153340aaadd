import logging
import sys

import pytest

from tms.logs import Discreet, Unexpected, hide

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
