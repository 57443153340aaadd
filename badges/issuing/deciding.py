"""Decides which pairs become issued badges: by hand for many, or for what the sweep found. `inserting` writes them."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, OuterRef, Q, Subquery, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from badges.issuing.inserting import AT_ONCE, INSERT_FROM, Row, insert, insert_batch
from badges.issuing.letter_pauses import PAUSE, words_of_pause
from badges.issuing.obstacles import IS_ISSUABLE, RecipientAccount, obstacles, together
from badges.issuing.remarks import Remarks
from badges.issuing.reports import LEFT_OUT_CODE, UNDONE_CODE, Failure, Pair, Refusal, Report, report_of
from badges.models import Badge, IssuanceBatch, IssuanceItem, IssuedBadge, LetterPause, Via
from operation.retrying import retry_once
from operation.wake import deliver_soon
from organizations.models import PLAIN_ADDRESS, Organization, User
from organizations.undo_times import undo_time_of


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
class RefusedAward:
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
    failed: Sequence[RefusedAward]


class KeyUsedError(Exception):
    """The idempotency key belongs to another batch: of somebody else, from elsewhere, of other pairs, or undone since.

    Its report would describe a different request; and what was undone is not issued again unasked.
    """


class GoneError(Exception):
    """A badge or a student was deleted since it was read; nothing was issued."""


ALREADY_HELD = "already_held"
NOT_DELIVERED = "not_delivered"
REJECTED = "rejected"
TOLD_LATELY = "told_lately"


def preflight(
    badges: Sequence[Badge], students: Sequence[User], refusals: Mapping[int, Refusal] | None = None
) -> dict[tuple[int, int], Refusal]:
    """The pairs that would be refused now, by (badge id, student id); every other pair is Ready (N1).

    `refusals` are the caller's own, by student id: what the roster knows and badges do not. One query.
    """
    prefetch_related_objects(list(badges), "provider")
    refused = _refused(badges, students, refusals or {})
    for key, refusal in _held(badges, students, at=timezone.now()).items():
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
    leave_out: Mapping[tuple[int, int], Refusal | None] | None = None,
    former: IssuedBadge | None = None,
    remarks: Remarks | None = None,
    wait: timedelta | None = None,
) -> Report:
    """Issue every badge to every student; one bad pair never stops another (S31 to S35).

    Pairs to `leave_out`, by (badge id, student id), are not asked for; the report tells the reason of those that have one.
    `remarks` go with the badges (N19). What replaces a
    `former` badge was earned as that was, and says the same; `source` is then of the batch alone. Nothing leaves before `wait` is over, so that it can be undone; None: for as
    long as the organization has it.

    Safe to repeat: a second call with the same `key` (one per rendered form) issues nothing and returns the first
    call's report. That no student holds a badge twice is decided by the database, not by a look before the insert, so that
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
    leave_out, pairs = leave_out or {}, _pairs(badges, students)
    chosen = [pair for pair in pairs if pair.key not in leave_out]
    left_out = [
        Failure(pair, Refusal(LEFT_OUT_CODE, refusal.message))
        for pair in pairs
        if (refusal := leave_out.get(pair.key)) is not None
    ]
    patience = undo_time(organization) if wait is None else wait
    write = partial(insert_batch, wait=patience, former=former, remarks=remarks)
    issue = transaction.atomic(lambda: _issue_batch(batch, chosen, left_out, refusals or {}, write))
    return retry_once(issue)


def undo_time(organization: Organization) -> timedelta:
    """How long what is issued by hand there waits before it leaves; nothing where undoing is switched off."""
    return timedelta(seconds=undo_time_of(organization).seconds)


