"""The statements that write issued badges. badges.issuing says which, and is the only caller."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from badges.issuing.letter_pauses import PAUSE
from badges.issuing.remarks import Remark, Remarks
from badges.models import Badge, IssuanceBatch, IssuedBadge, Via
from badges.providers.opening import kinds_that
from operation.wake import deliver_soon

AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Row:
    """A badge that a student has earned at a moment."""

    badge: Badge
    student_id: int
    email: str
    at: datetime
    evidence: Mapping[str, object]

    @property
    def is_accepted(self) -> bool:
        """The built-in issuer asks nobody to accept: what it issues is in the student's account at once."""
        return self.badge.provider.is_built_in

    @property
    def expires_at(self) -> datetime | None:
        """When the badge ends by its own rule; what a provider's template says is learnt from its answer."""
        return self.at + timedelta(days=self.badge.valid_days) if self.badge.valid_days else None


# One statement whatever the number of rows. Nothing takes a row before `wait` is over: until then it can be undone.
# Every writer inserts in the order (badge, student): unordered, two sessions
# with the same pairs deadlocked in most of their races.
INSERT_FROM = """
INSERT INTO badges_issuedbadge (
    badge_id, provider_id, student_id, recipient_email, issued_at, expires_at, evidence, status,
    note, link, delivery, next_attempt_at, status_changed_at, public_id, created_at,
    via, source_id, source_words, issued_by_id, batch_id)
SELECT
    badge_id, provider_id, student_id, email, at, expires_at, evidence::jsonb,
    CASE WHEN is_accepted THEN 'accepted' ELSE 'pending' END,
    note, link, 'pending', statement_timestamp() + %(wait)s::interval, now(), gen_random_uuid(), now(),
    %(via)s, source_id, left(source_words, 400), issued_by, batch
FROM {rows}
ORDER BY badge_id, student_id
ON CONFLICT (badge_id, student_id) WHERE revoked_at IS NULL DO NOTHING
"""

# unnest keeps the number of parameters fixed.
_ROWS = """(
    SELECT *, %(source_id)s::bigint AS source_id, %(source_words)s::text AS source_words, '' AS note, '' AS link,
        NULL::bigint AS issued_by, NULL::bigint AS batch
    FROM unnest(
        %(badges)s::bigint[], %(providers)s::bigint[], %(students)s::bigint[], %(emails)s::text[],
        %(moments)s::timestamptz[], %(ends)s::timestamptz[], %(evidence)s::text[], %(accepted)s::boolean[]
    ) AS row (badge_id, provider_id, student_id, email, at, expires_at, evidence, is_accepted)) AS row"""
_INSERT = INSERT_FROM.format(rows=_ROWS) + " RETURNING badge_id, student_id"

# The pairs of a batch, with what their rows say now: they are locked. Their items are written along, in the order asked.
# A student who had the badge before is told once more: that takes the pair's turn, and waits for it.
_INSERT_BATCH = """
WITH pair AS (
    SELECT * FROM unnest(%(badges)s::bigint[], %(students)s::bigint[], %(notes)s::text[], %(links)s::text[])
        WITH ORDINALITY AS pair (badge_id, student_id, note, link, place)),
row AS (
    SELECT pair.badge_id, badge.provider_id, pair.student_id, pair.note, pair.link, person.email, %(at)s::timestamptz AS at,
        %(at)s::timestamptz + make_interval(hours => 24 * badge.valid_days) AS expires_at, %(evidence)s::text AS evidence,
        provider.kind = 'built_in' AS is_accepted, provider.kind = ANY(%(write_letters)s) OR home.emails_badges AS is_told,
        %(source_id)s::bigint AS source_id,
        %(source_words)s::text AS source_words, %(issued_by)s::bigint AS issued_by, %(batch)s::bigint AS batch
    FROM pair
    JOIN badges_badge badge ON badge.id = pair.badge_id
    JOIN badges_badgeprovider provider ON provider.id = badge.provider_id
    JOIN organizations_user person ON person.id = pair.student_id
    JOIN organizations_organization home ON home.id = person.organization_id
    WHERE NOT EXISTS (
        SELECT FROM badges_told told WHERE told.badge_id = pair.badge_id AND told.student_id = pair.student_id
            AND told.at > %(at)s::timestamptz - %(pause)s::interval)),
issued AS ({insert} RETURNING id, badge_id, student_id),
told AS (
    INSERT INTO badges_told (badge_id, student_id, at)
    SELECT badge_id, student_id, row.at FROM row JOIN issued USING (badge_id, student_id)
    WHERE row.is_told AND EXISTS (
        SELECT FROM badges_issuedbadge former
        WHERE former.badge_id = row.badge_id AND former.student_id = row.student_id)
    ORDER BY badge_id, student_id
    ON CONFLICT (badge_id, student_id) DO UPDATE SET at = excluded.at),
item AS (
    INSERT INTO badges_issuanceitem (batch_id, badge_id, student_id, issued_badge_id, code, message)
    SELECT %(batch)s, badge_id, student_id, issued.id, '', ''
    FROM pair JOIN issued USING (badge_id, student_id) ORDER BY place)
SELECT badge_id, student_id FROM issued
""".format(insert=INSERT_FROM.format(rows="row"))  # noqa: S608 - our own words


def insert_batch(
    keys: Sequence[tuple[int, int]],
    batch: IssuanceBatch,
    *,
    wait: timedelta = AT_ONCE,
    former: IssuedBadge | None = None,
    remarks: Remarks | None = None,
) -> set[tuple[int, int]]:
    """Insert what the constraint and the pause allow of these (badge id, student id), with an item for each; those it was.

    They are issued on what the batch is or, if it is given, on what the `former` badge was, of which the same is said.
    They are due after `wait`, when beat finds them.
    """
    if not keys:
        return set()
    origin = former or batch
    badges, students = map(list, zip(*keys, strict=True))
    said = Remarks(Remark.of(former)) if former else remarks or Remarks()
    parameters: dict[str, Any] = {
        "badges": badges,
        "students": students,
        "notes": [said.to(student).note for student in students],
        "links": [said.to(student).link for student in students],
        "at": batch.created_at,
        "pause": PAUSE,
        "write_letters": kinds_that(lambda can: can.writes_letters),
        "via": origin.via,
        "source_id": origin.source_id,
        "source_words": origin.source_words,
        "evidence": json.dumps(former.evidence if former else {}),
        "issued_by": batch.issued_by_id,
        "batch": batch.pk,
        "wait": wait,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_BATCH, parameters)
        issued = set(cursor.fetchall())
    if issued and not wait:
        deliver_soon()
    return issued


def insert(rows: Sequence[Row], *, via: Via, source_id: int | None, source_words: str) -> set[tuple[int, int]]:
    """Insert what the constraint allows; the (badge id, student id) of the new rows."""
    if not rows:
        return set()
    parameters: dict[str, Any] = {
        "badges": [row.badge.pk for row in rows],
        "providers": [row.badge.provider_id for row in rows],
        "students": [row.student_id for row in rows],
        "emails": [row.email for row in rows],
        "moments": [row.at for row in rows],
        "ends": [row.expires_at for row in rows],
        "evidence": [json.dumps(row.evidence) for row in rows],
        "accepted": [row.is_accepted for row in rows],
        "via": via.value,
        "source_id": source_id,
        "source_words": source_words,
        "wait": AT_ONCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters)
        issued = set(cursor.fetchall())
    if issued:
        deliver_soon()
    return issued
