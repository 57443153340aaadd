"""The only code that creates an IssuedBadge: by hand for many pairs, or for what the sweep found."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import Model, prefetch_related_objects
from django.utils.translation import gettext as _

from badges.models import Badge, IssuanceBatch, IssuanceItem, IssuedBadge, Via
from badges.reports import Failure, Pair, Refusal, Report, report_of
from tms.models import Organization, User
from tms.retrying import retry_once
from tms.wake import deliver_soon

MAX_AWARDS = 10_000


@dataclass(frozen=True)
class Source:
    """Where a badge was issued from, as a snapshot: the row `id` may change or go, the words stay."""

    via: Via
    id: int | None
    words: str


@dataclass(frozen=True)
class Award:
    """A student who earned an achievement's badge, the moment it was earned, and on what."""

    student_id: int
    at: datetime
    evidence: Mapping[str, object]


@dataclass(frozen=True)
class Refused:
    """An award that could not be issued, and why."""

    student_id: int
    code: str
    message: str


@dataclass(frozen=True)
class AwardReport:
    """Students who were issued the badge now, and those who could not be. Holders are in neither list."""

    issued: list[int]
    failed: list[Refused]


class KeyUsedError(Exception):
    """The idempotency key belongs to another batch: of somebody else, from elsewhere, or of other pairs.

    Its report would tell of what was never asked for now.
    """


class GoneError(Exception):
    """A badge or a student was deleted since it was read; nothing was issued."""


ALREADY_HELD = "already_held"
NOT_DELIVERED = "not_delivered"


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
) -> Report:
    """Issue every badge to every student; one bad pair never stops another (S31 to S35).

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
    return retry_once(lambda: _issue_batch(batch, badges, students, source, refusals or {}))


def issue_earned(*, badge: Badge, awards: Sequence[Award], source: Source) -> AwardReport:
    """Issue a badge to the students who earned it, inside the caller's transaction; at most 10,000 awards a call.

    A student who has any row for the badge is left alone: a holder needs no second one (S13), and what a person
    revoked the sweep must not bring back. The moment earned is the badge's issue date. Three queries at most.
    """
    if len(awards) > MAX_AWARDS:
        raise ValueError(f"{len(awards)} awards in one call; {MAX_AWARDS} is the most.")
    by_student = {award.student_id: award for award in awards}
    candidates = User.objects.filter(pk__in=by_student).exclude(issued_badges__badge=badge).only("email")
    rows, failed = [], []
    for student in candidates.order_by("pk"):
        refusal = refusal_of_award(badge, student)
        if refusal is not None:
            failed.append(Refused(student.pk, refusal.code, refusal.message))
            continue
        award = by_student[student.pk]
        rows.append(_Row(badge, student.pk, student.email, award.at, award.evidence))
    issued = _insert(rows, source=source)
    return AwardReport(issued=[student_id for _badge_id, student_id in issued], failed=failed)


def refusal_of_award(badge: Badge, student: User) -> Refusal | None:
    """Why this badge could not be issued to somebody who earns it; None when it could. Reads the badge's provider."""
    return _refusal_of_badge(badge) or _refusal_of_student(student)


def already_held() -> Refusal:
    """The refusal of a pair that is held (S13, S23)."""
    return Refusal(ALREADY_HELD, _("The student already has this badge."))


def _not_delivered(reason: str) -> Refusal:
    """The refusal of a pair that was issued and never arrived: it is not held, and needs no second row but a retry."""
    words = _("The student was given this badge before, but it was not delivered (%(reason)s). Retry it.")
    return Refusal(NOT_DELIVERED, words % {"reason": reason.removesuffix(".")})


def _held(badges: Iterable[Badge], students: Iterable[User]) -> dict[tuple[int, int], Refusal]:
    """By (badge id, student id), why a pair that has a row already is not issued. One query."""
    rows = IssuedBadge.objects.held().filter(badge__in=badges, student__in=students)
    return {
        (badge_id, student_id): _not_delivered(words) if delivery == IssuedBadge.Delivery.FAILED else already_held()
        for badge_id, student_id, delivery, words in rows.values_list(
            "badge_id", "student_id", "delivery", "failure_message"
        )
    }


