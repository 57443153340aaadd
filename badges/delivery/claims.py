"""Who works on which issued badge: claims what is due, so that no two workers ever have the same one.

A claim is a row in the state `sending` whose `next_attempt_at` is the end of its lease. A worker that is killed leaves
it so, and when the lease is over the row is due again like any other. `sent_at`, written just before a request to issue
leaves, says that the provider may have the badge. All moments are the database's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models.functions import Now

from badges.delivery import pacing
from badges.models import BadgeTemplate, IssuedBadge
from badges.models.providers import ASKED_WITH

# How long what was read of a template is relied on; a check reads all of them every night.
LATELY = timedelta(days=2)


@dataclass
class NextRequest:
    """Whether the next request about a claim is the one that issues the badge."""

    issues: bool = False


@dataclass(frozen=True)
class Claim:
    """One issued badge that this worker alone may bring to its provider, until its lease ends.

    `sent_at`: since when the provider may have it, None if a request to issue it never left. `allows_duplicates`:
    whether its template does, None where that was not read lately. `others`: the provider's ids of what this student
    had of this badge before, revoked by now. `is_probe`: the provider fails, and this one claim is to show whether it
    still does.
    """

    issued: IssuedBadge
    claimed_at: datetime
    sent_at: datetime | None
    allows_duplicates: bool | None
    others: frozenset[str]
    is_probe: bool = False
    next_request: NextRequest = field(default_factory=NextRequest, compare=False)

    @contextmanager
    def issuing(self) -> Iterator[None]:
        """Within it the request that leaves is the one that issues the badge."""
        self.next_request.issues = True
        try:
            yield
        finally:
            self.next_request.issues = False

    @property
    def template_ref(self) -> str:
        """The template it was sent from or, while it was not, the badge's of now."""
        return self.issued.template_ref if self.sent_at else self.issued.badge.provider_template_id


@dataclass(frozen=True)
class Due:
    """A provider with something to do; `held` is for how many seconds there is nothing that it may be asked yet."""

    provider_id: int
    held: float


# statement_timestamp() does not change within a statement, so that the index on the moment can be used. Ordered by the
# index: without it the planner may read the whole table where one provider has most of it.
_DUE = """
SELECT provider.id,
    greatest(0, extract(epoch FROM greatest(pace.held_until, due.next_attempt_at) - statement_timestamp()))::float
FROM badges_badgeprovider AS provider
LEFT JOIN badges_providerpace AS pace ON pace.provider_id = provider.id
CROSS JOIN LATERAL (
    SELECT row.next_attempt_at FROM badges_issuedbadge AS row
    WHERE row.provider_id = provider.id AND row.delivery IN ('pending', 'sending', 'uncertain')
        AND row.next_attempt_at <= statement_timestamp() + make_interval(secs => %(soon)s)
    ORDER BY row.next_attempt_at LIMIT 1
) AS due
WHERE provider.is_enabled AND provider.paused_at IS NULL
ORDER BY provider.id
"""

# A reissued badge waits until the provider has confirmed the revocation of the first.
_CLAIM = """
WITH due AS (
    SELECT row.id
    FROM badges_issuedbadge AS row JOIN badges_badgeprovider AS provider ON provider.id = row.provider_id
    WHERE row.provider_id = %(provider)s AND row.delivery IN ('pending', 'sending', 'uncertain')
        AND row.next_attempt_at <= statement_timestamp()
        AND (%(only)s::bigint IS NULL OR row.id = %(only)s)
        AND provider.is_enabled AND provider.paused_at IS NULL
        AND (row.revoked_at IS NOT NULL OR NOT EXISTS (
            SELECT FROM badges_issuedbadge AS earlier
            WHERE earlier.badge_id = row.badge_id AND earlier.student_id = row.student_id AND earlier.id <> row.id
                AND earlier.provider_id = row.provider_id
                AND earlier.delivery IN ('pending', 'sending', 'uncertain')))
    ORDER BY row.next_attempt_at, row.id
    LIMIT %(most)s
    FOR UPDATE OF row SKIP LOCKED
)
UPDATE badges_issuedbadge AS claimed SET
    delivery = 'sending',
    claimed_at = statement_timestamp(),
    next_attempt_at = statement_timestamp() + make_interval(secs => %(lease)s),
    attempts = claimed.attempts + 1
FROM due WHERE due.id = claimed.id
RETURNING claimed.id
"""

