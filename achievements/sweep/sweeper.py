"""When who is looked at: a full sweep over all history, and a queue of hints that makes it quick.

At any moment there is one sweeper (`achievements.sweep.lock`), so no process waits for another. The full sweep is the
truth. It keeps no watermark, so that late commits, imports, restores, clock steps and lost hints cannot lose anybody.
Between its pieces, steps run the same statements for those whom the hints name; whom they miss, the full sweep finds.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from django.db import DatabaseError, OperationalError

from achievements.conditions.events import EVERYBODY, People
from achievements.models import Achievement, Sweep
from achievements.sweep import awarding, hints, late_issuing, lock, underway
from achievements.sweep.awarding import Pieces
from achievements.sweep.faults import PUT_OFF, BlockedError, is_of_a_lock, is_of_the_connection, put_off_student
from achievements.sweep.finding import LOCK_SECONDS, limit_statements
from achievements.sweep.gathering import gather
from achievements.sweep.rules import Loaded, RuledAchievement, feeds, in_order, is_changed, load
from achievements.sweep.runs import Problem, Run, Written
from operation.retrying import retry_once
from organizations.models import User

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 60
ROUNDS = 20


def award_everybody(*, at: datetime, started_by: User | None = None) -> Sweep:
    """Award every enabled achievement to everybody who has ever met its conditions (S43). Safe to repeat at any time.

    One that fails is recorded and stops no other. Killed in the middle, a full sweep has lost one chunk of work at
    most, which the next one does again. While another sweeper is at work, the full sweep waits for it: its row says so.
    """
    asked, _is_new = underway.ask(by=started_by, at=at)
    with _sweeping() as held:
        return _award_everybody(held, at) if held else asked


def award_if_due(*, at: datetime) -> Sweep | None:
    """The full sweep that somebody asked for on a page, or one that catches up on a missed hour; None if none is due."""
    if not underway.is_due(at):
        return None
    with _sweeping() as held:
        return _award_everybody(held, at) if held and underway.is_due(at) else None


def drain(*, at: datetime) -> Sweep | None:
    """Award what the queued hints lead to; the log row, or None when nothing was earned and nothing failed.

    Nothing while another sweeper is at work: it sees to the queue itself. Hints of students are taken, evaluated and
    written in one transaction, so that a killed drain gives them back. Hints of achievements and organizations stay
    until all of them have been looked at. After releasing the lock, the sweeper checks the queue once more.
    """
    done, began = None, at
    while hints.are_due(at=at):
        if at - began >= timedelta(seconds=DRAIN_SECONDS):
            award_if_due(at=at)  # a queue that never runs empty must not keep the full sweep waiting
            break
        with _sweeping() as held:
            if held is None:
                break
            run = _begin_drain(at)
            _drain(run, held)
            done = run.sweep if run.finish() else done
        at = run.now
    return done


@contextmanager
def _sweeping() -> Iterator[lock.Held | None]:
    with lock.holding() as held:
        if held is not None:
            underway.note_the_stopped()
        yield held


def _begin_drain(at: datetime) -> Run:
    return Run(Sweep(kind=Sweep.Kind.DRAIN, started_at=at, worker=underway.worker_name()))


def _drain(run: Run, held: lock.Held) -> None:
    """Steps and looks take turns: a queue that never runs empty keeps neither waiting."""
    while run.seconds < DRAIN_SECONDS:
        held.check()
        has_stepped, asked = _step(run), hints.wider()
        if asked is not None:
            run.save()
            for _piece in _look_where(run, asked):
                held.check()
                _step(run)
            hints.settle(asked)
        elif not has_stepped:
            return


def _award_everybody(held: lock.Held, at: datetime) -> Sweep:
    run = Run(underway.begin(at=at))
    for _piece in _look_at_everything(run):
        held.check()
        _step_beside(run)
    run.finish()
    return run.sweep


def _step_beside(run: Run) -> None:
    """A step between two pieces of a full sweep. If it fails, the sweep goes on, and the hints stay in the queue."""
    if not hints.are_due(at=run.now):
        return
    beside = _begin_drain(run.now)
    beside.lock_patience = run.lock_patience
    try:
        _step(beside)
    except DatabaseError as error:
        if is_of_the_connection(error):
            raise
        logger.exception("A step beside the full sweep failed.")
        run.is_stuck = True
    run.lock_patience = beside.lock_patience
    beside.finish()


# --- a look: at everybody, piece by piece


class _Look:
    """Awards achievements to everybody, or to all of some organizations, each after what it follows.

    `changed`: by id, those that were changed after they were loaded, and what depends on such. If a dependent achievement is
    awarded before its source, its date is wrong and stays wrong: the look that the change has asked for awards them.
    """

    def __init__(self, run: Run, people: People, changed: Mapping[int, RuledAchievement] | None = None) -> None:
        self.run, self.people, self.changed = run, people, dict(changed or {})

    def award(self, loaded: Loaded) -> Pieces[None]:
        """Award all of these."""
        count = len(loaded.ruled) + len(loaded.poisoned)
        self.run.sweep.achievements = max(self.run.sweep.achievements, count)
        for achievement, error in loaded.poisoned:
            self.run.add(Written(achievement=achievement, problems=[Problem("conditions", str(error))]))
            self.run.step(achievement)
        for ruled in loaded.ruled:
            if not ruled.depends_on_others:
                yield from self._award([ruled])
        order = in_order([one for one in loaded.ruled if one.depends_on_others])
        for _round in range(ROUNDS):
            for ruled in chain.from_iterable(order.lined_up):
                yield from self._award([ruled])
            yield from self._award(order.cycle)
            earned_before = self.run.sweep.earned
            for ruled in order.limited:
                yield from self._award([ruled])
            if self.run.sweep.earned == earned_before:
                return

    def _award(self, several: Sequence[RuledAchievement]) -> Pieces[None]:
        """One achievement, or several of a cycle."""
        if any(self._waits(ruled) for ruled in several) or not (yield from self._try(several)):
            self.changed.update({ruled.achievement.pk: ruled for ruled in several})
        for ruled in several:
            self.run.step(ruled.achievement)

    def _try(self, several: Sequence[RuledAchievement]) -> Pieces[bool]:
        if len(several) == 1:
            return (yield from awarding.award(self.run, several[0], self.people))
        return not several or (yield from awarding.award_cycle(self.run, several, self.people))

    def _waits(self, ruled: RuledAchievement) -> bool:
        return any(feeds(other, ruled) for other in self.changed.values())


def _look_at_everything(run: Run) -> Pieces[None]:
    """All achievements; what follows one that was changed meanwhile comes in the same sweep, by what is in force then."""
    look = _Look(run, EVERYBODY)
    yield from look.award(load(at=run.now))
    for _round in range(ROUNDS):
        if not any(one.depends_on_others for one in look.changed.values()):
            break
        changed, look = look.changed, _Look(run, EVERYBODY)
        yield from look.award(load(changed, at=run.now))
    run.sweep.skipped = len(look.changed)


def _look_where(run: Run, asked: hints.Wider) -> Pieces[None]:
    """What hints of achievements and organizations ask for.

    An organization's hint concerns its achievements, for everybody, and its members, for every achievement.
    """
    theirs = Achievement.objects.filter(organization_id__in=asked.organization_ids).values_list("pk", flat=True)
    named = load({*asked.achievement_ids, *theirs}, at=run.now)
    look = _Look(run, EVERYBODY)
    yield from look.award(Loaded([one for one in named.ruled if not one.depends_on_others], named.poisoned))
    members = _Look(run, People(organization_ids=asked.organization_ids))
    if asked.organization_ids:
        yield from members.award(load(at=run.now))
    # Even if nothing was earned: points may have been raised, also of one that is not enabled and was earned before.
    dependents = [one for one in load(at=run.now).ruled if one.depends_on_others]
    yield from _Look(run, EVERYBODY, look.changed | members.changed).award(Loaded(dependents, []))


# --- a step: the students of a batch of hints, in one transaction


class _ChangedError(Exception):
    """An achievement was saved while the step knew it as it was before."""

    def __init__(self, student_ids: Sequence[int] = ()) -> None:
        super().__init__()
        self.student_ids = student_ids


def _step(run: Run) -> bool:
    """Take a batch of the queue and award its students; False when nobody's hint is due, or too many are held up.

    Where somebody else holds what one of them needs, the batch is halved, until that student alone is left, and put off.
    """
    while True:
        try:
            is_done = retry_once(partial(_award_batch, run))
        except _ChangedError as error:  # a smaller batch comes to its end between two changes, however many people make
            if not _halve(run, error.student_ids):
                return False
        except BlockedError as error:
            if run.lock_patience <= 0:
                return False
            run.lock_patience -= LOCK_SECONDS
            if not _halve(run, error.student_ids):
                _put_off(run, error)
        else:
            run.batch = min(hints.BATCH, 10 * run.batch)
            return is_done


def _halve(run: Run, student_ids: Sequence[int]) -> bool:
    """Have the next batch be half of this one; False where this was one student."""
    run.batch = max(1, len(student_ids) // 2)
    return len(student_ids) > 1


def _award_batch(run: Run) -> bool:
    with run.transaction():
        taken = hints.take(at=run.now, size=run.batch)
        student_ids = taken.student_ids
        if student_ids:
            limit_statements(few=True)
            run.sweep.news = (run.sweep.news or 0) + len(student_ids)
            try:
                _award_students(run, student_ids, changed=taken.changed)
            except _ChangedError as error:
                raise _ChangedError(student_ids) from error
            except BlockedError as error:
                raise BlockedError(error.achievement, student_ids) from error
            except OperationalError as error:
                if not is_of_a_lock(error):
                    raise
                raise BlockedError(None, student_ids) from error
    return bool(student_ids)


def _award_students(run: Run, student_ids: Sequence[int], *, changed: Sequence[int]) -> None:
    """Whoever wins a place that one of them competes for joins them: they are all looked at once more.

    Those whose accounts were `changed` may lack badges of what they earned before.
    """
    gathered, loaded = gather(student_ids, at=run.now), load(at=run.now)
    lacked = late_issuing.lacked(run, changed)
    concerned = [ruled for ruled in loaded.ruled if gathered.could_meet(ruled.rule)]
    run.sweep.achievements = max(run.sweep.achievements, len(concerned))
    for done in _award_in_order(run, concerned, gathered.people):
        winners = {winner for written in done for winner in written.winners}.difference(student_ids)
        if winners:
            _award_students(run, sorted(winners.union(student_ids)), changed=changed)
            return
    if lacked:
        with_late = [ruled for ruled in loaded.ruled if ruled.achievement.pk in lacked]
        late_issuing.issue_late_to(run, awarding.by_badge(with_late), People(user_ids=changed))
    if is_changed(loaded):
        raise _ChangedError


def _award_in_order(run: Run, ruled: Sequence[RuledAchievement], people: People) -> Iterator[list[Written]]:
    """Award those that points and other achievements lead to, each after what it follows; what was written each time.

    Limited ones of a cycle come last, since students compete for them: when they feed others, all is looked at once more.
    """
    yield awarding.award_together(run, [one for one in ruled if not one.depends_on_others], people)
    order = in_order([one for one in ruled if one.depends_on_others])
    for _round in range(ROUNDS):
        for step in order.lined_up:
            yield awarding.award_together(run, step, people)
        if order.cycle:
            awarding.award_cycle_to(run, order.cycle, people)
        has_news = False
        for one in order.limited:
            done = awarding.award_together(run, [one], people)
            has_news |= any(written.earned for written in done)
            yield done
        if not has_news:
            return


def _put_off(run: Run, error: BlockedError) -> None:
    """The student for whom the batch of one has just failed."""
    with run.transaction():
        if not run.is_saved:
            run.save()
        for student_id in error.student_ids:
            if error.achievement is None:
                logger.warning("Student %d is put off: %s", student_id, error.__cause__)
                hints.put_off(student_id, until=run.now + PUT_OFF)
            else:
                run.add(put_off_student(run, error.achievement, student_id))