def _pairs(badges: Iterable[Badge], students: Iterable[User]) -> list[Pair]:
    """Each pair once, however often a badge or a student is named."""
    badges = list(badges)
    prefetch_related_objects(badges, "provider")
    return list({pair.key: pair for badge in badges for student in students if (pair := Pair(badge, student))}.values())


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
    """The first rule of issuing by hand that the pair breaks, but for the one that the database decides."""
    if pair.student.pk in refusals:
        return refusals[pair.student.pk]
    if not pair.badge.manual_issuance:
        return Refusal("manual_issuance_off", _("Manual issuance is not enabled on this badge."))
    return _refusal_of_badge(pair.badge) or _refusal_of_student(pair.student)


def _refusal_of_badge(badge: Badge) -> Refusal | None:
    if badge.provider.is_enabled:
        return None
    return Refusal(
        "provider_disabled",
        _("The badge provider %(provider)s is switched off.") % {"provider": badge.provider.name},
    )


def _refusal_of_student(student: User) -> Refusal | None:
    """A badge needs an address to go to (S14)."""
    if not student.email:
        return Refusal("no_email", _("The student's account has no e-mail address."))
    try:
        validate_email(student.email)
    except ValidationError:
        return Refusal("bad_email", _("%(email)s is not a valid e-mail address.") % {"email": student.email})
    return None


@transaction.atomic
def _issue_batch(
    batch: IssuanceBatch,
    badges: Sequence[Badge],
    students: Sequence[User],
    source: Source,
    refusals: Mapping[int, Refusal],
) -> Report:
    # The insert waits for a twin that is not committed yet, and then finds its key taken.
    IssuanceBatch.objects.bulk_create([batch], ignore_conflicts=True)
    stored = IssuanceBatch.objects.get(idempotency_key=batch.idempotency_key)
    if _origin(stored) != _origin(batch):
        raise KeyUsedError
    if asked_before := set(stored.items.values_list("badge_id", "student_id")):
        if asked_before != {pair.key for pair in _pairs(badges, students)}:
            raise KeyUsedError
        return report_of(stored)

    # As they are now, and stay until this is committed: switched off, given another address, or deleted meanwhile.
    pairs = _pairs(_locked(badges, "SHARE"), _locked(students, "KEY SHARE"))
    refused = {pair.key: refusal for pair in pairs if (refusal := _refusal(pair, refusals)) is not None}
    rows = [
        _Row(pair.badge, pair.student.pk, pair.student.email, batch.created_at, {})
        for pair in pairs
        if pair.key not in refused
    ]
    issued = _insert(rows, source=source, batch=stored)

    taken = _held(badges, students) if len(issued) < len(rows) else {}
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
# with the same pairs deadlocked in most of their races. unnest keeps the number of parameters fixed.
_INSERT = """
INSERT INTO badges_issuedbadge (
    badge_id, provider_id, student_id, recipient_email, issued_at, expires_at, evidence, status,
    delivery, next_attempt_at, status_changed_at, public_id, created_at,
    via, source_id, source_words, issued_by_id, batch_id)
SELECT
    badge_id, provider_id, student_id, email, issued_at, expires_at, evidence::jsonb,
    CASE WHEN is_accepted THEN 'accepted' ELSE 'pending' END,
    'pending', now(), now(), gen_random_uuid(), now(),
    %(via)s, %(source_id)s, %(source_words)s, %(issued_by)s, %(batch)s
FROM unnest(
    %(badges)s::bigint[], %(providers)s::bigint[], %(students)s::bigint[], %(emails)s::text[],
    %(moments)s::timestamptz[], %(ends)s::timestamptz[], %(evidence)s::text[], %(accepted)s::boolean[]
) AS row (badge_id, provider_id, student_id, email, issued_at, expires_at, evidence, is_accepted)
ORDER BY badge_id, student_id
ON CONFLICT (badge_id, student_id) WHERE revoked_at IS NULL DO NOTHING
RETURNING badge_id, student_id, id
"""


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
