"""The backend that settings name: watched connections, limits that poolers let through, and a count of what may be saved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError
from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from operation.database.watching import WatchedConnection

# Of OPTIONS, and none of libpq's: what a session is set to once it is there.
LIMITS = ("statement_timeout", "lock_timeout")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own for PostgreSQL. Takes `patience`, `queue_patience` and the LIMITS in OPTIONS.

    `commits` counts what may have been saved: each commit and each change outside a transaction, unless refused.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.commits = 0
        self.execute_wrappers.append(self._count)

    def get_connection_params(self) -> dict[str, Any]:
        """What psycopg connects by, and the patience of the connection."""
        parameters = super().get_connection_params()
        return {name: value for name, value in parameters.items() if name not in LIMITS}

    def get_new_connection(self, conn_params: dict[str, Any]) -> WatchedConnection:
        """A connection that does not wait for ever."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return WatchedConnection.connect(**conn_params)

    def init_connection_state(self) -> None:
        """Set the limits. At connecting (`options`), a pooler would refuse them; one that shares sessions sets its own."""
        super().init_connection_state()
        limits = [item for item in self.settings_dict["OPTIONS"].items() if item[0] in LIMITS]
        if limits:
            with self.connection.cursor() as cursor:
                calls = ", ".join(["set_config(%s, %s, false)"] * len(limits))
                cursor.execute(f"SELECT {calls}", [part for limit in limits for part in limit])

    def _commit(self) -> None:
        with self._counted():
            super()._commit()  # type: ignore[misc]  # the stubs do not know it

    def _count(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if self.in_atomic_block or (isinstance(sql, str) and sql.lstrip()[:6].upper() == "SELECT"):
            return execute(sql, params, many, context)
        with self._counted():
            return execute(sql, params, many, context)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        before, is_open = self.commits, self.connection is not None and not self.connection.closed
        self.commits += 1
        try:
            yield
        except DatabaseError as error:
            if is_refusal(error) or not is_open:
                self.commits = before
            raise


def is_refusal(error: DatabaseError) -> bool:
    """Whether the server said that it did not do it. A session that ends (57P…, 08…) may have done it before."""
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state is not None and not state.startswith(("08", "57P"))
