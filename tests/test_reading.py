"""Who only looks changes nothing: no address answers GET or HEAD by writing a row, or by asking for a task."""

import pytest
from django.test import Client
from django.urls import get_resolver

from badges.models import Credential, IssuerKey, StatusList
from badges.public.consent import decide
from organizations.models import User
from tests.addresses import address_of, url_names
from tests.factories import UserFactory
from tests.standing import stand
from tests.tenants import Tree, plant
from tests.test_tenancy import admin_addresses
from tests.writing import changed_by, listening

pytestmark = pytest.mark.long


@pytest.fixture
def tree(db) -> Tree:
    return stand(plant, "Quokkaland", "Numbatson")


def addresses(tree: Tree) -> dict[str, str]:
    """Those of the product, and those of the administration: of a row of everything."""
    names = sorted(set(url_names(get_resolver())))
    return {name: address_of(name, tree.ids) for name in names} | dict(admin_addresses(tree))


def changed_by_looking(client: Client, address: str) -> list[str]:
    """The tables, and the tasks, that GET and HEAD set going."""
    with listening() as changed:
        client.get(address)
        client.head(address)
    return changed


# Whoever belongs to a customer looks at more, and in every way, in tests/test_tenancy.py.
@pytest.mark.parametrize("visitor", ["superuser", "somebody signed out"])
def test_who_looks_changes_nothing(tree, signed_in, client, visitor):
    superuser = UserFactory.create(is_superuser=True, is_staff=True)
    visiting = signed_in(superuser) if visitor == "superuser" else client

    changes = {name: changed_by_looking(visiting, address) for name, address in addresses(tree).items()}

    assert {name: changed for name, changed in changes.items() if changed} == {}


def test_who_looks_at_what_nobody_has_signed_yet_changes_nothing(tree, client):
    """Keys, lists and credentials are made by whoever issues: not by whoever happens to ask."""
    Credential.objects.all().delete()
    StatusList.objects.all().delete()
    IssuerKey.objects.all().delete()

    changes = {name: changed_by_looking(client, address) for name, address in addresses(tree).items()}

    assert {name: changed for name, changed in changes.items() if changed} == {}


def test_only_a_credential_that_names_its_holder_otherwise_is_signed_again_by_who_asks(tree, client):
    """It says what is so already, and asked for again it changes nothing."""
    decide(tree.rows[Credential].issued_badge, is_name_public=True, is_listed=False)
    User.objects.filter(pk=tree.student.pk).update(last_name="Bilby")

    first, second = (
        {name: changed_by_looking(client, address) for name, address in addresses(tree).items()} for _time in range(2)
    )

    assert {name: changed for name, changed in first.items() if changed} == {"badges:baked_png": ["badges_credential"]}
    assert {name: changed for name, changed in second.items() if changed} == {}


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ('INSERT INTO "organizations_user" ("id") VALUES (1)', ["organizations_user"]),
        ("WITH gone AS (DELETE FROM organizations_user RETURNING id) SELECT * FROM gone", ["organizations_user"]),
        ("INSERT INTO a (x) VALUES (1) ON CONFLICT (x) DO UPDATE SET x = 2", ["a"]),
        ('UPDATE "organizations_user" SET x = 1', ["organizations_user"]),
        ('SELECT 1 FROM "organizations_user" FOR NO KEY UPDATE OF "organizations_user"', []),
    ],
)
def test_what_a_statement_changes_is_heard(statement, tables):
    assert changed_by(statement) == tables
