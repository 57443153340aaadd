"""Awards achievements: one to everybody, or several together to some people. Owns the transactions, and keeps a
poisoned achievement from stopping the others.
"""

import itertools
import logging
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError, OperationalError, transaction

from achievements.conditions.events import EVERYBODY, People
from achievements.sweep import approving, earning, finding, found, hints, late_issuing, rules
from achievements.sweep.approving import Verdict
from achievements.sweep.faults import (
    BlockedError,
    is_of_a_lock,
    is_of_the_connection,
    is_of_the_statement,
    poisoned,
    put_off_achievement,
    put_off_student,
)
from achievements.sweep.finding import LOCK_SECONDS, limit_statements
from achievements.sweep.found import CHUNK, Tables
from achievements.sweep.late_badges import count_lacking
from achievements.sweep.rules import RuledAchievement, are_changed
from achievements.sweep.runs import Run, Written
from achievements.sweep.writing import prove, prove_at_once, put_off, student_at, write
from operation.retrying import retry_once

logger = logging.getLogger(__name__)

TOGETHER = 100  # achievements in one statement
ROUNDS = 100  # of a cycle of achievements, before its students go back into the queue


type Pieces[Result] = Generator[None, None, Result]  # stops after each transaction, for whatever comes between


def award(run: Run, ruled: RuledAchievement, people: People = EVERYBODY) -> Pieces[bool]:
    """Award one achievement, whatever happens; False when it was changed after it was loaded: nobody knows yet what it
    leads to.

    Commits as it goes, each chunk with its badges. Everybody who earned it before and never got its badge is counted
    with the new, and served first, so that a student who cannot get it is reported once.
    """
    try:
        return (yield from _award(run, ruled, people))
    except Exception as error:  # the task's border: whatever is wrong with one achievement, the others are awarded
        if is_of_the_connection(error):
            raise
        logger.exception("Achievement %d could not be evaluated.", ruled.achievement.pk)
        run.add(poisoned(ruled, error))
        return True


def award_cycle(run: Run, cycle: Sequence[RuledAchievement], people: People = EVERYBODY) -> Pieces[bool]:
    """Award achievements whose points feed each other: to each student in the order of time. False when one of them was
    changed after it was loaded.

    One evaluation finds the students with new earnings; they are then awarded chunk by chunk (see `award_cycle_to`).
    """
    try:
        return (yield from _award_cycle(run, cycle, people))
    except BlockedError as error:  # too many are held up: awarded one by one, they would be dated too late
        logger.warning("A cycle of achievements is left to the next look: %s", error.__cause__)
        return False
    except Exception as error:  # as above: then each on its own, and the one that fails is named
        if is_of_the_connection(error):
            raise
        logger.exception("A cycle of achievements could not be evaluated together.")
    are_done = True
    for ruled in cycle:
        are_done &= yield from award(run, ruled, people)
    return are_done


def award_together(run: Run, several: Sequence[RuledAchievement], people: People) -> list[Written]:
    """Award these to these people in few statements and one transaction. What was written."""
    return _awarded(run, several, people, only_earliest=False)


def award_cycle_to(run: Run, cycle: Sequence[RuledAchievement], people: People) -> None:
    """Award achievements whose points feed each other to these people, in the order of time, until there is no news.

    An award is thereby dated by everything earned before it. A cycle could go on for as long as its Frequency: whom
    ROUNDS leave over, the next drain goes on with.
    """
    for _round in range(ROUNDS):
        done = _awarded(run, cycle, people, only_earliest=True)
        broken = {written.achievement.pk for written in done if written.is_broken}
        cycle = [ruled for ruled in cycle if ruled.achievement.pk not in broken]
        if not broken and not any(written.earned for written in done):
            return
    _go_on_later(run, cycle, people)


def _go_on_later(run: Run, cycle: Sequence[RuledAchievement], people: People) -> None:
    found.begin()
    finding.find_together(run, cycle, people)
    hints.look_again(found.people())
    found.end(found.STEP)


