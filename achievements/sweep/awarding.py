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
from achievements.sweep import braking, earning, finding, found, hints, late_issuing, rules
from achievements.sweep.braking import Verdict
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
from achievements.sweep.rules import Swept, are_changed
from achievements.sweep.runs import Run, Written
from achievements.sweep.writing import prove, prove_at_once, put_off, student_at, write
from operation.retrying import retry_once

logger = logging.getLogger(__name__)

TOGETHER = 100  # achievements in one statement
ROUNDS = 100  # of a ring of achievements, before its students go back into the queue


type Pieces[Result] = Generator[None, None, Result]  # stops after each transaction, for whatever comes between


def award(run: Run, swept: Swept, people: People = EVERYBODY) -> Pieces[bool]:
    """Award one achievement, whatever happens; False when it was changed after it was loaded: nobody knows yet what it
    leads to.

    Commits as it goes, each chunk with its badges. Everybody who earned it before and never got its badge is counted
    with the new, and served first, so that a student who cannot get it is reported once.
    """
    try:
        return (yield from _award(run, swept, people))
    except Exception as error:  # the task's border: whatever is wrong with one achievement, the others are awarded
        if is_of_the_connection(error):
            raise
        logger.exception("Achievement %d could not be evaluated.", swept.achievement.pk)
        run.add(poisoned(swept, error))
        return True


def award_ring(run: Run, ring: Sequence[Swept], people: People = EVERYBODY) -> Pieces[bool]:
    """Award achievements whose points feed each other: to each student in the order of time. False when one of them was
    changed after it was loaded.

    One evaluation finds the students with new earnings; they are then awarded chunk by chunk (see `award_ring_to`).
    """
    try:
        return (yield from _award_ring(run, ring, people))
    except BlockedError as error:  # too many are held up: awarded one by one, they would be dated too late
        logger.warning("A ring of achievements is left to the next look: %s", error.__cause__)
        return False
    except Exception as error:  # as above: then each on its own, and the one that fails is named
        if is_of_the_connection(error):
            raise
        logger.exception("A ring of achievements could not be evaluated together.")
    are_done = True
    for swept in ring:
        are_done &= yield from award(run, swept, people)
    return are_done


def award_together(run: Run, several: Sequence[Swept], people: People) -> list[Written]:
    """Award these to these people in few statements and one transaction. What was written."""
    return _awarded(run, several, people, only_earliest=False)


def award_ring_to(run: Run, ring: Sequence[Swept], people: People) -> None:
    """Award achievements whose points feed each other to these people, in the order of time, until there is no news.

    An award is thereby dated by everything earned before it. A ring could go on for as long as its Frequency: whom
    ROUNDS leave over, the next drain goes on with.
    """
    for _round in range(ROUNDS):
        done = _awarded(run, ring, people, only_earliest=True)
        broken = {written.achievement.pk for written in done if written.is_broken}
        ring = [swept for swept in ring if swept.achievement.pk not in broken]
        if not broken and not any(written.earned for written in done):
            return
    _go_on_later(run, ring, people)


def _go_on_later(run: Run, ring: Sequence[Swept], people: People) -> None:
    found.begin()
    finding.find_together(run, ring, people)
    hints.look_again(found.people())
    found.end(found.STEP)


def _award(run: Run, swept: Swept, people: People) -> Pieces[bool]:
    if are_changed([swept]):
        return False
    if not swept.is_limited:
        return (yield from _award_in_chunks(run, swept, people))
    is_done = retry_once(partial(_award_limited, run, swept))
    yield
    return is_done


def _award_in_chunks(run: Run, swept: Swept, people: People) -> Pieces[bool]:
    """One evaluation, and a transaction for each chunk of what it finds."""
    found_all = retry_once(partial(_find_all, run, swept, people))
    yield
    if found_all.has_late:
        for written in late_issuing.issue_late(run, swept, people):
            run.add(written)
            yield
    for after in range(0, found_all.count, CHUNK):
        yield from _write_rows(run, swept, after, min(after + CHUNK, found_all.count))
    return _finish(run, swept, found_all.verdict, of_everybody=people is EVERYBODY)


@dataclass(frozen=True)
class _FoundAll:
    """What of a look may be written: how many rows, and whether badges for earlier earners."""

    verdict: Verdict
    count: int
    has_late: bool


