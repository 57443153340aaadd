"""Reads the evidence that is kept with what was earned: which training and which achievements were counted (N9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from achievements.models import EarnedAchievement
from courses.models import TrainingRecord


@dataclass(frozen=True)
class Counted:
    """One time that an achievement was earned, and what made it so, in the order of time.

    `unlisted` is how much more was counted than is kept, or was deleted since.
    """

    earned: EarnedAchievement
    records: list[TrainingRecord] = field(default_factory=list)
    awards: list[EarnedAchievement] = field(default_factory=list)
    unlisted: int = 0


def evidence_of(rows: Sequence[EarnedAchievement]) -> list[Counted]:
    """What was counted for each of these. Two queries whatever their number."""
    record_ids = {pk for row in rows for pk in _ids(row, "records")}
    award_ids = {pk for row in rows for pk in _ids(row, "earned")}
    records = TrainingRecord.objects.select_related("lab", "course").in_bulk(record_ids)
    awards = EarnedAchievement.objects.select_related("achievement").in_bulk(award_ids)
    return [_counted(row, records, awards) for row in rows]


def _counted(
    row: EarnedAchievement, records: dict[int, TrainingRecord], awards: dict[int, EarnedAchievement]
) -> Counted:
    of_records = [records[pk] for pk in _ids(row, "records") if pk in records]
    of_awards = [awards[pk] for pk in _ids(row, "earned") if pk in awards]
    counted = row.evidence.get("counted")
    total = counted if isinstance(counted, int) else len(_ids(row, "records")) + len(_ids(row, "earned"))
    return Counted(
        row,
        sorted(of_records, key=lambda record: record.completed_at or record.started_at),
        sorted(of_awards, key=lambda award: award.earned_at),
        max(0, total - len(of_records) - len(of_awards)),
    )


def _ids(row: EarnedAchievement, kind: str) -> list[int]:
    found = row.evidence.get(kind)
    return found if isinstance(found, list) else []
