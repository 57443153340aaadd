"""The only code that creates an IssuedBadge: by hand for many pairs, or for what the sweep found."""

import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, prefetch_related_objects
from django.utils.translation import gettext as _

from badges.models import Badge, IssuanceBatch, IssuanceItem, IssuedBadge, Via
from badges.obstacles import IS_ISSUABLE, PLAIN_ADDRESS, Account, obstacles, together
from badges.reports import Failure, Pair, Refusal, Report, report_of
from tms.models import Organization, User
from tms.retrying import retry_once
from tms.wake import deliver_soon


@dataclass(frozen=True)
class Source:
    """Where a badge was issued from, as a snapshot: the row `id` may change or go, the words stay."""

    via: Via
    id: int | None
    words: str


@dataclass(frozen=True)
class Awards:
    """Rows (source_id, source_words, badge_id, student_id, at, evidence) as a SELECT, and its parameters by name.

    `at` is the moment at which the badge was earned; a row without a badge is only counted. `ctes` come before the
    SELECT, and may write what the badges are earned with. Parameters start with `award_`.
    """

    select: str
    parameters: Mapping[str, object]
    ctes: Sequence[str] = ()


@dataclass(frozen=True)
class Refused:
    """An award that could not be issued, and why."""

    source_id: int
    student_id: int
    code: str
    message: str


@dataclass(frozen=True)
class AwardReport:
    """By source id, how many awards there were and how many badges were issued now; and who could not be issued one.

    Holders are in neither of the last two.
    """

    awards: Mapping[int, int]
    issued: Mapping[int, int]
    failed: Sequence[Refused]


class KeyUsedError(Exception):
    """The idempotency key belongs to another batch: of somebody else, from elsewhere, or of other pairs.

    Its report would tell of what was never asked for now.
    """


class GoneError(Exception):
    """A badge or a student was deleted since it was read; nothing was issued."""


ALREADY_HELD = "already_held"
NOT_DELIVERED = "not_delivered"
REJECTED = "rejected"


def preflight(
    badges: Sequence[Badge], students: Sequence[User], refusals: Mapping[int, Refusal] | None = None
) -> dict[tuple[int, int], Refusal]:
    """The pairs that would be refused now, by (badge id, student id); every other pair is Ready (N1).

    `refusals` are the caller's own, by student id: what the roster knows and badges do not. One query.
    """
    refused = {
        pair.key: refusal
        for pair in _pairs(badges, students)
        if (refusal := _refusal(pair, refusals or {})) is not None
    }
    for key, refusal in _held(badges, students).items():
        refused.setdefault(key, refusal)
    return refused


def issue_many(
    *,
    badges: Sequence[Badge],
    students: Sequence[User],
    source: Source,
    organization: Organization,
    issued_by: User,
    at: datetime,
    key: uuid.UUID,
    refusals: Mapping[int, Refusal] | None = None,
    leave_out: Collection[tuple[int, int]] = (),
) -> Report:
    """Issue every badge to every student; one bad pair never stops another (S31 to S35).

    Pairs to `leave_out`, by (badge id, student id), are not asked for.

    Safe to repeat: a second call with the same `key` (one per rendered form) issues nothing and returns the first
    call's report. That nobody holds a badge twice is decided by the database, not by a look before the insert, so that
    any number of callers may run at once. Raises KeyUsedError for the key of another batch, and GoneError. The number
    of queries does not depend on the number of pairs.
    """
    batch = IssuanceBatch(
        idempotency_key=key,
        organization=organization,
        via=source.via,
        source_id=source.id,
        source_words=source.words,
        issued_by=issued_by,
        created_at=at,
    )
    chosen = [pair for pair in _pairs(badges, students) if pair.key not in leave_out]
    return retry_once(lambda: _issue_batch(batch, chosen, source, refusals or {}))


