"""Keeps the log of one sweep while it runs: the row for people to read, and the problems."""

import copy
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from achievements.models import Achievement, Sweep, SweepPart, SweepProblem

TOLD_EVERY = 1.0  # seconds
PATIENCE = 60.0  # seconds
PROBLEMS_KEPT = 100  # of one achievement in one sweep; Sweep.failed counts them all


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

    @property
    def is_broken(self) -> bool:
        """Whether the achievement itself could not be awarded."""
        return any(problem.student_id is None for problem in self.problems)


@dataclass
class Run:
    """One sweep under way.

    `awarded`: how many awards it gave, by achievement id; `lately`: how many other drains gave before it looked; `held` and
    `late_badges`: how many it held back, and how many badges it issued to earlier earners, likewise.
    `before`: how many it had given before the batch that it is at; `approved`: what may be awarded in any number.
    `patience`: for how many seconds it may still wait in vain for statements that take too long; `waits_for_drains`: until
    it has waited for one that hangs.
    """

    sweep: Sweep
    reported: Counter[int] = field(default_factory=Counter)
    awarded: Counter[int] = field(default_factory=Counter)
    lately: Counter[int] = field(default_factory=Counter)
    before: Counter[int] = field(default_factory=Counter)
    approved: frozenset[int] = frozenset()
    held: Counter[int] = field(default_factory=Counter)
    late_badges: Counter[int] = field(default_factory=Counter)
    clock: float = field(default_factory=time.monotonic)
    evaluated: set[int] = field(default_factory=set)
    told: float = 0.0
    patience: float = PATIENCE
    waits_for_drains: bool = True

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
        """Whether the row is there: a drain writes it with its first award."""
        return not self.sweep._state.adding

    def copy(self) -> "Run":
        """One that can be thrown away with a transaction that fails."""
        return replace(
            self,
            sweep=copy.copy(self.sweep),
            reported=self.reported.copy(),
            awarded=self.awarded.copy(),
            held=self.held.copy(),
            late_badges=self.late_badges.copy(),
            evaluated=self.evaluated.copy(),
        )

    def save(self) -> None:
        """Write the row as it stands."""
        self.sweep.awards = dict(+self.awarded)
        self.sweep.save()

    def keep_awards(self, done: Sequence[Written]) -> None:
        """Write down, in the transaction that gives these awards, that the drain gave them: the next one counts what a
        killed one gave (`achievements.sweep.braking`).
        """
        awarded = self.awarded.copy()
        for written in done:
            awarded[written.achievement.pk] += self._given(written)
        if self.sweep.kind == Sweep.Kind.DRAIN and awarded != self.awarded:
            Sweep.objects.filter(pk=self.sweep.pk).update(awards=dict(+awarded))

    def add(self, written: Written) -> None:
        """Count what was written. Not before it is safe: the counts do not roll back."""
        self.sweep.earned += written.earned
        self.sweep.issued += written.issued
        self.sweep.held += written.held
        self.sweep.failed += len(written.problems)
        self.awarded[written.achievement.pk] += self._given(written)
        self.late_badges[written.achievement.pk] += max(0, written.issued - written.earned)
        self.held[written.achievement.pk] += written.held
        kept = written.problems[: max(0, PROBLEMS_KEPT - self.reported[written.achievement.pk])]
        self.reported[written.achievement.pk] += len(written.problems)
        if kept:
            SweepProblem.objects.bulk_create(
                SweepProblem(
                    sweep=self.sweep,
                    achievement=written.achievement,
                    student_id=problem.student_id,
                    code=problem.code,
                    message=problem.message,
                )
                for problem in kept
            )

    def _given(self, written: Written) -> int:
        """How many awards count for the brake: whom it brings a badge alone had earned it before, and nothing that was
        approved counts.
        """
        return 0 if written.achievement.pk in self.approved else max(written.earned, written.issued)

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
            self._keep_parts()
            return True
        if self.is_saved:
            sweep.delete()
        return False

    def _keep_parts(self) -> None:
        parts = (+self.held).keys() | (+self.late_badges).keys()
        if parts:
            SweepPart.objects.bulk_create(
                SweepPart(sweep=self.sweep, achievement_id=pk, held=self.held[pk], late_badges=self.late_badges[pk])
                for pk in sorted(parts)
            )
