"""What is written to the database while something is done."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# What may be written all the same: none of it says who looked, but for the audit, which says who was refused or took a list.
BOOKKEEPING = {
    "organizations_auditentry",  # what it tells of whom: tests/organizations/audit
    "badges_stepmoment",  # that a badge was looked at for the first time: which look counts, tests/badges/pages/test_visits.py
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
    """The tables that are written to meanwhile, but for BOOKKEEPING, and the tasks that are asked for when it is committed."""
    tables: list[str] = []

    def hear(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        tables.extend(table for table in changed_by(str(sql)) if table not in BOOKKEEPING)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hear):
        yield tables
    tables += [str(waiting[1]) for waiting in connection.run_on_commit]
    connection.run_on_commit.clear()