def issue_earned(awards: Awards, *, via: Via) -> AwardReport:
    """Issue badges to students who earned them, inside the caller's transaction.

    A student who has any row for the badge is left alone: a holder needs no second one (S13), and what a person
    revoked the sweep must not bring back. The moment earned is the badge's issue date. One query, in which no row
    leaves the database; those who may have to be refused are looked at one by one, with two queries for each source.
    """
    statement = _INSERT_EARNED.format(ctes="".join(f"{cte}, " for cte in awards.ctes), select=awards.select)
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(awards.parameters) | {"via": via.value, "plain": PLAIN_ADDRESS})  # type: ignore[arg-type]
        asked, inserted, doubtful = cursor.fetchone()
    issued = _by_number(inserted)
    failed: list[Refused] = []
    for (source_id, words), rows in _by_source(doubtful or ()).items():
        refusals = [(row, together(obstacles(row.badge, account))) for row, account in rows]
        good = _insert([row for row, refusal in refusals if refusal is None], source=Source(via, source_id, words))
        issued.update(source_id for _key in good)
        failed += [
            Refused(source_id, row.student_id, refusal.code, refusal.message)
            for row, refusal in refusals
            if refusal is not None
        ]
    if issued:
        deliver_soon()
    return AwardReport(awards=_by_number(asked), issued=issued, failed=failed)


def _by_number(counts: Mapping[str, int] | None) -> Counter[int]:
    return Counter({int(source_id): count for source_id, count in (counts or {}).items()})


def _by_source(doubtful: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], list[tuple["_Row", Account]]]:
    badges = Badge.objects.select_related("provider").in_bulk({one["badge_id"] for one in doubtful})
    rows: dict[tuple[int, str], list[tuple[_Row, Account]]] = {}
    for one in doubtful:
        at = datetime.fromisoformat(one["at"])
        row = _Row(badges[one["badge_id"]], one["student_id"], one["email"], at, one["evidence"])
        account = Account(one["email"], one["first_name"], one["last_name"], one["is_active"])
        rows.setdefault((one["source_id"], one["source_words"]), []).append((row, account))
    return rows


def refusal_of_award(badge: Badge, student: User) -> Refusal | None:
    """Why this badge could not be issued to somebody who earns it; None when it could. Reads the badge's provider."""
    return together(obstacles(badge, Account.of(student)))


def already_held() -> Refusal:
    """The refusal of a pair that is held (S13, S23)."""
    return Refusal(ALREADY_HELD, _("The student already has this badge."))


def _not_delivered(reason: str) -> Refusal:
    """The refusal of a pair that was issued and never arrived: it is not held, and needs no second row but a retry."""
    words = _("The student was given this badge before, but it was not delivered (%(reason)s). Retry it.")
    return Refusal(NOT_DELIVERED, words % {"reason": reason.removesuffix(".")})


def _rejected() -> Refusal:
    """The refusal of a pair that the student did not want: the provider refuses a second one while it has the first."""
    words = _("The student rejected this badge. An administrator can revoke it; then issue it again.")
    return Refusal(REJECTED, words)


def _held(badges: Iterable[Badge], students: Iterable[User]) -> dict[tuple[int, int], Refusal]:
    """By (badge id, student id), why a pair that has a row already is not issued. One query."""
    rows = IssuedBadge.objects.unrevoked().filter(badge__in=badges, student__in=students)
    return {(row.badge_id, row.student_id): _refusal_of_second(row) for row in rows.defer("evidence")}


def _refusal_of_second(row: IssuedBadge) -> Refusal:
    if row.delivery == IssuedBadge.Delivery.FAILED:
        return _not_delivered(row.failure_message)
    return _rejected() if row.status == IssuedBadge.Status.REJECTED else already_held()


def _pairs(badges: Iterable[Badge], students: Iterable[User]) -> list[Pair]:
    """Each pair once, however often a badge or a student is named."""
    badges = list(badges)
    prefetch_related_objects(badges, "provider")
    return list({pair.key: pair for badge in badges for student in students if (pair := Pair(badge, student))}.values())