def issue_earned(awards: Awards, *, via: Via) -> AwardReport:
    """Issue badges to students who earned them, inside the caller's transaction.

    A student who has any row for the badge is left alone: a holder needs no second one (S13), and what a person
    revoked the sweep must not bring back. The moment earned is the badge's issue date. One query, in which no row
    leaves the database; those who may have to be refused are looked at one by one, with two queries for each source.
    """
    parameters = {**awards.parameters, "via": via.value, "plain": PLAIN_ADDRESS, "wait": AT_ONCE}
    statement = _INSERT_EARNED.format(ctes="".join(f"{cte}, " for cte in awards.ctes), select=awards.select)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)  # type: ignore[arg-type]
        asked, inserted, doubtful = cursor.fetchone()
    issued = _by_number(inserted)
    failed: list[RefusedAward] = []
    for (source_id, words), rows in _by_source(doubtful or ()).items():
        refusals = [(row, together(obstacles(row.badge, account))) for row, account in rows]
        good = insert(
            [row for row, refusal in refusals if refusal is None], via=via, source_id=source_id, source_words=words
        )
        issued.update(source_id for _key in good)
        failed += [
            RefusedAward(source_id, row.student_id, refusal.code, refusal.message)
            for row, refusal in refusals
            if refusal is not None
        ]
    if issued:
        deliver_soon()
    return AwardReport(awards=_by_number(asked), issued=issued, failed=failed)


def _by_number(counts: Mapping[str, int] | None) -> Counter[int]:
    return Counter({int(source_id): count for source_id, count in (counts or {}).items()})


def _by_source(doubtful: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], list[tuple["Row", RecipientAccount]]]:
    badges = Badge.objects.select_related("provider").in_bulk({one["badge_id"] for one in doubtful})
    rows: dict[tuple[int, str], list[tuple[Row, RecipientAccount]]] = {}
    for one in doubtful:
        at = datetime.fromisoformat(one["at"])
        row = Row(badges[one["badge_id"]], one["student_id"], one["email"], at, one["evidence"])
        account = RecipientAccount(one["email"], one["first_name"], one["last_name"], one["is_active"])
        rows.setdefault((one["source_id"], one["source_words"]), []).append((row, account))
    return rows


def refusal_of_award(badge: Badge, student: User) -> Refusal | None:
    """Why this badge could not be issued to somebody who earns it; None when it could. Reads the badge's provider."""
    return together(obstacles(badge, RecipientAccount.of(student)))


def already_held() -> Refusal:
    """The refusal of a pair that is held (S13, S23)."""
    return Refusal(ALREADY_HELD, _("The student already has this badge."))


def _not_delivered(reason: str) -> Refusal:
    """The refusal of a pair that was issued and never arrived: it is not held, and needs no second row but a retry."""
    words = _(
        "This badge was already issued to the student but could not be delivered (%(reason)s). Retry the delivery."
    )
    return Refusal(NOT_DELIVERED, words % {"reason": reason.removesuffix(".")})


def _rejected() -> Refusal:
    """The refusal of a pair that the student did not want: the provider refuses a second one while it has the first."""
    words = _("The student rejected this badge. An administrator can revoke it; then issue it again.")
    return Refusal(REJECTED, words)


def _held(badges: Iterable[Badge], students: Iterable[User], *, at: datetime) -> dict[tuple[int, int], Refusal]:
    """By (badge id, student id), why a pair that has or had a row is not issued now. One query."""
    told = LetterPause.objects.filter(badge=OuterRef("badge"), student=OuterRef("student"), at__gt=at - PAUSE).values(
        "at"
    )
    rows = IssuedBadge.objects.filter(badge__in=badges, student__in=students).annotate(told_at=Subquery(told))
    found = rows.filter(Q(revoked_at=None) | Q(told_at__isnull=False)).order_by("revoked_at")  # what is held comes last
    said = found.values_list("badge_id", "student_id", "revoked_at", "delivery", "status", "failure_message", "told_at")
    because = cache(partial(_refusal_of_second, at=at))  # of many pairs most are refused for one reason
    return {(badge_id, student_id): because(*state) for badge_id, student_id, *state in said}


def _taken(pairs: Iterable[Pair], *, at: datetime) -> dict[tuple[int, int], Refusal]:
    return _held({pair.badge for pair in pairs}, {pair.student for pair in pairs}, at=at)


def _refusal_of_second(
    revoked_at: datetime | None,
    delivery: str,
    status: str,
    failure_message: str,
    told_at: datetime | None,
    *,
    at: datetime,
) -> Refusal:
    if revoked_at is not None and told_at is not None:
        return Refusal(TOLD_LATELY, words_of_pause(told_at, at=at))
    if delivery == IssuedBadge.Delivery.FAILED:
        return _not_delivered(failure_message)
    return _rejected() if status == IssuedBadge.Status.REJECTED else already_held()


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


