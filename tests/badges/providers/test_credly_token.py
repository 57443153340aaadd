"""The token goes out with each request, and nowhere else."""

import logging
import sys
from traceback import TracebackException
from typing import NoReturn

import pytest
from django.views.debug import ExceptionReporter

from badges.providers.credly import Credly
from badges.providers.http import Client
from badges.secrets import encrypt
from tests.badges.providers.conftest import SAM, a_request, answer, nobody_waits, replies
from tests.factories import BadgeProviderFactory

CANARY = "canary-5f1c9d2e"
ENCODED = "Y2FuYXJ5LTVmMWM5ZDJlOg=="


def test_the_token_is_the_name_of_the_user(db, serve):
    server = serve(replies(answer()))
    client = Credly(a_provider(server), before_request=nobody_waits)

    client.get_template("t")

    client.close()
    assert f"Authorization: Basic {ENCODED}".encode() in server.seen[0].splitlines()


def a_provider(server):
    return BadgeProviderFactory.create(
        kind="credly",
        provider_organization_id="org",
        api_url=f"http://{server.host}/v1",
        encrypted_token=encrypt(CANARY),
    )


def test_the_token_is_in_no_log_and_no_outcome(db, serve, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(
        replies(answer(status="401 Unauthorized")), replies(b"HTTP/1.1 201 Created\r\n\r\n{"), lambda _: None
    )
    client = Credly(a_provider(server), before_request=nobody_waits)

    outcomes = [
        client.issue(a_request("t")),
        client.issue(a_request("t")),
        client.verify(),
        client.find_issued("t", SAM),
    ]

    client.close()
    assert shows_the_token(f"{caplog.text} {outcomes} {client!r} {vars(client)}") == []


def test_the_token_is_in_no_report_of_a_defect_before_the_request(db, serve):
    client = Credly(a_provider(serve(replies(answer()))), before_request=breaks)

    page = report_of(lambda: client.issue(a_request("t")))

    assert shows_the_token(page) == []


def test_the_token_is_in_no_report_of_a_defect_while_it_goes_out(serve):
    """Deep in urllib3, whose frames hold the headers."""
    client = Client(before_request=nobody_waits, authorization=lambda: f"Basic {ENCODED}", resolve=breaks)
    server = serve(replies(answer()))

    page = report_of(lambda: client.ask("POST", server.url, body={}))

    assert "urlopen" in page
    assert shows_the_token(page) == []


def test_the_token_is_not_among_the_variables_that_other_reports_show(serve):
    client = Client(before_request=nobody_waits, authorization=lambda: f"Basic {ENCODED}", resolve=breaks)
    server = serve(replies(answer()))

    with pytest.raises(ZeroDivisionError) as raised:
        client.ask("POST", server.url, body={})

    report = "".join(TracebackException.from_exception(raised.value, capture_locals=True).format())
    assert "'Authorization': '********'" in report
    assert shows_the_token(report) == []


def breaks(*_: object) -> NoReturn:
    raise ZeroDivisionError


def report_of(act) -> str:
    try:
        act()
    except ZeroDivisionError:
        return ExceptionReporter(None, *sys.exc_info()).get_traceback_html()
    raise AssertionError


def shows_the_token(text: str) -> list[str]:
    return [form for form in (CANARY, ENCODED) if form in text]
