"""Two clients of Credly that others have published work with the stand-in: it speaks as they have learnt to listen.

Where both look for an error's text is wrong (Credly has it below `data`), and they lose it here as they do there.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import credly as credly_python_api  # type: ignore[import-untyped]
import pytest
from credly.exceptions import (  # type: ignore[import-untyped]
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    ValidationError,
)

from tests.credly.speaking import order


def load_acclaim_client() -> ModuleType:
    """Their module by its file: its package would want XBlock, which we do not install."""
    package = importlib.util.find_spec("acclaimbadge")
    assert package is not None
    assert package.submodule_search_locations is not None
    file = Path(package.submodule_search_locations[0]) / "acclaim_client.py"
    spec = importlib.util.spec_from_file_location("acclaim_client", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def client(credly):
    """credly-python-api's."""
    client = credly_python_api.Client(credly.token, base_url=credly.site)
    with client.http.session:
        yield client


@pytest.fixture
def acclaim(credly):
    """acclaimbadge-xblock's."""
    module = load_acclaim_client()
    client = module.AcclaimClient(credly.organization, credly.token, credly.url)
    client.Error = module.AcclaimClientError
    return client


# --- credly-python-api


def test_credly_python_api_reads_the_account(credly, client, template):
    assert [found.id for found in client.organizations.list()] == [credly.organization]
    assert client.organizations.get(credly.organization).name == "Laurel Test Academy"
    assert [found.name for found in client.badge_templates.list(credly.organization)] == ["Networking Basics"]
    assert client.badge_templates.get(credly.organization, template).state == "active"
    [token] = client.authorization_tokens.list(credly.organization)
    assert token.write_enabled is True


def test_credly_python_api_issues_lists_and_revokes(credly, client, template):
    issued = client.badges.issue(credly.organization, **order(template))
    [listed] = client.badges.list(credly.organization)
    revoked = client.badges.revoke(credly.organization, issued.id, reason="Issued by mistake")

    assert (issued.state, listed.id) == ("pending", issued.id)
    assert (revoked.state, revoked.revocation_reason) == ("revoked", "Issued by mistake")


def test_credly_python_api_walks_through_every_page(credly, client, template):
    for number in range(52):
        client.badges.issue(credly.organization, **order(template, f"{number}@x.test"))

    addresses = [badge.recipient_email for badge in client.badges.list(credly.organization)]

    assert sorted(addresses) == sorted(f"{number}@x.test" for number in range(52))


def test_credly_python_api_replaces_and_deletes(credly, client, template):
    old = client.badges.issue(credly.organization, **order(template))
    new = client.badges.replace(
        credly.organization, old.id, badge_template_id=template, issued_at="2015-04-01T00:00:00Z"
    )

    gone = client.badges.delete(credly.organization, new.id)

    assert new.replaces_badge_id == old.id
    assert gone.to_dict() == {}


def test_credly_python_api_tells_refusals_apart_but_loses_their_words(credly, client, template):
    client.badges.issue(credly.organization, **order(template))

    with pytest.raises(ValidationError) as refused:
        client.badges.issue(credly.organization, **order(template))

    assert refused.value.message == "Validation Error"
    assert refused.value.response["data"]["message"].endswith("Recipient email already has this badge")


def test_credly_python_api_knows_a_token_that_is_dead_or_may_not_write(credly, client, template):
    credly.change_token(can_write=False)
    with pytest.raises(ForbiddenError):
        client.badges.issue(credly.organization, **order(template))

    credly.expire_token()
    with pytest.raises(UnauthorizedError):
        client.organizations.get(credly.organization)


def test_credly_python_api_invents_a_search(credly, client):
    with pytest.raises(NotFoundError):
        client.badges.bulk_search(credly.organization, state="accepted")


# --- acclaimbadge-xblock


def test_acclaimbadge_xblock_reads_templates(credly, acclaim, template):
    for number in range(50):
        credly.template(f"Badge {number:02}")

    every = acclaim.get_badge_templates(all=True)

    assert [found["name"] for found in every] == [f"Badge {n:02}" for n in range(50)] + ["Networking Basics"]
    assert acclaim.get_badge_template(template)["id"] == template


def test_acclaimbadge_xblock_issues_and_looks_up(credly, acclaim, template):
    before = acclaim.has_badge("sam+badges@example.test", template)
    issued = acclaim.issue_badge(order(template, "sam+badges@example.test"))
    held = acclaim.has_badge("sam+badges@example.test", template)
    credly.set_state(issued["id"], "revoked")

    assert (before, held) == (False, True)
    assert acclaim.has_badge("sam+badges@example.test", template) is False


def test_acclaimbadge_xblock_sees_a_refusal_without_its_words(acclaim, template):
    acclaim.issue_badge(order(template))

    with pytest.raises(acclaim.Error) as refused:
        acclaim.issue_badge(order(template))

    assert (refused.value.status_code, str(refused.value)) == (422, "None")
