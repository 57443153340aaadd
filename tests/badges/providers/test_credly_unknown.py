"""Two answers of Credly's that may mean more than one thing.

404: what was asked for is not there, or the whole account is another one's, or the address is wrong. 403: the token is
good for nothing, or may only not do this.
"""

import uuid

import pytest

from badges.providers.base import Missing, Refused, Scope, Unauthorized, Uncertain, Verified
from badges.providers.credly import Credly
from tests.badges.providers.conftest import SAM, a_request, nobody_waits

CALLS = {
    "revoke": lambda opened: opened.revoke("b", "Issued by mistake"),
    "find_issued": lambda opened: opened.find_issued("t", SAM),
    "changed": lambda opened: opened.changed(1),
    "list_templates": lambda opened: opened.list_templates(1),
    "get_template": lambda opened: opened.get_template("t"),
    "get_event": lambda opened: opened.get_event(uuid.uuid4()),
    "issue": lambda opened: opened.issue(a_request("t")),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("organization", "path"), [("none", ""), (None, "/v2")], ids=["another organization", "another address"]
)
def test_while_the_account_is_unknown_nothing_counts_as_missing(db, credly, call, organization, path):
    provider = credly.provider(api_url=f"{credly.url}{path}")
    provider.provider_organization_id = organization or provider.provider_organization_id
    client = Credly(provider, before_request=nobody_waits)

    found = CALLS[call](client)

    client.close()
    assert found == Unauthorized(
        f"Credly does not know the organization {provider.provider_organization_id}, or the API URL is wrong."
    )


@pytest.mark.parametrize("call", ["revoke", "get_template", "get_event"])
def test_what_a_known_account_does_not_know_is_missing(opened, call):
    assert isinstance(CALLS[call](opened), Missing)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("call", ["find_issued", "changed"])
def test_a_list_that_a_known_account_does_not_have_is_refused(opened, credly, call, status):
    credly.fault("refusal", call="list", status=status, message="Nothing here")

    assert CALLS[call](opened) == Refused("Nothing here")


@pytest.mark.parametrize("call", ["revoke", "get_template", "get_event"])
def test_nothing_is_missing_while_the_account_does_not_answer(opened, credly, call):
    credly.fault("server_error", call="organization")

    assert CALLS[call](opened) == Uncertain("Credly's answer (500) could not be read.")


@pytest.mark.parametrize(
    ("call", "route", "words", "scope"),
    [
        ("list_templates", "templates", "read badge templates", Scope.TEMPLATES),
        ("get_template", "template", "read badge templates", Scope.TEMPLATES),
        ("get_event", "event", "read events", Scope.EVENTS),
        ("find_issued", "list", "look up issued badges", Scope.ISSUED_BADGES),
        ("changed", "list", "look up issued badges", Scope.ISSUED_BADGES),
    ],
)
def test_a_token_that_may_not_read_something_is_not_dead(opened, credly, call, route, words, scope):
    credly.fault("refusal", call=route, status=403)

    assert CALLS[call](opened) == Refused(f"Credly does not let this token {words}.", lacks=scope)


@pytest.mark.parametrize("call", ["issue", "revoke"])
def test_a_token_that_may_not_issue_or_revoke_is_no_good(opened, credly, call):
    credly.fault("refusal", call=call, status=403)

    assert CALLS[call](opened) == Unauthorized("Credly does not let this token do that.")


def test_a_token_that_may_not_see_its_organization_is_no_good(opened, credly):
    credly.fault("refusal", call="organization", status=403)

    assert opened.verify() == Unauthorized("Credly does not let this token do that.")


@pytest.mark.parametrize("call", CALLS)
def test_a_dead_token_may_do_nothing(opened, credly, call):
    credly.expire_token()

    assert CALLS[call](opened) == Unauthorized("Credly does not accept the token: it is wrong, or it has ended.")


def test_a_token_that_may_not_see_its_own_terms_is_good(opened, credly):
    credly.fault("refusal", call="tokens", status=403)

    assert opened.verify() == Verified("Laurel Test Academy")