# Whether what was claimed is still to be done, and as it was then: by an account that is the same and may be asked, for a
# badge that was not revoked meanwhile and, while it was not sent, has the same template.
_STILL = f"""
badges_badgeprovider AS provider, badges_badge AS badge
WHERE row.id = %(id)s AND row.claimed_at = %(claimed_at)s AND row.delivery = 'sending'
    AND (row.revoked_at IS NOT NULL) = %(is_revoked)s
    AND provider.id = row.provider_id AND provider.is_enabled AND provider.paused_at IS NULL
    AND {" AND ".join(f"provider.{name} = %({name})s" for name in ASKED_WITH)}
    AND badge.id = row.badge_id AND (%(keeps_template)s OR badge.provider_template_id = %(template)s)
"""
_MAY_ASK = f"SELECT row.id FROM badges_issuedbadge AS row, {_STILL}"  # noqa: S608
# The fence: a worker whose claim has ended, or whose badge was revoked, sends nothing.
_MAY_ISSUE = f"""
UPDATE badges_issuedbadge AS row SET sent_at = clock_timestamp(), template_ref = %(template)s, looks = 0
FROM {_STILL} RETURNING row.id
"""  # noqa: S608


def due_providers(*, soon: float = 0.0) -> list[Due]:
    """The providers that have something due now, or within `soon` seconds, in the order of their ids. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"soon": soon})
        return [Due(*row) for row in cursor.fetchall()]


def moment() -> datetime:
    """The database's clock now, by which all moments of claims are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def may_leave(claim: Claim) -> bool:
    """The last word before a request about the claim leaves, whichever it is; False when nothing may leave any more.

    Not when somebody has switched the provider off, paused it or changed its account, revoked the badge, or given it
    another template; nor when the claim is over. Of the request that issues the badge it is written down that it leaves.
    One query.
    """
    row = claim.issued
    values: dict[str, str | int | bool | datetime] = {
        **row.provider.asked_with,
        "id": row.pk,
        "claimed_at": claim.claimed_at,
        "is_revoked": row.revoked_at is not None,
        "keeps_template": claim.sent_at is not None or row.revoked_at is not None,
        "template": claim.template_ref,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MAY_ISSUE if claim.next_request.issues else _MAY_ASK, values)
        return cursor.fetchone() is not None


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
        claimed = [pk for (pk,) in cursor.fetchall()]
    if not claimed:
        return []
    rows = IssuedBadge.objects.filter(pk__in=claimed).select_related(
        "badge__organization", "provider", "student__organization"
    )
    return [_described(row) for row in rows.order_by("pk")]


def _described(row: IssuedBadge) -> Claim:
    """The claim, with all that is to be known before the provider is asked. Two queries, none for the built-in issuer."""
    assert row.claimed_at is not None
    if row.sent_at is None:
        _follow_the_student(row)
    claimed = Claim(row, row.claimed_at, row.sent_at, allows_duplicates=None, others=frozenset())
    if row.provider.is_built_in:
        return claimed
    template = BadgeTemplate.objects.filter(
        provider=row.provider_id, external_id=claimed.template_ref, read_at__gt=Now() - LATELY
    )
    allows = template.values_list("allows_duplicates", flat=True).first()
    earlier = IssuedBadge.objects.filter(badge=row.badge_id, student=row.student_id, provider=row.provider_id)
    ids = earlier.exclude(pk=row.pk).exclude(external_id="").values_list("external_id", flat=True)
    return replace(claimed, allows_duplicates=allows, others=frozenset(ids))


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