def _award(run: Run, ruled: RuledAchievement, people: People) -> Pieces[bool]:
    if are_changed([ruled]):
        return False
    if not ruled.is_limited:
        return (yield from _award_in_chunks(run, ruled, people))
    is_done = retry_once(partial(_award_limited, run, ruled))
    yield
    return is_done


def _award_in_chunks(run: Run, ruled: RuledAchievement, people: People) -> Pieces[bool]:
    """One evaluation, and a transaction for each chunk of what it finds."""
    found_all = retry_once(partial(_find_all, run, ruled, people))
    yield
    if found_all.has_late:
        for written in late_issuing.issue_late(run, ruled, people):
            run.add(written)
            yield
    for after in range(0, found_all.count, CHUNK):
        yield from _write_rows(run, ruled, after, min(after + CHUNK, found_all.count))
    return _finish(run, ruled, found_all.verdict, of_everybody=people is EVERYBODY)


@dataclass(frozen=True)
class _FoundAll:
    """What of a look may be written: how many rows, and whether badges for earlier earners."""

    verdict: Verdict
    count: int
    has_late: bool


@transaction.atomic
def _find_all(run: Run, ruled: RuledAchievement, people: People) -> _FoundAll:
    limit_statements()
    at_once = prove_at_once(ruled) if people is EVERYBODY else None
    count = found.keep_all_new(ruled.rule_for(people)) if at_once is None else at_once
    if count and ruled.depends_on_others:
        count -= _leave_to_steps(run, found.LOOK)
    late = count_lacking(ruled.achievement, people)
    counts = {ruled.achievement.pk: count + late.issuable}
    verdict = _judge(run, [ruled], counts, of_everybody=people is EVERYBODY)
    if verdict.held:
        return _FoundAll(verdict, count=0, has_late=False)
    if at_once is None and count:
        count = prove([ruled], people, verdict.approved, tables=found.LOOK)
    elif count:
        put_off(verdict.approved)
    return _FoundAll(verdict, count, has_late=late.count > 0)


def _leave_to_steps(run: Run, tables: Tables) -> int:
    """Whoever is in the queue may lack what an achievement follows, and would have it too late, for good."""
    return 0 if run.is_stuck else found.leave_to_steps(tables, at=run.now)


def _write_rows(run: Run, ruled: RuledAchievement, after: int, up_to: int) -> Pieces[None]:
    """Where somebody else holds what one of the rows needs, all but that one are written."""
    try:
        done = retry_once(partial(_write_chunk, run, ruled, after, up_to))
    except OperationalError as error:
        if not is_of_a_lock(error) or run.lock_patience <= 0 or rules.held_by_others([ruled]):
            raise
        run.lock_patience -= LOCK_SECONDS
        if up_to - after > 1:
            middle = (after + up_to) // 2
            yield from _write_rows(run, ruled, after, middle)
            yield from _write_rows(run, ruled, middle, up_to)
            return
        done = [put_off_student(run, ruled.achievement, student_at(up_to))]
    run.add_all(done)
    yield


@transaction.atomic
def _write_chunk(run: Run, ruled: RuledAchievement, after: int, up_to: int) -> list[Written]:
    limit_statements(few=True)
    return write([ruled], after=after, up_to=up_to, run=run, tables=found.LOOK)


def _award_limited(run: Run, ruled: RuledAchievement) -> bool:
    """All in one transaction: whoever wins the places, wins all of them."""
    pk = ruled.achievement.pk
    with transaction.atomic():
        limit_statements()
        found.begin()
        winners = earning.find_limited(ruled)
        found.add(ruled.rule, winners)
        late = count_lacking(ruled.achievement)
        verdict = _judge(run, [ruled], {pk: len(winners) + late.issuable}, of_everybody=True)
        done = list(late_issuing.issue_late(run, ruled, EVERYBODY)) if late.count and not verdict.held else []
        done += [] if verdict.held else _write_all(run, [ruled], EVERYBODY, verdict)
        found.end(found.STEP)
    run.add_all(done)
    return _finish(run, ruled, verdict, of_everybody=True)


