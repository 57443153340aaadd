"""The only place that finds earners: a full pass over all history, and a queue of hints that makes it quick.

The full pass is the truth. It keeps no watermark, so that late commits, imports, restores, clock steps and lost hints
cannot lose anybody. The drain runs the same statements for those whom the hints name; whom it misses, the pass finds.
"""

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from achievements.conditions.sql import EVERYBODY, People
from achievements.models import Achievement, Sweep
from achievements.sweep import awarding, braking, hints, turns, underway
from achievements.sweep.faults import with_a_connection
from achievements.sweep.finding import limit_statements
from achievements.sweep.gathering import gather
from achievements.sweep.rules import Loaded, Swept, feeds, in_order, load
from achievements.sweep.runs import Problem, Run, Written
from tms.models import User
from tms.retrying import retry_once

DRAIN_SECONDS = 60
ROUNDS = 20


def award_everybody(*, at: datetime, started_by: User | None = None) -> Sweep:
    """Award every enabled achievement to everybody who has ever met its conditions (S43). Safe to repeat at any time.

    An achievement that another pass is evaluating is skipped; one that fails is recorded and stops no other. Killed in
    the middle, a pass has lost one chunk of work at most, which the next one does again.
    """
    return _award_everybody(underway.begin(at=at, started_by=started_by))


def award_if_due(*, at: datetime) -> Sweep | None:
    """The full pass that somebody asked for on a page, or one that catches up on a missed hour; None if none is due."""
    due = underway.begin_due(at=at)
    return due and _award_everybody(due)


def drain(*, at: datetime) -> Sweep | None:
    """Award what the queued hints lead to; the log row, or None when nothing was earned and nothing failed.

    Hints of students are taken, evaluated and written in one transaction: a killed drain gives them back. Several
    drains may run at once; each takes what the others leave. Hints of achievements and organizations are one drain's
    at a time, and stay until all of them have been looked at.
    """
    run = Run(Sweep(kind=Sweep.Kind.DRAIN, started_at=at, worker=underway.worker_name()))
    busy: set[int] = set()
    while run.seconds < DRAIN_SECONDS:
        done = _drain_students(run, busy)
        if done is None:
            break
        run, taken = done
        if taken.wider:
            with turns.claimed("hints") as is_ours:
                if is_ours:
                    run.save()
                    with underway.at_work(run.sweep):
                        skipped = _award_wider(run, taken)
                    hints.settle(taken, unfinished=skipped - busy)
                    busy |= skipped
                elif not taken.student_ids:
                    break
    return run.sweep if run.finish() else None


def _award_everybody(begun: Sweep) -> Sweep:
    run = Run(begun)
    with underway.at_work(begun):
        skipped = _award_all(run, load(at=run.now), EVERYBODY)
        for _round in range(ROUNDS):
            if not any(one.follows_others for one in skipped.values()):
                break
            unfinished = turns.wait_for(skipped.values())
            if unfinished is None:
                break
            skipped = _award_all(run, load(unfinished, at=run.now), EVERYBODY)
        run.sweep.skipped = len(skipped)
        run.finish()
    return run.sweep


def _award_all(
    run: Run, loaded: Loaded, people: People, *, after: Mapping[int, Swept] | None = None
) -> dict[int, Swept]:
    """Award all these; by id, those that were skipped because another pass is evaluating them, or what they follow, or
    because they were changed after they were loaded.

    Whoever is awarded a follower before what it follows is awarded it too late, and for good. `after` were skipped before.
    """
    skipped = dict(after or {})

    def waits(swept: Swept) -> bool:
        return any(feeds(other, swept) for other in skipped.values())

    def award(swept: Swept) -> bool:
        earned_before = run.sweep.earned
        if waits(swept) or not awarding.award(run, swept, people):
            skipped[swept.achievement.pk] = swept
        run.step(swept.achievement)
        return run.sweep.earned > earned_before

    def award_ring(ring: Sequence[Swept]) -> None:
        if any(waits(swept) for swept in ring) or not awarding.award_ring(run, ring, people):
            skipped.update({swept.achievement.pk: swept for swept in ring})
        for swept in ring:
            run.step(swept.achievement)

    run.sweep.achievements = max(run.sweep.achievements, len(loaded.swept) + len(loaded.poisoned))
    for achievement, error in loaded.poisoned:
        run.add(Written(achievement=achievement, problems=[Problem("conditions", str(error))]))
        run.step(achievement)
    for swept in loaded.swept:
        if not swept.follows_others:
            award(swept)
    _let_drains_end(run, loaded)
    _award_followers(
        loaded.swept,
        lambda step: sum(award(one) for one in step) > 0,
        award_ring,
    )
    return skipped