def _as_they_are_now(pairs: Sequence[Pair]) -> list[Pair]:
    """The same pairs with their rows locked. Raises GoneError."""
    badges = {row.pk: row for row in _locked([pair.badge for pair in pairs], "SHARE")}
    students = {row.pk: row for row in _locked([pair.student for pair in pairs], "KEY SHARE")}
    prefetch_related_objects(list(badges.values()), "provider")
    return [Pair(badges[pair.badge.pk], students[pair.student.pk]) for pair in pairs]


def _origin(batch: IssuanceBatch) -> tuple[int | None, str, int | None]:
    return batch.issued_by_id, batch.via, batch.source_id


def _locked[Row: Model](rows: Sequence[Row], strength: str) -> list[Row]:
    """The rows anew, in their order, kept from being changed (SHARE) or deleted (KEY SHARE) until the end.

    Both strengths let any number of issuers and of foreign keys pass. Locked in one order, as everything here.
    """
    if not rows:
        return []
    table = rows[0]._meta.db_table
    ids = list(dict.fromkeys(row.pk for row in rows))
    query = f"SELECT * FROM {table} WHERE id = ANY(%s) ORDER BY id FOR {strength}"  # noqa: S608 - no input of anybody
    found = {row.pk: row for row in type(rows[0])._default_manager.raw(query, [ids])}
    if len(found) < len(ids):
        raise GoneError
    return [found[pk] for pk in ids]


def _refusal(pair: Pair, refusals: Mapping[int, Refusal]) -> Refusal | None:
    """Every rule of issuing by hand that the pair breaks, but for the one that the database decides."""
    return together(_refusals(pair, refusals))


def _refusals(pair: Pair, refusals: Mapping[int, Refusal]) -> Iterator[Refusal]:
    if pair.student.pk in refusals:
        yield refusals[pair.student.pk]
    if not pair.badge.manual_issuance:
        yield Refusal("manual_issuance_off", _("Manual issuance is not enabled on this badge."))
    yield from obstacles(pair.badge, Account.of(pair.student))


@transaction.atomic
def _issue_batch(
    batch: IssuanceBatch, chosen: Sequence[Pair], source: Source, refusals: Mapping[int, Refusal]
) -> Report:
    # The insert waits for a twin that is not committed yet, and then finds its key taken.
    IssuanceBatch.objects.bulk_create([batch], ignore_conflicts=True)
    stored = IssuanceBatch.objects.get(idempotency_key=batch.idempotency_key)
    if _origin(stored) != _origin(batch):
        raise KeyUsedError
    if asked_before := set(stored.items.values_list("badge_id", "student_id")):
        if asked_before != {pair.key for pair in chosen}:
            raise KeyUsedError
        return report_of(stored)

    # As they are now, and stay until this is committed: switched off, given another address, or deleted meanwhile.
    pairs = _as_they_are_now(chosen)
    refused = {pair.key: refusal for pair in pairs if (refusal := _refusal(pair, refusals)) is not None}
    rows = [
        _Row(pair.badge, pair.student.pk, pair.student.email, batch.created_at, {})
        for pair in pairs
        if pair.key not in refused
    ]
    issued = _insert(rows, source=source, batch=stored)

    taken = _held({pair.badge for pair in pairs}, {pair.student for pair in pairs}) if len(issued) < len(rows) else {}
    report = Report(stored)
    items = []
    for pair in pairs:
        item = IssuanceItem(batch=stored, badge=pair.badge, student=pair.student)
        if pair.key in issued:
            item.issued_badge_id = issued[pair.key]
            report.issued.append(pair)
        else:
            refusal = refused.get(pair.key) or taken.get(pair.key) or already_held()
            item.code, item.message = refusal.code, refusal.message
            report.failed.append(Failure(pair, refusal))
        items.append(item)
    IssuanceItem.objects.bulk_create(items)
    return report


@dataclass(frozen=True)
class _Row:
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


