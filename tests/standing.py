"""Rows that many tests begin with: made once by the factories, and put in again at a stroke.

A world of tests is some thirty statements, which its factories need ten times as long to think of as the database to
take all rows in one. The rows are kept as they were then, and the objects; both are the same for every test, ids
included: what a test wrote is gone when the next begins, and the sequences have gone on.
"""

import pickle
from collections.abc import Callable

import time_machine
from django.contrib.auth.models import Group
from django.db import connection, transaction

# They have rows before any test, which are nobody's.
THERE = {"auth_group", "auth_group_permissions", "auth_permission", "django_content_type", "django_migrations"}

_kept: dict[object, tuple[str, bytes]] = {}


def stand[T](build: Callable[..., T], *arguments: str) -> T:
    """What `build(*arguments)` makes, in the database; the same ids each time.

    Built as the first time where what is kept would be wrong: beside other rows, under a clock that a test has set, on a
    server that does not let its checks be put off. Roles may have other ids since: it is kept for each set of them.
    """
    key = build, arguments, tuple(Group.objects.order_by("name").values_list("pk", flat=True))
    if time_machine.escape_hatch.is_travelling():
        return build(*arguments)
    if key in _kept:
        insertions, objects = _kept[key]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insertions)
        made: T = pickle.loads(objects)
        return made
    is_alone = not _filled_tables() and _may_put_off_checks()
    built = build(*arguments)
    if is_alone:
        # The rows that triggers wrote are among them: they need not write them again.
        rows = ";".join(map(_insertion, sorted(_filled_tables())))
        unchecked = "SET LOCAL session_replication_role = {};"
        _kept[key] = f"{unchecked.format('replica')}{rows};{unchecked.format('DEFAULT')}", pickle.dumps(built)
    return built


def _may_put_off_checks() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        return bool(cursor.fetchone()[0])


def _filled_tables() -> set[str]:
    """Those with a row, but for what is always there."""
    tables = set(connection.introspection.table_names()) - THERE
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in sorted(tables))
        )
        return {name for (name,) in cursor.fetchall()}


def _insertion(table: str) -> str:
    """The statement that inserts what the table has now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT format(\'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(NULL::"{table}", %%L)\','
            f' json_agg(row)) FROM "{table}" row',
            [],
        )
        return str(cursor.fetchone()[0])
