"""The floors of the sweep: what one statement by hand for each achievement takes, into tables with the same keys.

With them, what every part of the benchmark needs: tables, clocks and lines of the report.
"""

import time
from collections.abc import Callable, Sequence

from django.db import connection, transaction

from achievements.models import Achievement
from benchmarks.sweep_cases import Case
from operation.models import SweepHint

EARNED, BADGES = "achievements_earnedachievement", "badges_issuedbadge"
# A floor deserves what the sweep gives itself.
SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off;"
_WRITE = """
earned AS (
    INSERT INTO {earned} (achievement_id, user_id, nth, earned_at, version, evidence, created_at, lag, sweep_id)
    SELECT achievement_id, user_id, nth, earned_at, 1, evidence, now(), lag, (SELECT min(id) FROM achievements_sweep)
    FROM found ORDER BY achievement_id, user_id, nth)
INSERT INTO {badges} (badge_id, provider_id, student_id, recipient_email, issued_at, evidence, status, delivery,
    next_attempt_at, status_changed_at, public_id, created_at, via, source_id, source_words)
SELECT badge_id, provider_id, user_id, email, earned_at, evidence, 'accepted', 'pending', now(), now(),
    gen_random_uuid(), now(), 'achievement', achievement_id, a.name
FROM found JOIN organizations_user u ON u.id = user_id JOIN achievements_achievement a ON a.id = achievement_id
    JOIN badges_badge b ON b.id = a.badge_id
WHERE nth = 1 ORDER BY badge_id, user_id
"""
_EVIDENCE = """
('{"version": 1, "counted": ' || cardinality(e.records) + cardinality(e.earned) || ', "records": ['
    || array_to_string(e.records, ', ') || '], "earned": [' || array_to_string(e.earned, ', ') || ']}')::jsonb
    AS evidence, greatest(now() - e.due_at, interval '0') AS lag
"""


def timed(act: Callable[[], object]) -> float:
    """How many seconds it takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def print_line(name: str, awards: int, seconds: float, *floors: float) -> None:
    """A line of the report: a figure, and each floor with the ratio."""
    beside = "".join(f"{floor:>10.3f}{seconds / floor:>7.2f}" for floor in floors)
    print(f"{name:<44}{awards:>10,}{seconds:>10.3f}{beside}", flush=True)


def into(earned: str = "floor_earned", badges: str = "floor_badges") -> str:
    """The end of a statement that writes what it has `found`, each with its badge."""
    return _WRITE.format(earned=earned, badges=badges)


def award_by_hand(case: Case, *, bare: bool = False) -> None:
    """Write into the floors who has newly earned it, by one statement; `bare`: without evidence and lag."""
    assert case.achievement
    with transaction.atomic():
        found = new_by_hand(case.achievement.pk, case.sql(bare=bare), bare=bare)
        execute(SETTINGS + f" WITH found AS MATERIALIZED ({found}), {into()}")


def award_all_by_hand(cases: Sequence[Case]) -> None:
    """The same for each, one after the other."""
    for case in cases:
        award_by_hand(case)


def new_by_hand(achievement_id: int, earners: str, *, bare: bool = False) -> str:
    """The SELECT of those earners whom the floor does not have yet, with what it writes of each."""
    evidence = "'{}'::jsonb AS evidence, NULL::interval AS lag" if bare else _EVIDENCE
    return (
        f"SELECT {achievement_id}::bigint AS achievement_id, e.user_id, e.nth, e.earned_at, {evidence}"
        f" FROM ({earners}) e "
        f"WHERE NOT EXISTS (SELECT FROM floor_earned f WHERE f.achievement_id = {achievement_id} "
        "AND f.user_id = e.user_id AND f.nth = e.nth)"
    )


def make_floors() -> None:
    """Tables with the same checks, indexes and foreign keys: a floor that pays what the product's rows pay."""
    for name, table in {"floor_earned": EARNED, "floor_badges": BADGES}.items():
        make_like(name, table)


def make_like(name: str, table: str) -> None:
    """An empty table with the checks, indexes and foreign keys of another."""
    execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
            [table],
        )
        for (definition,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {name} ADD {definition}")


def enable(cases: Sequence[Case]) -> None:
    """Enable these and no others, with nothing in the queue."""
    Achievement.objects.update(is_enabled=False)
    Achievement.objects.filter(pk__in=[case.achievement.pk for case in cases if case.achievement]).update(
        is_enabled=True
    )
    SweepHint.objects.all().delete()


def start_over() -> None:
    """Nobody has earned anything."""
    execute(f"TRUNCATE {EARNED}, {BADGES}, floor_earned, floor_badges CASCADE")
    execute(f"ANALYZE {EARNED}, {BADGES}, floor_earned, floor_badges")


def differences() -> int:
    """In how many awards sweep and floor differ."""
    # What counted for those that follow others are earned achievements, whose ids differ.
    rows = "SELECT achievement_id, user_id, nth, earned_at, evidence->'records', evidence->'counted' FROM {}"
    ours, theirs = rows.format(EARNED), rows.format("floor_earned")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM ({ours} EXCEPT {theirs}) a) + (SELECT count(*) FROM ({theirs} EXCEPT {ours}) b)"
        )
        return int(cursor.fetchone()[0])


def count(table: str) -> int:
    """How many rows it has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def listed(seconds: Sequence[float]) -> str:
    """Figures in a row."""
    return ", ".join(f"{one:.3f}" for one in seconds)


def execute(statement: str) -> None:
    """Run it, whatever it answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
