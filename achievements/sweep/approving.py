"""What would be awarded to more people than an organization expects awaits approval: a hold, until somebody decides (N5)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from achievements.definitions.editing import switch
from achievements.models import Achievement, Hold
from achievements.sweep.runs import Run
from operation.models import SweepHint
from operation.wake import drain_soon
from organizations.models import User

# At most one hold waits per achievement. Later full looks update its number.
_HOLD = """
INSERT INTO achievements_hold (achievement_id, version, count, held_at, sweep_id, decision)
VALUES (%s, %s, %s, %s, %s, 'waiting')
ON CONFLICT (achievement_id) WHERE decision = 'waiting'
DO UPDATE SET version = excluded.version, count = excluded.count, held_at = excluded.held_at,
    sweep_id = excluded.sweep_id
"""

WINDOW = timedelta(hours=1)

# What was approved has been asked about, so it does not count. Awards are read by the index of when they were given.
_GIVEN = """
WITH asked (id, since) AS (
    SELECT limited, greatest(%s, (SELECT max(released_at) FROM achievements_hold WHERE achievement_id = limited))
    FROM unnest(%s::bigint[]) AS limited)
SELECT asked.id, count(*)::bigint FROM achievements_earnedachievement JOIN asked ON asked.id = achievement_id
WHERE created_at > %s AND created_at > since AND lag IS NOT NULL GROUP BY 1
UNION ALL
SELECT asked.id, sum(late_badges)::bigint
FROM achievements_sweeppart part JOIN asked ON asked.id = achievement_id JOIN achievements_sweep sweep ON sweep.id = sweep_id
WHERE started_at > since GROUP BY 1
"""

_WAITING = Q(decision=Hold.Decision.WAITING)
_APPROVED = Q(decision=Hold.Decision.APPROVED, released_at=None)  # and not used up


@dataclass(frozen=True)
class Verdict:
    """How many awards are held, by achievement id; `news` are those that were written down now.

    `approved`: since when what was approved of other achievements is due.
    """

    held: dict[int, int] = field(default_factory=dict)
    news: dict[int, int] = field(default_factory=dict)
    approved: dict[int, datetime] = field(default_factory=dict)


def hold_if_too_many(
    run: Run,
    achievements: Sequence[Achievement],
    found: Mapping[int, int],
    *,
    of_everybody: bool,
    of_cycle: bool = False,
) -> Verdict:
    """Decide what may be awarded, before any of it is written; `found` is how many were, by achievement id.

    More than the organization's approval limit are held, all of them, counted with what was awarded within the last
    hour: it may be one change, cut in pieces. While a hold waits, nobody earns the achievement: otherwise students with
    new records would slip past the hold one at a time; only a look at everybody may find that it is not too many any
    more. Where achievements feed each other, a look finds only what comes first, so the holds of these wait until
    somebody decides. What was approved passes in any number, until `use_up_approval`. What was changed since it was
    approved is asked about anew. The organizations must be loaded. One query, one more where there is an approval
    limit, and one for each hold.
    """
    verdict = Verdict()
    waiting = _waiting(achievements, verdict)
    given = _given(run, achievements)
    for achievement in achievements:
        pk, count, hold = achievement.pk, found.get(achievement.pk, 0), waiting.get(achievement.pk)
        may_lift = of_everybody and not (of_cycle and achievement.organization.approval_limit is not None)
        if pk in verdict.approved or not _is_held(achievement, count, given[pk], hold, may_lift=may_lift):
            if hold is not None and may_lift:
                hold.delete()
        elif count:
            verdict.held[pk] = count
            if hold is None or of_everybody:
                verdict.news[pk] = count
                with connection.cursor() as cursor:
                    cursor.execute(_HOLD, [pk, achievement.version, count, run.now, run.sweep.pk])
    return verdict


def use_up_approval(run: Run, achievement: Achievement) -> None:
    """All that was approved is awarded: the next time that it is too many, it is asked for again."""
    of_version = Hold.objects.filter(_APPROVED, achievement=achievement, version=achievement.version)
    of_version.update(released_at=run.now)


class DisabledError(Exception):
    """What is held cannot be approved: the achievement is disabled, so that nobody would be awarded."""


def approve(hold: Hold, *, by: User, at: datetime) -> bool:
    """Have what is held awarded, however many there are by now: the sweep looks at it next.

    False, and nothing done, when it was decided already, or when the conditions have changed since `hold`.
    Raises DisabledError: an approval must not wait for what the achievement may be by the time it is enabled.
    """
    with transaction.atomic():
        if not _locked(hold).is_enabled:
            raise DisabledError
        if not _decide(hold, Hold.Decision.APPROVED, by=by, at=at):
            return False
        SweepHint.objects.create(achievement_id=hold.achievement_id)
        drain_soon()
    return True


def discard(hold: Hold, *, by: User, at: datetime) -> bool:
    """Have nothing of it awarded: the achievement is disabled, and whoever enables it again is asked again.

    False, and nothing done, as with `approve`.
    """
    with transaction.atomic():
        _locked(hold)
        if not _decide(hold, Hold.Decision.DISCARDED, by=by, at=at):
            return False
        switch(hold.achievement, is_enabled=False, by=by, at=at)
    return True


def _locked(hold: Hold) -> Achievement:
    """The achievement, before the hold, as whoever edits it locks them."""
    return Achievement.objects.select_for_update(no_key=True).get(pk=hold.achievement_id)


def _waiting(achievements: Sequence[Achievement], verdict: Verdict) -> dict[int, Hold]:
    """The holds that wait, by achievement; what was approved is put into the verdict."""
    versions = {achievement.pk: achievement.version for achievement in achievements}
    waiting = {}
    for hold in Hold.objects.filter(achievement__in=versions).filter(_WAITING | _APPROVED):
        if hold.decision == Hold.Decision.WAITING:
            waiting[hold.achievement_id] = hold
        elif hold.version == versions[hold.achievement_id] and hold.decided_at is not None:
            verdict.approved[hold.achievement_id] = hold.decided_at
    return waiting


def _given(run: Run, achievements: Sequence[Achievement]) -> Counter[int]:
    """What counts with what was found, by achievement id: of those that have an approval limit."""
    limited = [one.pk for one in achievements if one.organization.approval_limit is not None]
    given: Counter[int] = Counter()
    if limited:
        an_hour_ago = run.now - WINDOW
        with connection.cursor() as cursor:
            cursor.execute(_GIVEN, [an_hour_ago, limited, an_hour_ago])
            for achievement_id, count in cursor.fetchall():
                given[achievement_id] += count
    return given


def _is_held(achievement: Achievement, count: int, given: int, hold: Hold | None, *, may_lift: bool) -> bool:
    approval_limit = achievement.organization.approval_limit
    is_too_many = approval_limit is not None and count > 0 and given + count > approval_limit
    return is_too_many or (hold is not None and not may_lift)


def _decide(hold: Hold, decision: Hold.Decision, *, by: User, at: datetime) -> bool:
    """Whether it was still to be decided, for these conditions. The hold is locked until the transaction ends."""
    undecided = Hold.objects.filter(pk=hold.pk, version=hold.version, decision=Hold.Decision.WAITING)
    return bool(undecided.update(decision=decision, decided_by=by, decided_at=at))
