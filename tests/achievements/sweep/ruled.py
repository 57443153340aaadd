"""What the tests of the sweep do again and again."""

import datetime as dt
from collections.abc import Sequence

from achievements.conditions.events import EVERYBODY, People
from achievements.models import Achievement, Sweep
from achievements.sweep import awarding
from achievements.sweep.rules import RuledAchievement, load
from achievements.sweep.runs import Run
from tests.factories import PAST, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
EARNED_AT = PAST + dt.timedelta(hours=1)


def ruled(achievement: Achievement) -> RuledAchievement:
    """As a sweep knows it now."""
    [one] = load([achievement.pk], at=NOW).ruled
    return one


def complete(student, course, **more):
    return TrainingRecordFactory.create(user=student, course=course, **more)


def outcome(done: Sweep) -> dict[str, int]:
    return {name: getattr(done, name) for name in ("achievements", "skipped", "earned", "issued", "failed")}


def new_run() -> Run:
    """A full sweep that has just begun."""
    run = Run(Sweep(kind=Sweep.Kind.FULL, started_at=NOW))
    run.save()
    return run


def award(run: Run, achievement: Achievement, people: People = EVERYBODY) -> bool:
    """Award it, all pieces; whether everybody was looked at."""
    return _end_of(awarding.award(run, ruled(achievement), people))


def award_cycle(run: Run, cycle: Sequence[Achievement | RuledAchievement]) -> bool:
    """The same of a cycle, as it is now or as it was loaded."""
    loaded = [ruled(one) if isinstance(one, Achievement) else one for one in cycle]
    return _end_of(awarding.award_cycle(run, loaded))


def problems_of(run: Run) -> list[tuple[int, int | None, str]]:
    return list(run.sweep.problems.order_by("pk").values_list("achievement", "student", "code"))


def _end_of(pieces: awarding.Pieces[bool]) -> bool:
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return bool(end.value)
