"""Measures the import and the sweep of the dataset, each beside its floor, and compares the earners."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, connections, transaction
from django.utils import timezone

from achievements.models import Achievement
from achievements.sweep.sweeper import award_everybody
from badges.models import BadgeProvider
from benchmarks.oulad_achievements import Case, create
from classes.importing.merging import Counts
from classes.importing.running import ImportedFile, import_files
from classes.models import Enrollment
from courses.models import TrainingRecord
from organizations.models import User

# What the published dataset holds; a run on a part of it says that it is one.
ANCHORS = {"students": 28_785, "enrollments": 32_593, "attempts": 173_912}

_EARNED, _BADGES = "achievements_earnedachievement", "badges_issuedbadge"


@dataclass
class Timed[Result]:
    """What an act returned, and how long it took."""

    result: Result
    seconds: float


def timed[Result](act: Callable[[], Result]) -> Timed[Result]:
    """Do it, and look at the clock."""
    start = time.perf_counter()
    result = act()
    return Timed(result, time.perf_counter() - start)


def run(*, tables: Path, files: Sequence[Path], rounds: int) -> bool:
    """Print everything; whether the sweep and the hand-written SQL agree on every earner."""
    _measure_import(files, rounds)
    achievements = create(tables)
    _execute("VACUUM ANALYZE")
    _make_floors()
    is_exact = _measure_each(achievements, rounds)
    _measure_all(achievements)
    return is_exact


def _measure_import(files: Sequence[Path], rounds: int) -> None:
    attempts = [file for file in files if file.stem == "attempts"]
    others = [file for file in files if file.stem != "attempts"]
    print(f"{'Import':<44}{'rows':>9}{'seconds':>9}{'rows/s':>10}")
    _print_import("users, labs, courses, classes, enrollments", [_import(others)])
    records = TrainingRecord.objects.filter(source=TrainingRecord.Source.IMPORT)
    seconds = []
    for _round in range(rounds):
        records.delete()
        seconds.append(_import(attempts))
    best = _print_import("attempts", seconds)
    _print_import("everything again: nothing to do", [_import(files)])
    for name, floor in _import_floors(rounds).items():
        print(f"{'floor: ' + name:<53}{floor:>9.2f}{'':>10}   the import took {best / floor:.1f} x as long")
    found = {
        "students": User.objects.count(),
        "enrollments": Enrollment.objects.count(),
        "attempts": records.count(),
    }
    print(", ".join(f"{count:,} {name}" for name, count in found.items()), end="")
    print(": the whole dataset.\n" if found == ANCHORS else f". This is a part: the whole has {ANCHORS}.\n")


def _import(files: Sequence[Path]) -> Timed[list[ImportedFile]]:
    return timed(lambda: import_files(files, at=timezone.now(), progress=lambda _file, _bytes: None))


def _print_import(name: str, rounds: Sequence[Timed[list[ImportedFile]]]) -> float:
    """The seconds of the best round."""
    best = min(rounds, key=lambda each: each.seconds)
    counts = sum((each.counts for each in best.result), Counts())
    rows = counts.created + counts.changed + counts.unchanged
    print(f"{name:<44}{rows:>9,}{best.seconds:>9.2f}{rows / best.seconds:>10,.0f}")
    return best.seconds


def _import_floors(rounds: int) -> dict[str, float]:
    """COPY of the attempts as they are kept: into a bare table, and into one with the keys and indexes of the real."""
    columns = "user_id, lab_id, course_id, started_at, completed_at, passed, minutes_spent, source, source_id"
    rows = io.BytesIO()
    with connection.cursor() as cursor:
        with cursor.copy(
            f"COPY (SELECT {columns} FROM courses_trainingrecord WHERE source = 'import') TO STDOUT"
        ) as out:
            for data in out:
                rows.write(data)

        def copy(table: str) -> None:
            with transaction.atomic(), cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as into:
                into.write(rows.getvalue())

        bare, kept = [], []
        references = {"user_id": "organizations_user", "lab_id": "courses_lab", "course_id": "courses_course"}
        for _round in range(rounds):
            cursor.execute("CREATE TABLE bare AS SELECT * FROM courses_trainingrecord LIMIT 0")
            _make_like("kept", "courses_trainingrecord", references)
            bare.append(timed(lambda: copy("bare")).seconds)
            kept.append(timed(lambda: copy("kept")).seconds)
            cursor.execute("DROP TABLE bare, kept")
    return {"COPY into a bare table": min(bare), "COPY into a table with the same keys": min(kept)}


def _make_floors() -> None:
    _make_like("floor_earned", _EARNED, {"user_id": "organizations_user", "achievement_id": "achievements_achievement"})
    references = {"student_id": "organizations_user", "badge_id": "badges_badge", "provider_id": "badges_badgeprovider"}
    _make_like("floor_badges", _BADGES, references)


def _make_like(name: str, table: str, references: dict[str, str]) -> None:
    """A table with the same checks, indexes and foreign keys: a floor that pays what the product's rows pay."""
    _execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
    for column, target in references.items():
        _execute(f"ALTER TABLE {name} ADD FOREIGN KEY ({column}) REFERENCES {target} DEFERRABLE INITIALLY DEFERRED")


