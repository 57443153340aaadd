"""Counts what all processes do, in one place: a process keeps its counts in memory and adds them to rows of PostgreSQL.

docs/decisions/0014-figures-in-the-database.md says why there, and not in files that each process maps.
"""

import json
import threading
import time
from collections import Counter

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from operation.models import Tally

# Seconds: a page should take a tenth, and is a nuisance after one.
BUCKETS = ("0.1", "0.3", "1.0", "3.0", "10.0", "+Inf")

_ADD = """
INSERT INTO operation_tally AS tally (name, labels, value)
SELECT * FROM unnest(%s::text[], %s::text[], %s::float8[]) AS counted (name, labels, value) ORDER BY name, labels
ON CONFLICT (name, labels) DO UPDATE SET value = tally.value + excluded.value
"""

_lock = threading.Lock()
_counted: Counter[tuple[str, str]] = Counter()
_last = [time.monotonic()]


def count(name: str, amount: float = 1, **labels: str) -> None:
    """Add to a count of this process; `flush` adds it to everybody's."""
    with _lock:
        _counted[name, json.dumps(labels, sort_keys=True)] += amount  # type: ignore[assignment]  # seconds are no whole numbers


def observe(name: str, seconds: float, **labels: str) -> None:
    """Count one that took so long, as a histogram of Prometheus has it."""
    for bucket in BUCKETS:
        if seconds <= float(bucket):
            count(f"{name}_bucket", 1, **labels, le=bucket)
    count(f"{name}_sum", seconds, **labels)


def flush() -> None:
    """Add what was counted here to the rows. Never raises: what cannot be written is kept for the next time."""
    with _lock:
        taken = dict(_counted)
        _counted.clear()
        _last[0] = time.monotonic()
    if not taken:
        return
    parameters: list[list[str] | list[float]] = [
        [name for name, _ in taken],
        [labels for _, labels in taken],
        [float(n) for n in taken.values()],
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ADD, parameters)
    except (DatabaseError, InterfaceError):
        with _lock:
            _counted.update(taken)


def flush_if_due() -> None:
    """Once in TALLY_SECONDS, so that few requests pay for it."""
    if time.monotonic() - _last[0] >= settings.TALLY_SECONDS:
        flush()


def read() -> list[tuple[str, dict[str, str], float]]:
    """Everybody's counts, by name and labels. One query."""
    rows = Tally.objects.order_by("name", "labels").values_list("name", "labels", "value")
    return [(name, json.loads(labels), value) for name, labels, value in rows]
