"""Keeps the log of one sweep while it runs: the row for people to read, and the problems."""

import copy
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from achievements.models import Achievement, Sweep, SweepPart
from achievements.sweep import hints

TOLD_EVERY = 1.0  # seconds
PATIENCE = 60.0  # seconds
PROBLEMS_KEPT = 100  # of one achievement in one sweep; Sweep.failed counts them all

_LATE_BADGES = """
INSERT INTO achievements_sweeppart (sweep_id, achievement_id, held, late_badges) VALUES (%s, %s, 0, %s)
ON CONFLICT (sweep_id, achievement_id)
DO UPDATE SET late_badges = achievements_sweeppart.late_badges + excluded.late_badges
"""


# The student may be locked by another session, or be deleted: then the problem names no student.
_PROBLEMS = """
WITH about AS (SELECT id FROM achievements_achievement WHERE id = %s FOR KEY SHARE SKIP LOCKED),
student AS (SELECT id FROM organizations_user WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE SKIP LOCKED)
INSERT INTO achievements_sweepproblem (sweep_id, achievement_id, student_id, code, message)
SELECT %s, about.id, student.id, code, message
FROM about, unnest(%s::bigint[], %s::text[], %s::text[]) WITH ORDINALITY AS problem (student_id, code, message, place)
LEFT JOIN student ON student.id = student_id
ORDER BY place
"""


@dataclass(frozen=True)
class Problem:
    """Why something was not awarded: the achievement itself, or its badge to one student."""

    code: str
    message: str
    student_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Written:
    """What one transaction did for an achievement: how many earned it, got the badge, are held; what failed."""

    achievement: Achievement
    earned: int = 0
    issued: int = 0
    held: int = 0
    problems: Sequence[Problem] = ()
    winners: Sequence[int] = ()  # of places that students compete for

    @property
    def is_broken(self) -> bool:
        """Whether the achievement itself could not be awarded."""
        return any(problem.student_id is None for problem in self.problems)


@dataclass
class Run:
    """One sweep under way.

    `reported`: how many problems it has, and `held` how many awards it held back, by achievement id. `patience`: for how
    many seconds it may still wait in vain for statements that take too long, `lock_patience` for what others hold; `batch`:
    how many hints it takes at once. `is_stuck`: a step has failed, so that the queue is not to be relied on.
    """

    sweep: Sweep
    reported: Counter[int] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    clock: float = field(default_factory=time.monotonic)
    evaluated: set[int] = field(default_factory=set)
    told: float = 0.0
    patience: float = PATIENCE
    lock_patience: float = PATIENCE
    batch: int = field(default_factory=lambda: hints.BATCH)
    is_stuck: bool = False

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.clock

    @property
    def now(self) -> datetime:
        """The moment by the clock that was passed in."""
        return self.sweep.started_at + timedelta(seconds=self.seconds)

    @property
    def is_saved(self) -> bool:
        """Whether the row is there: it is written with the first award of a batch."""
        return not self.sweep._state.adding

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction; if it fails, what was counted in it is forgotten with it."""
        before = replace(
            self,
            sweep=copy.copy(self.sweep),
            reported=self.reported.copy(),
            held=self.held.copy(),
            evaluated=self.evaluated.copy(),
        )
        try:
            with transaction.atomic():
                yield
        except BaseException:
            kept = {"patience": self.patience, "lock_patience": self.lock_patience, "batch": self.batch}
            vars(self).update(vars(before) | kept)
            raise

    def save(self) -> None:
        """Write the row as it stands."""
        self.sweep.save()

    def keep_late_badges(self, written: Written) -> None:
        """Write down, in the transaction that issues them, how many badges went to those who had earned it before: the
        approval limit counts them (`achievements.sweep.approving`). One query.
        """
        if written.issued:
            with connection.cursor() as cursor:
                cursor.execute(_LATE_BADGES, [self.sweep.pk, written.achievement.pk, written.issued])

    def add(self, written: Written) -> None:
        """Count what was written. Not before it is safe, or within `transaction`."""
        self.sweep.earned += written.earned
        self.sweep.issued += written.issued
        self.sweep.held += written.held
        self.sweep.failed += len(written.problems)
        self.held[written.achievement.pk] += written.held
        kept = written.problems[: max(0, PROBLEMS_KEPT - self.reported[written.achievement.pk])]
        self.reported[written.achievement.pk] += len(written.problems)
        if kept:
            _keep(self.sweep, written.achievement, kept)

    def add_all(self, done: Sequence[Written]) -> None:
        """Count what was written of several, as `add` does."""
        for written in done:
            self.add(written)

    def step(self, achievement: Achievement) -> None:
        """One more has been evaluated; once a second the row says how far the run is, for those who watch it."""
        self.evaluated.add(achievement.pk)
        self.sweep.evaluated = len(self.evaluated)
        if self.is_saved and self.seconds - self.told >= TOLD_EVERY:
            self.told = self.seconds
            self.save()

    def finish(self) -> bool:
        """Write the row for the last time; a drain without any news leaves none, and False is returned."""
        sweep = self.sweep
        if sweep.kind == Sweep.Kind.FULL or sweep.earned or sweep.issued or sweep.failed or sweep.held:
            sweep.finished_at = self.now
            self.save()
            self._keep_held()
            return True
        if self.is_saved:
            sweep.delete()
        return False

    def _keep_held(self) -> None:
        SweepPart.objects.bulk_create(
            [SweepPart(sweep=self.sweep, achievement_id=pk, held=count) for pk, count in sorted((+self.held).items())],
            update_conflicts=True,
            unique_fields=["sweep", "achievement"],
            update_fields=["held"],
        )


def _keep(sweep: Sweep, achievement: Achievement, problems: Sequence[Problem]) -> None:
    students = [problem.student_id for problem in problems]
    words = [problem.code for problem in problems], [problem.message for problem in problems]
    with connection.cursor() as cursor:
        cursor.execute(_PROBLEMS, [achievement.pk, [*filter(None, students)], sweep.pk, students, *words])