def _measure_each(achievements: Sequence[tuple[Achievement, Case]], rounds: int) -> bool:
    """Each achievement alone, finding and writing; the best of all rounds, so that the machine's moods do not count."""
    ruled: dict[str, float] = {}
    floors: dict[str, float] = {}
    for _round in range(rounds):
        _execute(f"TRUNCATE {_EARNED}, {_BADGES}, floor_earned, floor_badges CASCADE")
        for achievement, case in achievements:
            Achievement.objects.update(is_enabled=False)
            Achievement.objects.filter(pk=achievement.pk).update(is_enabled=True)
            floor = timed(lambda achievement=achievement, case=case: _award_by_hand(achievement, case))  # type: ignore[misc]
            floors[case.name] = min(floor.seconds, floors.get(case.name, floor.seconds))
            sweep = timed(lambda: award_everybody(at=timezone.now()))
            ruled[case.name] = min(sweep.seconds, ruled.get(case.name, sweep.seconds))
    print(f"{'Achievement, alone':<44}{'earners':>9}{'rows':>8}{'seconds':>9}{'by hand':>9}{'ratio':>7}  earners")
    is_exact = [
        _print_achievement(achievement, ruled[case.name], floors[case.name]) for achievement, case in achievements
    ]
    total, floor_total = sum(ruled.values()), sum(floors.values())
    print(f"{'all, one after the other':<61}{total:>9.2f}{floor_total:>9.2f}{total / floor_total:>7.2f}\n")
    return all(is_exact)


def _award_by_hand(achievement: Achievement, case: Case) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS MATERIALIZED ({case.sql}), "
            "earned AS (INSERT INTO floor_earned (achievement_id, user_id, nth, earned_at, version, evidence, created_at) "
            "SELECT %(achievement)s, user_id, nth, earned_at, 1, '{}', now() FROM found ORDER BY user_id, nth) "
            "INSERT INTO floor_badges (badge_id, provider_id, student_id, recipient_email, issued_at, evidence, delivery, "
            "status, public_id, created_at, via, source_id, source_words, next_attempt_at, status_changed_at) "
            "SELECT %(badge)s, %(provider)s, user_id, email, earned_at, '{}', 'pending', 'accepted', "
            "gen_random_uuid(), now(), 'achievement', %(achievement)s, %(words)s, now(), now() "
            "FROM found JOIN organizations_user ON organizations_user.id = user_id WHERE nth = 1 ORDER BY user_id",
            {
                **case.parameters,
                "achievement": achievement.pk,
                "badge": achievement.badge_id,
                "provider": BadgeProvider.objects.get().pk,
                "words": achievement.name,
            },
        )


def _print_achievement(achievement: Achievement, seconds: float, floor: float) -> bool:
    rows = "SELECT user_id, nth, earned_at FROM {} WHERE achievement_id = %(id)s"
    ours, theirs = rows.format(_EARNED), rows.format("floor_earned")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(DISTINCT user_id), count(*), (SELECT count(*) FROM ({ours} EXCEPT {theirs}) a) "
            f"+ (SELECT count(*) FROM ({theirs} EXCEPT {ours}) b) FROM ({ours}) earned",
            {"id": achievement.pk},
        )
        earners, count, differences = cursor.fetchone()
    verdict = "the same" if not differences else f"{differences} DIFFER"
    print(
        f"{achievement.name:<44}{earners:>9,}{count:>8,}{seconds:>9.3f}{floor:>9.3f}{seconds / floor:>7.2f}  {verdict}"
    )
    return not differences


def _measure_all(achievements: Sequence[tuple[Achievement, Case]]) -> None:
    _execute(f"TRUNCATE {_EARNED}, {_BADGES} CASCADE")
    Achievement.objects.update(is_enabled=True)
    records = TrainingRecord.objects.count()
    print(f"{'Full sweep':<36}{'earned':>9}{'badges':>8}{'seconds':>9}{'records/s':>12}")
    for name in ("over all history", "again: nothing new"):
        done = timed(lambda: award_everybody(at=timezone.now()))
        rate = records * len(achievements) / done.seconds
        print(f"{name:<36}{done.result.earned:>9,}{done.result.issued:>8,}{done.seconds:>9.2f}{rate:>12,.0f}")
    connections.close_all()


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
