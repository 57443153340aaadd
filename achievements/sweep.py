"""The only place that finds earners: a full pass over all history, and a queue of hints that makes it quick.

The full pass is the truth. It keeps no watermark, so that late commits, imports, restores, clock steps and lost hints
cannot lose anybody. The drain runs the same statements for those whom the hints name; whom it misses, the pass finds.
"""

import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from achievements import earning, hints
from achievements.conditions.sql import EVERYBODY, People
from achievements.earning import CHUNK, Found
from achievements.models import Achievement, Sweep
from achievements.rules import Loaded, Swept, Touched, load
from achievements.runs import Run
from tms.models import User
from tms.retrying import REPEATABLE, retry_once

logger = logging.getLogger(__name__)

CASCADE_ROUNDS = 50
TOGETHER = 25  # achievements in one statement of a drain
DRAIN_SECONDS = 60
RECONNECT_SECONDS = 30

# Whatever takes this long is poisoned: it must not take the hour from the others. A cursor is read to its end here, so
# the planner must not prefer the plan whose first rows come early.
_LIMIT = """
SELECT set_config('statement_timeout', '600s', true), set_config('lock_timeout', '20s', true),
    set_config('cursor_tuple_fraction', '1', true)
"""
_CLAIM = "SELECT pg_try_advisory_xact_lock(hashtextextended('achievements.sweep ' || %s, 0))"


def award_everybody(*, at: datetime, started_by: User | None = None) -> Sweep:
    """Award every enabled achievement to everybody who has ever met its conditions (S43). Safe to repeat at any time.

    An achievement that another pass is evaluating is skipped; one that fails is recorded and stops no other. Killed in
    the middle, a pass has lost one chunk of work at most, which the next one does again.
    """
    run = Run(Sweep(kind=Sweep.Kind.FULL, started_at=at, started_by=started_by))
    run.save()
    _award_all(run, load(), EVERYBODY)
    run.finish()
    return run.sweep


def drain(*, at: datetime) -> Sweep | None:
    """Award what the queued hints lead to; the log row, or None when nothing was earned and nothing failed.

    Hints of students are taken, evaluated and written in one transaction: a killed drain gives them back. Several
    drains may run at once; each takes others' leavings.
    """
    run = Run(Sweep(kind=Sweep.Kind.DRAIN, started_at=at))
    busy: set[int] = set()
    while run.seconds < DRAIN_SECONDS:
        done = retry_once(partial(_drain_students, run))
        if done is None:
            break
        run, wider = done
        if wider.achievement_ids or wider.organization_ids:
            busy |= _award_wider(run, wider)
    hints.put_back(busy)
    return run.sweep if run.finish() else None


def _award_all(run: Run, loaded: Loaded, people: People) -> set[int]:
    """Award all these, then those that follow others until nothing new is earned; ids of those that were skipped."""
    skipped: set[int] = set()

    def award(swept: Swept) -> bool:
        earned_before = run.sweep.earned
        if not _award(run, swept, people):
            skipped.add(swept.achievement.pk)
        return run.sweep.earned > earned_before

    for achievement, error in loaded.poisoned:
        run.report(achievement, "conditions", str(error))
    for swept in loaded.swept:
        if not swept.follows_others:
            award(swept)
    _cascade([swept for swept in loaded.swept if swept.follows_others], award)
    run.sweep.achievements = max(run.sweep.achievements, len(loaded.swept) + len(loaded.poisoned))
    run.sweep.skipped += len(skipped)
    return skipped


def _award(run: Run, swept: Swept, people: People) -> bool:
    """Award one achievement, whatever happens; False when another pass is evaluating it."""
    try:
        return _with_a_connection(lambda: _award_unguarded(run, swept, people))
    except Exception as error:  # the task's border: whatever is wrong with one achievement, the others are awarded
        if not connection.is_usable():
            raise
        logger.exception("Achievement %d could not be evaluated.", swept.achievement.pk)
        run.report(swept.achievement, "evaluation", str(error).strip() or type(error).__name__)
        return True


def _award_unguarded(run: Run, swept: Swept, people: People) -> bool:
    if people is EVERYBODY:
        after: int | None = 0
        while swept.achievement.badge is not None and after is not None:
            written, after = retry_once(partial(_issue_missing, swept.achievement, after))
            run.add(swept.achievement, written.earned, written.badges)
    if swept.is_limited:
        return retry_once(partial(_award_limited, run, swept))
    return retry_once(partial(_award_in_chunks, run, swept, people))


@transaction.atomic
def _issue_missing(achievement: Achievement, after: int) -> tuple[earning.Written, int | None]:
    _execute(_LIMIT)
    return earning.issue_missing(achievement, after_user=after)


def _award_in_chunks(run: Run, swept: Swept, people: People) -> bool:
    """One evaluation, and a transaction for each chunk that it finds: usually the one in which it ran."""
    with contextlib.closing(earning.find_in_chunks(swept.rule_for(people))) as chunks:
        for number in itertools.count():
            with transaction.atomic():
                _execute(_LIMIT)
                if number == 0 and people is EVERYBODY and not _claim(swept):
                    return False
                chunk = next(chunks)
                written = earning.write(swept, chunk, run=run)
            run.add(swept.achievement, written.earned, written.badges)
            if len(chunk) < CHUNK:
                return True
    raise AssertionError("itertools.count does not end")


