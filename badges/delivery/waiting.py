"""How long the oldest thing of each kind has waited to be delivered, sent, applied or asked for; pages do not ask this."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from badges.delivery.pacing import PATIENT_FAILURES
from badges.models import BadgeLetter
from badges.providers.base import Scope
from badges.providers.opening import kinds_that
from operation.promises import Promise

# A provider takes ten badges a second unless it was told otherwise: so a batch of 18,000 is no alarm.
BADGE = timedelta(minutes=30)
# Fifteen times as long as a mail server that was away is left alone.
LETTER = timedelta(minutes=30)
# Six times as often as providers are asked; what waits for one that fails is told by that.
EVENT = POLL = timedelta(hours=1)
# A provider that restarts or is being updated is back before that.
FAILING = timedelta(hours=1)

# One statement, so that all ages are of one moment. Each part reads the end of an index, however much waits.
#
# badge: from when it may be asked for; a held provider is not asked. A provider that fails puts its badges off each
# time, so what waits for it is told as `failing` instead.
# letter: those written after the last one that was sent. A mail server that is away, or refuses all, puts them off each
# time; while one that refuses a single address takes the next letter, and so does not count.
_AGES = """
WITH askable AS (
    SELECT provider.*, pace.held_until,
        coalesce(pace.failures >= %(patient)s OR pace.refusals >= %(patient)s, false) AS is_failing
    FROM badges_badgeprovider AS provider LEFT JOIN badges_providerpace AS pace ON pace.provider_id = provider.id
    WHERE provider.is_enabled AND provider.paused_at IS NULL
)
SELECT
    (SELECT max(statement_timestamp() - greatest(due.next_attempt_at, askable.held_until))
        FROM askable CROSS JOIN LATERAL (
            SELECT row.next_attempt_at FROM badges_issuedbadge AS row
            WHERE row.provider_id = askable.id AND row.delivery IN ('pending', 'sending', 'uncertain')
                AND row.next_attempt_at <= statement_timestamp()
            ORDER BY row.next_attempt_at LIMIT 1
        ) AS due
        WHERE greatest(due.next_attempt_at, askable.held_until) <= statement_timestamp()),
    (SELECT statement_timestamp() - issued.delivered_at
        FROM badges_badgeletter AS letter JOIN badges_issuedbadge AS issued ON issued.id = letter.issued_badge_id
        WHERE letter.next_attempt_at IS NOT NULL AND letter.id > coalesce(
            (SELECT id FROM badges_badgeletter WHERE sent_at IS NOT NULL ORDER BY id DESC LIMIT 1), 0)
        ORDER BY letter.id LIMIT 1),
    (SELECT max(statement_timestamp() - event.next_attempt_at)
        FROM badges_providerevent AS event JOIN askable ON askable.id = event.provider_id
        WHERE event.result = 'waiting' AND event.next_attempt_at <= statement_timestamp()
            AND (askable.held_until IS NULL OR askable.held_until <= statement_timestamp())),
    (SELECT max(statement_timestamp() - greatest(created_at, verified_at, polled_at))
        FROM askable WHERE kind = ANY(%(polled)s) AND NOT is_failing AND NOT %(scope)s = ANY(lacking_scopes)),
    (SELECT max(statement_timestamp() - coalesce(last_success_at, created_at)) FROM askable WHERE is_failing),
    (SELECT max(statement_timestamp() - paused_at) FROM badges_badgeprovider WHERE is_enabled)
"""

_QUEUES = """
SELECT provider.id, provider.name, provider.paused_at IS NOT NULL,
    coalesce(way.due, 0), coalesce(way.uncertain, 0), way.oldest, coalesce(failed.count, 0)
FROM badges_badgeprovider AS provider
LEFT JOIN (
    SELECT provider_id, count(*) FILTER (WHERE next_attempt_at <= statement_timestamp()) AS due,
        count(*) FILTER (WHERE delivery = 'uncertain') AS uncertain,
        statement_timestamp() - min(next_attempt_at) FILTER (WHERE next_attempt_at <= statement_timestamp()) AS oldest
    FROM badges_issuedbadge WHERE delivery IN ('pending', 'sending', 'uncertain') GROUP BY provider_id
) AS way ON way.provider_id = provider.id
LEFT JOIN (
    SELECT provider_id, count(*) FROM badges_issuedbadge WHERE delivery = 'failed' GROUP BY provider_id
) AS failed ON failed.provider_id = provider.id
WHERE provider.is_enabled ORDER BY provider.id
"""


def promises() -> list[Promise]:
    """Of badges, letters, events, polls and providers. One query.

    That a provider is paused is told and breaks no promise: a person paused it, or has been told to see to its token.
    """
    badge, letter, event, poll, failing, paused = _ages()
    return [
        Promise.within("oldest_badge", badge, BADGE),
        Promise.within("oldest_letter", letter, LETTER),
        Promise.within("oldest_event", event, EVENT),
        Promise.within("oldest_poll", poll, POLL),
        Promise.within("failing_provider", failing, FAILING),
        Promise("paused_provider", is_kept=True, age=paused),
    ]


@dataclass(frozen=True)
class ProviderQueue:
    """What waits for one provider. A badge that waits longer for its turn is not due yet."""

    provider_id: int
    name: str
    is_paused: bool
    due: int
    uncertain: int
    oldest: timedelta | None
    failed: int


def queues() -> list[ProviderQueue]:
    """Of each provider that is switched on. One query, over what is on its way and what failed."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES)
        return [ProviderQueue(*row) for row in cursor.fetchall()]


def letters() -> int:
    """How many are not sent yet, and not given up. One query."""
    return BadgeLetter.objects.filter(next_attempt_at__isnull=False).count()


def _ages() -> Sequence[timedelta | None]:
    parameters: dict[str, int | str | list[str]] = {
        "patient": PATIENT_FAILURES,
        "scope": Scope.ISSUED_BADGES.value,
        "polled": kinds_that(lambda can: can.can_be_polled),
    }
    with connection.cursor() as cursor:
        cursor.execute(_AGES, parameters)
        return cursor.fetchone() or ()
