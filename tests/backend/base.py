"""Django's PostgreSQL backend, but for how it empties the tables after a test with real commits.

TRUNCATE makes a new file for each of some hundred tables and indexes, whether or not there was a row. A DELETE of a few
rows makes none. Content types and permissions are the same for every test, and stay.
"""

from collections.abc import Iterable
from typing import Any

from django.core.management.commands import flush
from django.db.backends.postgresql import operations

from operation.database import base
from organizations.roles import install_roles

KEPT = {"django_content_type", "auth_permission"}
LARGE = 512 * 1024  # bytes; from here on new files are cheaper than dead rows


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(
        self, style: Any, tables: Iterable[str], *, reset_sequences: bool = False, **_options: Any
    ) -> list[str]:
        emptied = sorted(set(tables) - KEPT)
        names = {table: self.quote_name(table) for table in emptied}
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('is_superuser') = 'on'")
            if not cursor.fetchone()[0]:  # a server of one's own, where the checks cannot be put off
                return list(super().sql_flush(style, emptied, allow_cascade=True))
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND pg_relation_size(oid) > %s", [emptied, LARGE]
            )
            large = {name for (name,) in cursor.fetchall()}
        statements = [f"TRUNCATE {names[table]} CASCADE" for table in emptied if table in large]
        statements.append("SET LOCAL session_replication_role = replica")  # without the checks of foreign keys
        statements += [f"DELETE FROM {names[table]}" for table in emptied if table not in large]
        return [*statements, "SET LOCAL session_replication_role = DEFAULT"]


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations


# After a flush Django creates content types and permissions anew, in some two hundred queries. They are there; the roles
# are not.
flush.emit_post_migrate_signal = lambda *_arguments, **_options: install_roles()  # type: ignore[attr-defined]