@transaction.atomic
def _find_all(run: Run, swept: Swept, people: People) -> _FoundAll:
    limit_statements()
    at_once = prove_at_once(swept) if people is EVERYBODY else None
    count = found.keep_all_new(swept.rule_for(people)) if at_once is None else at_once
    if count and swept.follows_others:
        count -= _leave_to_steps(run, found.LOOK)
    late = count_lacking(swept.achievement, people)
    counts = {swept.achievement.pk: count + late.issuable}
    verdict = _judge(run, [swept], counts, of_everybody=people is EVERYBODY)
    if verdict.held:
        return _FoundAll(verdict, count=0, has_late=False)
    if at_once is None and count:
        count = prove([swept], people, verdict.approved, tables=found.LOOK)
    elif count:
        put_off(verdict.approved)
    return _FoundAll(verdict, count, has_late=late.count > 0)


def _leave_to_steps(run: Run, tables: Tables) -> int:
    """Whoever is in the queue may lack what an achievement follows, and would have it too late, for good."""
    return 0 if run.is_stuck else found.leave_to_steps(tables, at=run.now)


def _write_rows(run: Run, swept: Swept, after: int, up_to: int) -> Pieces[None]:
    """Where somebody else holds what one of the rows needs, all but that one are written."""
    try:
        done = retry_once(partial(_write_chunk, run, swept, after, up_to))
    except OperationalError as error:
        if not is_of_a_lock(error) or run.lock_patience <= 0 or rules.held_by_others([swept]):
            raise
        run.lock_patience -= LOCK_SECONDS
        if up_to - after > 1:
            middle = (after + up_to) // 2
            yield from _write_rows(run, swept, after, middle)
            yield from _write_rows(run, swept, middle, up_to)
            return
        done = [put_off_student(run, swept.achievement, student_at(up_to))]
    run.add_all(done)
    yield


@transaction.atomic
def _write_chunk(run: Run, swept: Swept, after: int, up_to: int) -> list[Written]:
    limit_statements(few=True)
    return write([swept], after=after, up_to=up_to, run=run, tables=found.LOOK)


def _award_limited(run: Run, swept: Swept) -> bool:
    """All in one transaction: whoever wins the places, wins all of them."""
    pk = swept.achievement.pk
    with transaction.atomic():
        limit_statements()
        found.begin()
        winners = earning.find_limited(swept)
        found.add(swept.rule, winners)
        late = count_lacking(swept.achievement)
        verdict = _judge(run, [swept], {pk: len(winners) + late.issuable}, of_everybody=True)
        done = list(late_issuing.issue_late(run, swept, EVERYBODY)) if late.count and not verdict.held else []
        done += [] if verdict.held else _write_all(run, [swept], EVERYBODY, verdict)
        found.end(found.STEP)
    run.add_all(done)
    return _finish(run, swept, verdict, of_everybody=True)


def _judge(
    run: Run, several: Sequence[Swept], counts: Mapping[int, int], *, of_everybody: bool, of_ring: bool = False
) -> Verdict:
    achievements = [swept.achievement for swept in several]
    return braking.hold_if_too_many(run, achievements, counts, of_everybody=of_everybody, of_ring=of_ring)


def _finish(run: Run, swept: Swept, verdict: Verdict, *, of_everybody: bool) -> bool:
    """After the last chunk, so that a killed run leaves the approval open.

    False when it was changed meanwhile, or is being changed, so that not everybody may have been looked at.
    """
    found.end(found.LOOK)
    run.add(Written(achievement=swept.achievement, held=verdict.news.get(swept.achievement.pk, 0)))
    if verdict.approved and of_everybody:
        with transaction.atomic():
            limit_statements()
            braking.let_through(run, swept.achievement)
    return not of_everybody or rules.note_evaluated(swept)


def _award_ring(run: Run, ring: Sequence[Swept], people: People) -> Pieces[bool]:
    """Who has news is asked once of everybody, for the brake too; what follows from that is counted round by round."""
    is_of_everybody = people is EVERYBODY
    if are_changed(ring):
        return False
    with transaction.atomic():
        limit_statements()
        found.begin()
        found.add_new([swept.rule_for(people) for swept in ring])
        _leave_to_steps(run, found.STEP)
        late = {one.achievement.pk: count_lacking(one.achievement, people) for one in ring}
        counts = Counter(found.counts()) + Counter({pk: lacking.issuable for pk, lacking in late.items()})
        verdict = _judge(run, ring, counts, of_everybody=is_of_everybody, of_ring=True)
        found.remove(list(verdict.held))
        found.set_people_aside()
    yield
    free = [swept for swept in ring if swept.achievement.pk not in verdict.held]
    for swept in free:
        if late[swept.achievement.pk].count:
            for written in late_issuing.issue_late(run, swept, people):
                run.add(written)
                yield
    after = 0
    while user_ids := found.people_set_aside(after):
        yield from _award_ring_to_all(run, free, user_ids)
        after = user_ids[-1]
    are_done = True
    for swept in ring:
        approved = {pk: at for pk, at in verdict.approved.items() if pk == swept.achievement.pk}
        are_done &= _finish(run, swept, Verdict(news=verdict.news, approved=approved), of_everybody=is_of_everybody)
    return are_done


