"""Which of several attempts at a lab is the best one, and what somebody's attempts at an exam came to (S123)."""

from collections.abc import Iterable
from dataclasses import dataclass

from courses.models import TrainingRecord

Result = TrainingRecord.Result


@dataclass(frozen=True)
class Exam:
    """Somebody's attempts at an exam, the best first."""

    attempts: list[TrainingRecord]

    @property
    def best(self) -> TrainingRecord | None:
        """The attempt that counts."""
        return self.attempts[0] if self.attempts else None

    @property
    def result(self) -> Result:
        """That of the best attempt."""
        return self.best.result if self.best is not None else Result.NOT_TAKEN

    @property
    def is_passed(self) -> bool:
        """Whether any attempt passed."""
        return self.result is Result.PASSED


def best_first(attempts: Iterable[TrainingRecord]) -> list[TrainingRecord]:
    """What passed before what was completed before what was not, and then by score.

    Of equals the one that passed first, and otherwise the last one.
    """
    return sorted(attempts, key=_rank, reverse=True)


def _rank(attempt: TrainingRecord) -> tuple[bool, bool, float, float, int]:
    is_passed = attempt.result is Result.PASSED
    score = attempt.score / attempt.max_score if attempt.score is not None and attempt.max_score else -1.0
    later = -1 if is_passed else 1
    started = attempt.started_at.timestamp()
    return is_passed, attempt.completed_at is not None, score, later * started, later * attempt.pk
