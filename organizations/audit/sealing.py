"""Seals entries, a few at a time, and tells whether anything was changed since.

Each seal is a digest over its entries and the seal before. Whoever changes, adds or takes away one that is sealed would
have to make every seal since anew; the last ones also stand in the log, on another machine.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Prefetch

from organizations.models import AuditEntry, AuditSeal

log = logging.getLogger("audit")

MOST = 10_000  # entries under one seal
SEALS_AT_ONCE = 100  # are read together
_LOCK = 0x6175646974  # of the transaction that seals: two at once would make one chain into two


@dataclass(frozen=True)
class Broken:
    """A seal that its entries do not have."""

    seal: AuditSeal
    found: int  # entries


@transaction.atomic
def seal(*, at: datetime) -> AuditSeal | None:
    """Seal what is not sealed yet, in the order in which it was written; None if there is nothing, or somebody does.

    What is committed later with a smaller number comes under a later seal.
    """
    if not _is_alone():
        return None
    entries = list(AuditEntry.objects.filter(seal=None).order_by("pk")[:MOST])
    if not entries:
        return None
    last = AuditSeal.objects.order_by("-pk").first()
    made = AuditSeal.objects.create(sealed_at=at, count=len(entries), digest=digest_of(last, entries))
    AuditEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(seal=made)
    _tell(entries, made)
    return made


def verify(*, kept_since: datetime) -> Iterator[Broken]:
    """Every seal that does not hold. Entries sealed before `kept_since` may have been cleared away, all of a seal or none."""
    before: AuditSeal | None = None
    in_order = Prefetch("entries", AuditEntry.objects.order_by("pk"))
    for one in AuditSeal.objects.order_by("pk").prefetch_related(in_order).iterator(chunk_size=SEALS_AT_ONCE):
        entries = list(one.entries.all())
        is_cleared = not entries and one.sealed_at < kept_since
        if not is_cleared and (len(entries) != one.count or digest_of(before, entries) != one.digest):
            yield Broken(one, len(entries))
        before = one


def clear(*, before: datetime) -> int:
    """Delete what was sealed before that moment, at least 30 days ago; how many entries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_clear(%s)", [before])
        return int(cursor.fetchone()[0])


def digest_of(before: AuditSeal | None, entries: Iterable[AuditEntry]) -> str:
    """The digest of a seal over these entries, after the seal `before`."""
    digest = hashlib.sha256((before.digest if before else "").encode())
    for entry in entries:
        digest.update(_line(entry).encode())
    return digest.hexdigest()


def _tell(entries: Iterable[AuditEntry], made: AuditSeal) -> None:
    """To the log, from where another system may collect it. Before the commit: rather twice than never."""
    for entry in entries:
        log.info("audit entry", extra={"facts": {f"audit_{name}": value for name, value in _facts(entry).items()}})
    log.info(
        "audit seal",
        extra={"facts": {"audit_seal": made.pk, "audit_digest": made.digest, "audit_entries": made.count}},
    )


def _facts(entry: AuditEntry) -> dict[str, Any]:
    """What a log may tell: numbers and the names of columns, no words."""
    return {
        "entry": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(),
        "action": entry.action,
        "result": entry.result,
        "actor": entry.actor_id,
        "organization": entry.organization_id,
        "person": entry.person_id,
        "kind": entry.kind,
        "row": entry.row_id,
        "columns": sorted({*entry.before, *entry.after}),
        "of_request": entry.request_id,
    }


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _line(entry: AuditEntry) -> str:
    """Everything that the entry says, in one way of writing it."""
    said = [
        entry.pk,
        entry.at.astimezone(UTC).isoformat(),
        entry.action,
        entry.result,
        entry.actor_id,
        entry.address,
        entry.request_id,
        entry.organization_id,
        entry.person_id,
        entry.kind,
        entry.row_id,
        entry.words,
        entry.before,
        entry.after,
    ]
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