def _judge(
    run: Run,
    several: Sequence[RuledAchievement],
    counts: Mapping[int, int],
    *,
    of_everybody: bool,
    of_cycle: bool = False,
) -> Verdict:
    achievements = [ruled.achievement for ruled in several]
    return approving.hold_if_too_many(run, achievements, counts, of_everybody=of_everybody, of_cycle=of_cycle)


def _finish(run: Run, ruled: RuledAchievement, verdict: Verdict, *, of_everybody: bool) -> bool:
    """After the last chunk, so that a killed run leaves the approval open.

    False when it was changed meanwhile, or is being changed, so that not everybody may have been looked at.
    """
    found.end(found.LOOK)
    run.add(Written(achievement=ruled.achievement, held=verdict.news.get(ruled.achievement.pk, 0)))
    if verdict.approved and of_everybody:
        with transaction.atomic():
            limit_statements()
            approving.use_up_approval(run, ruled.achievement)
    return not of_everybody or rules.note_evaluated(ruled)


def _award_cycle(run: Run, cycle: Sequence[RuledAchievement], people: People) -> Pieces[bool]:
    """Who has news is asked once of everybody, for the approval limit too; what follows is counted round by round."""
    is_of_everybody = people is EVERYBODY
    if are_changed(cycle):
        return False
    with transaction.atomic():
        limit_statements()
        found.begin()
        found.add_new([ruled.rule_for(people) for ruled in cycle])
        _leave_to_steps(run, found.STEP)
        late = {one.achievement.pk: count_lacking(one.achievement, people) for one in cycle}
        counts = Counter(found.counts()) + Counter({pk: lacking.issuable for pk, lacking in late.items()})
        verdict = _judge(run, cycle, counts, of_everybody=is_of_everybody, of_cycle=True)
        found.remove(list(verdict.held))
        found.set_people_aside()
    yield
    free = [ruled for ruled in cycle if ruled.achievement.pk not in verdict.held]
    for ruled in free:
        if late[ruled.achievement.pk].count:
            for written in late_issuing.issue_late(run, ruled, people):
                run.add(written)
                yield
    after = 0
    while user_ids := found.people_set_aside(after):
        yield from _award_cycle_to_all(run, free, user_ids)
        after = user_ids[-1]
    are_done = True
    for ruled in cycle:
        approved = {pk: at for pk, at in verdict.approved.items() if pk == ruled.achievement.pk}
        are_done &= _finish(run, ruled, Verdict(news=verdict.news, approved=approved), of_everybody=is_of_everybody)
    return are_done


def _award_cycle_to_all(run: Run, cycle: Sequence[RuledAchievement], user_ids: Sequence[int]) -> Pieces[None]:
    """Where somebody else holds what one of them needs, all but that one are awarded."""
    try:
        with run.transaction():
            limit_statements(few=True)
            award_cycle_to(run, cycle, People(user_ids=user_ids))
    except BlockedError as error:
        if run.lock_patience <= 0:
            raise
        run.lock_patience -= LOCK_SECONDS
        if len(user_ids) > 1:
            middle = len(user_ids) // 2
            yield from _award_cycle_to_all(run, cycle, user_ids[:middle])
            yield from _award_cycle_to_all(run, cycle, user_ids[middle:])
            return
        run.add(put_off_student(run, error.achievement or cycle[0].achievement, user_ids[0]))
    yield


def _awarded(run: Run, several: Sequence[RuledAchievement], people: People, *, only_earliest: bool) -> list[Written]:
    """What was written. With `only_earliest`, each student gets the earliest of what is new, and is to be asked again."""
    with transaction.atomic():
        ordered = by_badge(several)
        found.begin()
        for some in itertools.batched(ordered, TOGETHER, strict=False):
            finding.find_together(run, some, people)
        done = _write_found(run, ordered, people, only_earliest=only_earliest)
        found.end(found.STEP)
    run.add_all(done)
    return done