def _award_limited(run: Run, swept: Swept) -> bool:
    """All in one transaction: the lock that keeps a place from being given twice lasts as long."""
    with transaction.atomic():
        _execute(_LIMIT)
        if not _claim(swept):
            return False
        written = [earning.write(swept, chunk, run=run) for chunk in _chunks(earning.find_limited(swept))]
    for one in written:
        run.add(swept.achievement, one.earned, one.badges)
    return True


def _cascade(followers: Sequence[Swept], award: Callable[[Swept], bool]) -> None:
    """Award what points and achievements lead to, again and again, until nobody earns anything.

    What an achievement earns concerns the others, not itself. A ring of achievements that feed each other could go on
    for as long as its Frequency; what CASCADE_ROUNDS leaves over, the next sweep goes on with.
    """
    due = {swept.achievement.pk for swept in followers}
    for _round in range(CASCADE_ROUNDS):
        for swept in followers:
            if swept.achievement.pk in due:
                due.discard(swept.achievement.pk)
                if award(swept):
                    due |= {other.achievement.pk for other in followers if other is not swept}
        if not due:
            return
    logger.warning("Achievements %s feed each other; the next sweep goes on with them.", sorted(due))


@transaction.atomic
def _drain_students(run: Run) -> tuple[Run, hints.Taken] | None:
    """Take a batch of hints and award their students; None when the queue is empty.

    What a rolled back batch has counted is forgotten with it: it counts in a copy of the run.
    """
    taken = hints.take()
    if taken is None:
        return None
    run = run.copy()
    if taken.student_ids:
        _execute(_LIMIT)
        _award_students(run, taken.student_ids)
    return run, taken


def _award_students(run: Run, student_ids: Sequence[int]) -> None:
    touched = Touched.by(student_ids)
    concerned = [swept for swept in load().swept if touched.could_meet(swept.rule)]
    people = People(user_ids=student_ids)
    run.sweep.achievements = max(run.sweep.achievements, len(concerned))
    _award_together(run, [swept for swept in concerned if not swept.follows_others], people)
    followers = [swept for swept in concerned if swept.follows_others]
    _cascade(followers, lambda swept: _award_together(run, [swept], people))


def _award_together(run: Run, concerned: Iterable[Swept], people: People) -> bool:
    """Award these to these people, in few statements; True when anybody earned anything.

    Written in the order of badges, as everywhere: two writers must not wait for each other in a ring.
    """
    found: dict[int, list[Found]] = {}
    ordered = sorted(concerned, key=lambda swept: (swept.achievement.badge_id or 0, swept.achievement.pk))
    for several in itertools.batched(ordered, TOGETHER, strict=False):
        found |= _find_together(several, people)
    earned_before = run.sweep.earned
    for swept in ordered:
        if found.get(swept.achievement.pk):
            _write(run, swept, found[swept.achievement.pk])
    return run.sweep.earned > earned_before


def _find_together(several: Sequence[Swept], people: People) -> dict[int, list[Found]]:
    """New earners by achievement. If the statement fails, each is tried by itself, and the poisoned one left out."""
    try:
        with transaction.atomic():
            return earning.find_together([swept.rule_for(people) for swept in several])
    except DatabaseError as error:
        if not _is_of_the_statement(error):
            raise
        if len(several) == 1:  # the full pass tells people; a drain would say the same every few seconds
            logger.warning("Achievement %d could not be evaluated: %s", several[0].achievement.pk, error)
            return {}
    return {pk: found for swept in several for pk, found in _find_together([swept], people).items()}


def _write(run: Run, swept: Swept, found: Sequence[Found]) -> None:
    if not run.is_saved:
        run.save()
    try:
        with transaction.atomic():
            chosen = earning.find_limited(swept) if swept.is_limited else found
            written = [earning.write(swept, chunk, run=run) for chunk in _chunks(chosen)]
    except DatabaseError as error:
        if not _is_of_the_statement(error):
            raise
        logger.exception("Achievement %d could not be awarded.", swept.achievement.pk)
        run.report(swept.achievement, "evaluation", str(error).strip())
        return
    for one in written:
        run.add(swept.achievement, one.earned, one.badges)


def _award_wider(run: Run, wider: hints.Taken) -> set[int]:
    """What hints of achievements and organizations ask for; ids of the achievements that somebody else is evaluating.

    An organization's hint concerns its achievements, for everybody, and its members, for every achievement.
    """
    run.save()
    changed = Achievement.objects.filter(organization_id__in=wider.organization_ids).values_list("pk", flat=True)
    skipped = _award_all(run, load({*wider.achievement_ids, *changed}), EVERYBODY)
    if wider.organization_ids:
        _award_all(run, load(), People(organization_ids=wider.organization_ids))
    return skipped


def _chunks(found: Sequence[Found]) -> Iterable[tuple[Found, ...]]:
    return itertools.batched(found, CHUNK, strict=False)


def _claim(swept: Swept) -> bool:
    """Whether this pass may evaluate the achievement: two at once would only do the same work."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [str(swept.achievement.pk)])
        return bool(cursor.fetchone()[0])


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _is_of_the_statement(error: DatabaseError) -> bool:
    """Whether only this statement is bad; otherwise the whole transaction, or the connection, is lost."""
    return connection.is_usable() and not isinstance(error.__cause__, REPEATABLE)


def _with_a_connection[Result](act: Callable[[], Result]) -> Result:
    """What `act` returns, tried once more on a new connection when the server went away meanwhile."""
    try:
        return act()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
    deadline = time.monotonic() + RECONNECT_SECONDS
    while True:
        connection.close()
        try:
            connection.ensure_connection()
            return act()
        except OperationalError:
            if connection.connection is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.5)
