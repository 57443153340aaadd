"""Who works on which issued badge: claims what is due, so that no two workers ever have the same one.

A claim is a row in the state `sending` whose `next_attempt_at` is the end of its lease. A worker that is killed leaves
it so, and when the lease is over the row is due again like any other; `sent_at` then says that the provider may have
the badge, and it is looked up before anything is sent. All moments are the database's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from badges import pacing
from badges.models import BadgeTemplate, IssuedBadge

ON_ITS_WAY = (IssuedBadge.Delivery.PENDING, IssuedBadge.Delivery.SENDING, IssuedBadge.Delivery.UNCERTAIN)


@dataclass(frozen=True)
class Claim:
    """One issued badge that this worker alone may bring to its provider, until its lease ends.

    `may_exist`: a request that issues it may have left before. `allows_duplicates`: the provider would not refuse a
    second one. `others`: the provider's ids of what this student had of this badge before, revoked by now. `is_probe`:
    the provider fails, and this one claim is to show whether it still does.
    """

    issued: IssuedBadge
    claimed_at: datetime
    may_exist: bool
    allows_duplicates: bool
    others: frozenset[str]
    is_probe: bool = False


@dataclass(frozen=True)
class Due:
    """A provider with something to do: how many rows are due now, counted up to the number of threads.

    `held` is for how many seconds it must not be asked yet.
    """

    provider_id: int
    is_built_in: bool
    held: float
    count: int


_DUE = """
SELECT provider.id, provider.kind = 'built_in',
    greatest(0, coalesce(extract(epoch FROM pace.held_until - clock_timestamp()), 0))::float, (
    SELECT count(*) FROM (
        SELECT FROM badges_issuedbadge AS row
        WHERE row.provider_id = provider.id AND row.delivery IN ('pending', 'sending', 'uncertain')
            AND row.next_attempt_at <= clock_timestamp()
        LIMIT %(most)s
    ) AS due)
FROM badges_badgeprovider AS provider LEFT JOIN badges_providerpace AS pace ON pace.provider_id = provider.id
WHERE provider.is_enabled AND provider.paused_at IS NULL
ORDER BY provider.id
"""

# A badge that is issued again, or to another address, waits until the provider knows that the first one is revoked.
_CLAIM = """
WITH due AS (
    SELECT row.id, row.sent_at
    FROM badges_issuedbadge AS row JOIN badges_badgeprovider AS provider ON provider.id = row.provider_id
    WHERE row.provider_id = %(provider)s AND row.delivery IN ('pending', 'sending', 'uncertain')
        AND row.next_attempt_at <= clock_timestamp()
        AND (%(only)s::bigint IS NULL OR row.id = %(only)s)
        AND provider.is_enabled AND provider.paused_at IS NULL
        AND (row.revoked_at IS NOT NULL OR NOT EXISTS (
            SELECT FROM badges_issuedbadge AS earlier
            WHERE earlier.badge_id = row.badge_id AND earlier.student_id = row.student_id AND earlier.id <> row.id
                AND earlier.delivery IN ('pending', 'sending', 'uncertain')))
    ORDER BY row.next_attempt_at, row.id
    LIMIT %(most)s
    FOR UPDATE OF row SKIP LOCKED
)
UPDATE badges_issuedbadge AS claimed SET
    delivery = 'sending',
    claimed_at = clock_timestamp(),
    next_attempt_at = clock_timestamp() + make_interval(secs => %(lease)s),
    attempts = claimed.attempts + 1,
    sent_at = CASE WHEN claimed.revoked_at IS NULL THEN coalesce(claimed.sent_at, clock_timestamp()) ELSE due.sent_at END
FROM due WHERE due.id = claimed.id
RETURNING claimed.id, due.sent_at IS NOT NULL
"""


def due_providers(most: int) -> list[Due]:
    """The providers that have something due; at most `most` rows of each are counted. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"most": most})
        return [Due(*row) for row in cursor.fetchall() if row[3]]


def claim(provider_id: int, *, only: int | None = None) -> Claim | None:
    """The provider's next due badge, or the one with the id `only` if it is due; None when there is nothing to do.

    None as well while the provider is switched off, paused, or held after failures; then a single claim at a time goes
    through as a probe.
    """
    with transaction.atomic():
        is_probe = pacing.is_failing(provider_id)
        if is_probe is None:
            return None
        claims = _claim(provider_id, only=only, most=1)
        if not claims:
            return None
        if is_probe:
            pacing.hold(provider_id, pacing.PROBE)
    return replace(claims[0], is_probe=is_probe)


def claim_many(provider_id: int, most: int) -> list[Claim]:
    """Up to `most` due badges of a provider that is not outside: for one transaction, which the caller keeps open."""
    return _claim(provider_id, only=None, most=most)


def _claim(provider_id: int, *, only: int | None, most: int) -> list[Claim]:
    parameters = {"provider": provider_id, "only": only, "most": most, "lease": settings.DELIVERY_LEASE}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, parameters)
        claimed: dict[int, bool] = dict(cursor.fetchall())
    if not claimed:
        return []
    rows = IssuedBadge.objects.filter(pk__in=claimed).select_related(
        "badge__organization", "provider", "student__organization"
    )
    return _described(list(rows.order_by("pk")), claimed)


def _described(rows: Sequence[IssuedBadge], claimed: dict[int, bool]) -> list[Claim]:
    """The claims, with all that is to be known before the provider is asked. Three queries at most."""
    templates = BadgeTemplate.objects.filter(
        provider__in={row.provider_id for row in rows}, allows_duplicates=True
    ).values_list("provider_id", "external_id")
    loose = set(templates) if any(not row.provider.is_built_in for row in rows) else set()
    claims = []
    for row in rows:
        assert row.claimed_at is not None
        may_exist = claimed[row.pk]
        if not may_exist:
            _follow_the_student(row)
        earlier = IssuedBadge.objects.filter(badge=row.badge_id, student=row.student_id).exclude(pk=row.pk)
        others = earlier.exclude(external_id="").values_list("external_id", flat=True)
        claims.append(
            Claim(
                row,
                row.claimed_at,
                may_exist,
                allows_duplicates=(row.provider_id, row.badge.provider_template_id) in loose,
                others=frozenset() if row.provider.is_built_in else frozenset(others),
            )
        )
    return claims


def _follow_the_student(row: IssuedBadge) -> None:
    """What was never sent goes to the student's address of now, unless a person chose another one."""
    email = row.student.email
    if email == row.recipient_email or row.is_readdressed:
        return
    try:
        validate_email(email)
    except ValidationError:
        return
    row.recipient_email = email
    row.save(update_fields=["recipient_email"])