# One statement whatever the number of rows. Every writer inserts in the order (badge, student): unordered, two sessions
# with the same pairs deadlocked in most of their races.
_INSERT_FROM = """
INSERT INTO badges_issuedbadge (
    badge_id, provider_id, student_id, recipient_email, issued_at, expires_at, evidence, status,
    delivery, next_attempt_at, status_changed_at, public_id, created_at,
    via, source_id, source_words, issued_by_id, batch_id)
SELECT
    badge_id, provider_id, student_id, email, at, expires_at, evidence::jsonb,
    CASE WHEN is_accepted THEN 'accepted' ELSE 'pending' END,
    'pending', now(), now(), gen_random_uuid(), now(),
    %(via)s, source_id, left(source_words, 400), issued_by, batch
FROM {rows}
ORDER BY badge_id, student_id
ON CONFLICT (badge_id, student_id) WHERE revoked_at IS NULL DO NOTHING
"""

# unnest keeps the number of parameters fixed.
_ROWS = """(
    SELECT *, %(source_id)s::bigint AS source_id, %(source_words)s::text AS source_words,
        %(issued_by)s::bigint AS issued_by, %(batch)s::bigint AS batch
    FROM unnest(
        %(badges)s::bigint[], %(providers)s::bigint[], %(students)s::bigint[], %(emails)s::text[],
        %(moments)s::timestamptz[], %(ends)s::timestamptz[], %(evidence)s::text[], %(accepted)s::boolean[]
    ) AS row (badge_id, provider_id, student_id, email, at, expires_at, evidence, is_accepted)) AS row"""
_INSERT = _INSERT_FROM.format(rows=_ROWS) + " RETURNING badge_id, student_id, id"

# OFFSET has each award looked up by itself: there are a chunk of them at most, and any number of issued badges.
_INSERT_EARNED = """
WITH {{ctes}}award AS MATERIALIZED ({{select}}),
candidate AS MATERIALIZED (
    SELECT award.*, person.email, person.first_name, person.last_name, person.is_active, badge.provider_id, provider.kind = 'built_in' AS is_accepted,
        award.at + make_interval(hours => 24 * badge.valid_days) AS expires_at,
        NULL::bigint AS issued_by, NULL::bigint AS batch,
        {issuable} AND char_length(person.email) <= 60 AND person.email ~ %(plain)s AS is_plain
    FROM award
    JOIN tms_user person ON person.id = award.student_id
    JOIN badges_badge badge ON badge.id = award.badge_id
    JOIN badges_badgeprovider provider ON provider.id = badge.provider_id
    WHERE NOT EXISTS (
        SELECT FROM badges_issuedbadge given
        WHERE given.badge_id = award.badge_id AND given.student_id = award.student_id OFFSET 0)),
issued AS ({insert} RETURNING source_id)
SELECT
    (SELECT json_object_agg(source_id, count) FROM (SELECT source_id, count(*) FROM award GROUP BY 1) AS each),
    (SELECT json_object_agg(source_id, count) FROM (SELECT source_id, count(*) FROM issued GROUP BY 1) AS each),
    (SELECT json_agg(candidate ORDER BY badge_id, student_id) FROM candidate WHERE NOT is_plain)
""".format(issuable=IS_ISSUABLE, insert=_INSERT_FROM.format(rows="candidate WHERE is_plain"))  # noqa: S608 - our own words


def _insert(rows: Sequence[_Row], *, source: Source, batch: IssuanceBatch | None = None) -> dict[tuple[int, int], int]:
    """Insert what the constraint allows; the ids of the new rows by (badge id, student id)."""
    if not rows:
        return {}
    parameters: dict[str, Any] = {
        "badges": [row.badge.pk for row in rows],
        "providers": [row.badge.provider_id for row in rows],
        "students": [row.student_id for row in rows],
        "emails": [row.email for row in rows],
        "moments": [row.at for row in rows],
        "ends": [row.expires_at for row in rows],
        "evidence": [json.dumps(row.evidence) for row in rows],
        "accepted": [row.is_accepted for row in rows],
        "via": source.via.value,
        "source_id": source.id,
        "source_words": source.words[:400],
        "issued_by": batch.issued_by_id if batch else None,
        "batch": batch.pk if batch else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters)
        issued = {(badge_id, student_id): pk for badge_id, student_id, pk in cursor.fetchall()}
    if issued:
        deliver_soon()
    return issued