def by_badge(several: Iterable[RuledAchievement]) -> list[RuledAchievement]:
    """In the order of badges, as everywhere: two writers must not wait for each other in a cycle."""
    return sorted(several, key=lambda ruled: (ruled.achievement.badge_id or 0, ruled.achievement.pk))


def _write_found(
    run: Run, several: Sequence[RuledAchievement], people: People, *, only_earliest: bool
) -> list[Written]:
    counts = found.counts()
    with_news = [ruled for ruled in several if ruled.achievement.pk in counts]
    if not with_news:
        return []
    if not run.is_saved:
        run.save()
    verdict = _judge(run, with_news, _let_compete(run, with_news, counts), of_everybody=False)
    if verdict.held:  # first of all: what is held must not hide what the student earned after it
        found.remove(list(verdict.held))
    if only_earliest:
        found.keep_earliest()
    free = [ruled for ruled in with_news if ruled.achievement.pk not in verdict.held]
    held = [
        Written(achievement=ruled.achievement, held=verdict.news[ruled.achievement.pk])
        for ruled in with_news
        if ruled.achievement.pk in verdict.news
    ]
    try:
        with transaction.atomic():
            return held + _write_all(run, free, people, verdict)
    except DatabaseError as error:
        if not is_of_the_statement(error):
            raise
        if is_of_a_lock(error):
            return held + _write_beside_a_lock(run, free, people, verdict, error)
    return held + [written for ruled in free for written in _write_alone(run, ruled, people, verdict)]


def _write_beside_a_lock(
    run: Run, several: Sequence[RuledAchievement], people: People, verdict: Verdict, error: DatabaseError
) -> list[Written]:
    """Leave out what is held whoever the students are: an achievement itself, or its winners. Else one of the students
    is held up: raises BlockedError.
    """
    held = rules.held_by_others(several)
    nobodys = [ruled for ruled in several if ruled.is_limited or ruled.achievement.pk in held]
    rest = [ruled for ruled in several if ruled not in nobodys]
    if not nobodys and (len(rest) == 1 or len(found.people()) > 1):
        raise BlockedError(rest[0].achievement) from error
    return [written for ruled in [*rest, *nobodys] for written in _write_alone(run, ruled, people, verdict)]


def _let_compete(run: Run, several: Sequence[RuledAchievement], counts: dict[int, int]) -> dict[int, int]:
    """How many are found of each, once those that are limited have their winners."""
    limited = [ruled for ruled in several if ruled.is_limited]
    for ruled in limited:
        finding.let_compete(run, ruled)
    return found.counts() if limited else counts


def _write_alone(run: Run, ruled: RuledAchievement, people: People, verdict: Verdict) -> list[Written]:
    try:
        with transaction.atomic():
            return _write_all(run, [ruled], people, verdict)
    except DatabaseError as error:
        if is_of_a_lock(error) and (ruled.is_limited or rules.held_by_others([ruled])):
            return [put_off_achievement(run, ruled.achievement, found.people([ruled.achievement.pk]))]
        if is_of_a_lock(error):
            raise BlockedError(ruled.achievement) from error
        if not is_of_the_statement(error):
            raise
        logger.exception("Achievement %d could not be awarded.", ruled.achievement.pk)
        return [poisoned(ruled, error)]


def _write_all(run: Run, several: Sequence[RuledAchievement], people: People, verdict: Verdict) -> list[Written]:
    if not several:
        return []
    count = prove(several, people, verdict.approved)
    done = (write(several, after=after, up_to=after + CHUNK, run=run) for after in range(0, count, CHUNK))
    limited = [ruled.achievement for ruled in several if ruled.is_limited]
    winners = [Written(achievement=achievement, winners=found.people([achievement.pk])) for achievement in limited]
    return [*winners, *(written for chunk in done for written in chunk)]