def _let_drains_end(run: Run, loaded: Loaded) -> None:
    """Those that began before may know nothing of what was edited since, and what they give is not to be seen yet."""
    if run.waits_for_drains and any(swept.follows_others for swept in loaded.swept):
        run.waits_for_drains = with_a_connection(turns.wait_for_drains)


def _award_followers(
    swept: Iterable[Swept], award: Callable[[Sequence[Swept]], bool], award_ring: Callable[[Sequence[Swept]], None]
) -> None:
    """Award those that points and other achievements lead to, each after what it follows.

    Limited ones of a ring come last, since students compete for them: when they feed others, all is looked at once more.
    """
    order = in_order([one for one in swept if one.follows_others])
    for _round in range(ROUNDS):
        for step in order.lined_up:
            award(step)
        if order.ring:
            award_ring(order.ring)
        has_news = False
        for one in order.limited:
            has_news |= award([one])
        if not has_news:
            return


def _drain_students(run: Run, busy: Collection[int]) -> tuple[Run, hints.Taken] | None:
    """Take a batch of hints and award their students; None when the queue is empty but for what is `busy`.

    What a rolled back batch has counted is forgotten with it: it counts in a copy of the run.
    """
    while True:
        with contextlib.suppress(braking.OverrunError):
            return retry_once(partial(_drain_batch, run, busy))


@transaction.atomic
def _drain_batch(run: Run, busy: Collection[int]) -> tuple[Run, hints.Taken] | None:
    taken = hints.take(leaving=busy, at=run.now)
    if taken is None:
        return None
    run = run.copy()
    run.sweep.news = (run.sweep.news or 0) + len(taken.student_ids)
    if taken.student_ids:
        limit_statements(few=True)
        _award_students(run, taken.student_ids)
    return run, taken


def _award_students(run: Run, student_ids: Sequence[int]) -> None:
    turns.join()
    touched, loaded = gather(student_ids, at=run.now), load(at=run.now)
    people = touched.people
    braking.begin_batch(run, [swept.achievement for swept in loaded.swept])
    lacked = awarding.lacked(run)
    concerned = [swept for swept in loaded.swept if touched.could_meet(swept.rule)]
    run.sweep.achievements = max(run.sweep.achievements, len(concerned))
    awarding.award_together(run, [swept for swept in concerned if not swept.follows_others], people)
    _award_followers(
        concerned,
        lambda step: awarding.award_together(run, step, people),
        lambda ring: awarding.award_ring_to(run, ring, people),
    )
    if lacked:
        with_late = [swept for swept in loaded.swept if swept.achievement.pk in lacked]
        awarding.issue_late_to(run, with_late, People(user_ids=student_ids))
    braking.refuse_overrun(run, [swept.achievement for swept in loaded.swept])


def _award_wider(run: Run, taken: hints.Taken) -> set[int]:
    """What hints of achievements and organizations ask for; ids of the achievements that another pass is evaluating.

    An organization's hint concerns its achievements, for everybody, and its members, for every achievement.
    """
    theirs = Achievement.objects.filter(organization_id__in=taken.organization_ids).values_list("pk", flat=True)
    named = {*taken.achievement_ids, *theirs}
    changed = load(named, at=run.now)
    braking.begin_batch(run, [swept.achievement for swept in load(at=run.now).swept])
    sources = [one for one in changed.swept if not one.follows_others]
    skipped = _award_all(run, Loaded(sources, changed.poisoned), EVERYBODY)
    if taken.organization_ids:
        _award_all(run, load(at=run.now), People(organization_ids=taken.organization_ids))
    # Even if nobody earned anything: points may have been raised, also of one that is not enabled and was earned before.
    # One that changed is not awarded before the others that it may follow.
    if run.sweep.earned or not named <= skipped.keys():
        followers = Loaded([one for one in load(at=run.now).swept if one.follows_others], [])
        skipped = _award_all(run, followers, EVERYBODY, after=skipped)
    return set(skipped)