def _award_ring_to_all(run: Run, ring: Sequence[Swept], user_ids: Sequence[int]) -> Pieces[None]:
    """Where somebody else holds what one of them needs, all but that one are awarded."""
    try:
        with run.transaction():
            limit_statements(few=True)
            award_ring_to(run, ring, People(user_ids=user_ids))
    except BlockedError as error:
        if run.lock_patience <= 0:
            raise
        run.lock_patience -= LOCK_SECONDS
        if len(user_ids) > 1:
            middle = len(user_ids) // 2
            yield from _award_ring_to_all(run, ring, user_ids[:middle])
            yield from _award_ring_to_all(run, ring, user_ids[middle:])
            return
        run.add(put_off_student(run, error.achievement or ring[0].achievement, user_ids[0]))
    yield


def _awarded(run: Run, several: Sequence[Swept], people: People, *, only_earliest: bool) -> list[Written]:
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


def by_badge(several: Iterable[Swept]) -> list[Swept]:
    """In the order of badges, as everywhere: two writers must not wait for each other in a ring."""
    return sorted(several, key=lambda swept: (swept.achievement.badge_id or 0, swept.achievement.pk))


def _write_found(run: Run, several: Sequence[Swept], people: People, *, only_earliest: bool) -> list[Written]:
    counts = found.counts()
    with_news = [swept for swept in several if swept.achievement.pk in counts]
    if not with_news:
        return []
    if not run.is_saved:
        run.save()
    verdict = _judge(run, with_news, _let_compete(run, with_news, counts), of_everybody=False)
    if verdict.held:  # first of all: what is held must not hide what the student earned after it
        found.remove(list(verdict.held))
    if only_earliest:
        found.keep_earliest()
    free = [swept for swept in with_news if swept.achievement.pk not in verdict.held]
    held = [
        Written(achievement=swept.achievement, held=verdict.news[swept.achievement.pk])
        for swept in with_news
        if swept.achievement.pk in verdict.news
    ]
    try:
        with transaction.atomic():
            return held + _write_all(run, free, people, verdict)
    except DatabaseError as error:
        if not is_of_the_statement(error):
            raise
        if is_of_a_lock(error):
            return held + _write_beside_a_lock(run, free, people, verdict, error)
    return held + [written for swept in free for written in _write_alone(run, swept, people, verdict)]


def _write_beside_a_lock(
    run: Run, several: Sequence[Swept], people: People, verdict: Verdict, error: DatabaseError
) -> list[Written]:
    """Leave out what is held whoever the students are: an achievement itself, or its winners. Else one of the students
    is held up: raises BlockedError.
    """
    held = rules.held_by_others(several)
    nobodys = [swept for swept in several if swept.is_limited or swept.achievement.pk in held]
    rest = [swept for swept in several if swept not in nobodys]
    if not nobodys and (len(rest) == 1 or len(found.people()) > 1):
        raise BlockedError(rest[0].achievement) from error
    return [written for swept in [*rest, *nobodys] for written in _write_alone(run, swept, people, verdict)]


def _let_compete(run: Run, several: Sequence[Swept], counts: dict[int, int]) -> dict[int, int]:
    """How many are found of each, once those that are limited have their winners."""
    limited = [swept for swept in several if swept.is_limited]
    for swept in limited:
        finding.let_compete(run, swept)
    return found.counts() if limited else counts


def _write_alone(run: Run, swept: Swept, people: People, verdict: Verdict) -> list[Written]:
    try:
        with transaction.atomic():
            return _write_all(run, [swept], people, verdict)
    except DatabaseError as error:
        if is_of_a_lock(error) and (swept.is_limited or rules.held_by_others([swept])):
            return [put_off_achievement(run, swept.achievement, found.people([swept.achievement.pk]))]
        if is_of_a_lock(error):
            raise BlockedError(swept.achievement) from error
        if not is_of_the_statement(error):
            raise
        logger.exception("Achievement %d could not be awarded.", swept.achievement.pk)
        return [poisoned(swept, error)]


def _write_all(run: Run, several: Sequence[Swept], people: People, verdict: Verdict) -> list[Written]:
    if not several:
        return []
    count = prove(several, people, verdict.approved)
    done = (write(several, after=after, up_to=after + CHUNK, run=run) for after in range(0, count, CHUNK))
    limited = [swept.achievement for swept in several if swept.is_limited]
    winners = [Written(achievement=achievement, winners=found.people([achievement.pk])) for achievement in limited]
    return [*winners, *(written for chunk in done for written in chunk)]
