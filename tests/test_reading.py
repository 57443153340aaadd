"""Who only looks changes nothing: no address answers GET or HEAD by writing a row, or by asking for a task."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from badges.models import Credential, IssuerKey, StatusList
from badges.public.consent import decide
from organizations.models import User
from tests.addresses import address_of, url_names
from tests.factories import UserFactory
from tests.standing import stand
from tests.tenants import Tree, plant
from tests.test_tenancy import HTMX, admin_addresses

# What may be written all the same: none of it is anybody's, and pages show none of it.
BOOKKEEPING = {
    "operation_tally",  # what is counted for operators, whatever is asked for
    "operation_allowance",  # how often an address has asked in this minute
}
CHANGE = re.compile(
    r'\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|COPY)\s+"?([\w.]+)', re.IGNORECASE
)
# They change nothing by themselves: a lock, and what an INSERT does beside a row that is there.
NO_CHANGE = re.compile(r"\b(?:FOR\s+(?:NO\s+KEY\s+)?|DO\s+)UPDATE\b", re.IGNORECASE)


def changed_by(statement: str) -> list[str]:
    """The tables that an SQL statement writes to."""
    return [table.lower() for table in CHANGE.findall(NO_CHANGE.sub("", statement))]


@contextmanager
def listening() -> Iterator[list[str]]:
    """The tables that are written to meanwhile, but for BOOKKEEPING."""
    tables: list[str] = []

    def hear(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        tables.extend(table for table in changed_by(str(sql)) if table not in BOOKKEEPING)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hear):
        yield tables


@pytest.fixture
def tree(db) -> Tree:
    return stand(plant, "Quokkaland", "Numbatson")


def addresses(tree: Tree) -> dict[str, str]:
    """Those of the product, and those of the administration: of a row of everything."""
    names = sorted(set(url_names(get_resolver())))
    return {name: address_of(name, tree.ids) for name in names} | dict(admin_addresses(tree))


def changed_by_looking(client: Client, address: str, *, in_every_way: bool) -> list[str]:
    """The tables, and the tasks, that GET sets going; HEAD, the page's own script and a spreadsheet in every way."""
    with listening() as changed:
        response = client.get(address)
        if in_every_way:
            client.head(address)
        if in_every_way and response.status_code == 200:
            client.get(address, headers=HTMX)
        if in_every_way and (listing := (getattr(response, "context", None) or {}).get("listing")):
            list(client.get(address, {listing.own("export"): "csv"}))
    changed += [str(waiting[1]) for waiting in connection.run_on_commit]
    connection.run_on_commit.clear()
    return changed


@pytest.mark.parametrize("persona", ["administrator", "instructor", "student", "superuser", "somebody signed out"])
def test_who_looks_changes_nothing(tree, signed_in, client, persona):
    users = {**tree.personas, "superuser": UserFactory.create(is_superuser=True, is_staff=True)}
    visitor = signed_in(users[persona]) if persona in users else client
    changes = {}

    for name, address in addresses(tree).items():
        in_every_way = persona == "administrator" and not name.startswith("admin:")
        if changed := changed_by_looking(visitor, address, in_every_way=in_every_way):
            changes[name] = changed

    assert changes == {}


def test_who_looks_at_what_nobody_has_signed_yet_changes_nothing(tree, client):
    """Keys, lists and credentials are made by whoever issues: not by whoever happens to ask."""
    Credential.objects.all().delete()
    StatusList.objects.all().delete()
    IssuerKey.objects.all().delete()

    changes = {
        name: changed_by_looking(client, address, in_every_way=True) for name, address in addresses(tree).items()
    }

    assert {name: changed for name, changed in changes.items() if changed} == {}


def test_only_a_credential_that_names_its_holder_otherwise_is_signed_again_by_who_asks(tree, client):
    """It says what is so already, and asked for again it changes nothing."""
    decide(tree.rows[Credential].issued_badge, is_name_public=True, is_listed=False)
    User.objects.filter(pk=tree.student.pk).update(last_name="Bilby")

    first, second = (
        {name: changed_by_looking(client, address, in_every_way=True) for name, address in addresses(tree).items()}
        for _time in range(2)
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