def _refused(
    badges: Iterable[Badge], students: Sequence[User], refusals: Mapping[int, Refusal]
) -> dict[tuple[int, int], Refusal]:
    """By (badge id, student id), what breaks rules of issuing by hand, but for the one that the database decides.

    What is in a student's way is the same for all badges of a kind, so it is looked for once: of many badges there are few kinds.
    """
    kinds = defaultdict(list)
    for badge in badges:
        kinds[badge.provider_id, bool(badge.provider_template_id), badge.manual_issuance].append(badge)
    refused: dict[tuple[int, int], Refusal] = {}
    for alike in kinds.values():
        for student in students:
            refusal = _refusal_of(alike[0], student, refusals.get(student.pk))
            if refusal is not None:
                refused.update(((badge.pk, student.pk), refusal) for badge in alike)
    return refused


def _refusal_of(badge: Badge, student: User, own: Refusal | None) -> Refusal | None:
    found = [own] if own else []
    if not badge.manual_issuance:
        found.append(Refusal("manual_issuance_off", _("Manual issuance is not enabled on this badge.")))
    return together([*found, *obstacles(badge, RecipientAccount.of(student))])


def _issue_batch(
    batch: IssuanceBatch,
    chosen: Sequence[Pair],
    left_out: Sequence[Failure],
    refusals: Mapping[int, Refusal],
    write: Callable[[list[tuple[int, int]], IssuanceBatch], set[tuple[int, int]]],
) -> Report:
    # The insert waits for a twin that is not committed yet, and then finds its key taken.
    IssuanceBatch.objects.bulk_create([batch], ignore_conflicts=True)
    stored = IssuanceBatch.objects.get(idempotency_key=batch.idempotency_key)
    if _origin(stored) != _origin(batch):
        raise KeyUsedError
    asked = stored.items.exclude(code=LEFT_OUT_CODE)
    if asked_before := list(asked.values_list("badge_id", "student_id", "code")):
        is_undone = any(code == UNDONE_CODE for _badge, _student, code in asked_before)
        if is_undone or {(badge, student) for badge, student, _code in asked_before} != {pair.key for pair in chosen}:
            raise KeyUsedError
        return report_of(stored)

    # As they are now, and stay until this is committed: switched off, given another address, or deleted meanwhile.
    pairs = _as_they_are_now([*chosen, *(one.pair for one in left_out)])[: len(chosen)]
    refused = _refused({pair.badge for pair in pairs}, list({pair.student for pair in pairs}), refusals)
    ready = [pair.key for pair in pairs if pair.key not in refused]
    issued = write(ready, stored)
    taken = _taken(pairs, at=stored.created_at) if len(issued) < len(ready) else {}
    report = Report(stored, issued=[pair for pair in pairs if pair.key in issued], left_out=list(left_out))
    for pair in pairs:
        if pair.key not in issued:
            refusal = refused.get(pair.key) or taken.get(pair.key) or already_held()
            report.failed.append(Failure(pair, refusal))
    IssuanceItem.objects.bulk_create(
        IssuanceItem(batch=stored, badge=badge, student=student, code=one.refusal.code, message=one.refusal.message)
        for one in [*report.failed, *report.left_out]
        for badge, student in [(one.pair.badge, one.pair.student)]
    )
    return report


# OFFSET makes PostgreSQL look up each award on its own: there are a chunk of them at most, and any number of issued badges.
_INSERT_EARNED = """
WITH {{ctes}}award AS MATERIALIZED ({{select}}),
candidate AS MATERIALIZED (
    SELECT award.*, person.email, person.first_name, person.last_name, person.is_active, badge.provider_id, provider.kind = 'built_in' AS is_accepted,
        award.at + make_interval(hours => 24 * badge.valid_days) AS expires_at,
        NULL::bigint AS issued_by, NULL::bigint AS batch, '' AS note, '' AS link,
        {issuable} AND char_length(person.email) <= 60 AND person.email ~ %(plain)s AS is_plain
    FROM award
    JOIN organizations_user person ON person.id = award.student_id
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
""".format(issuable=IS_ISSUABLE, insert=INSERT_FROM.format(rows="candidate WHERE is_plain"))  # noqa: S608 - our own words
