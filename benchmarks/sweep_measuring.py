"""Measures full sweeps and drains of the sweep, each beside its floor in the same run, and compares the earners."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from achievements.models import Achievement, Sweep
from achievements.sweep import sweeper
from benchmarks.sweep_cases import Case
from courses.records import Attempt, record_many
from operation.models import SweepHint

ROOT = Path(__file__).resolve().parents[1]
_EARNED, _BADGES = "achievements_earnedachievement", "badges_issuedbadge"
# A floor deserves what the sweep gives itself.
_SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off;"
_WRITE = """
earned AS (
    INSERT INTO floor_earned (achievement_id, user_id, nth, earned_at, version, evidence, created_at, lag, sweep_id)
    SELECT achievement_id, user_id, nth, earned_at, 1, evidence, now(), lag, (SELECT min(id) FROM achievements_sweep)
    FROM found ORDER BY achievement_id, user_id, nth)
INSERT INTO floor_badges (badge_id, provider_id, student_id, recipient_email, issued_at, evidence, status, delivery,
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


def run(cases: Sequence[Case], *, rounds: int, parts: Collection[str]) -> bool:
    """Print everything, or these parts; whether the sweep and the hand-written SQL agree on every earner."""
    _make_floors()
    Sweep.objects.create(kind=Sweep.Kind.FULL, started_at=timezone.now())  # for the floors' awards to name
    print(f"{'':<44}{'awards':>10}{'seconds':>10}{'floor':>10}{'ratio':>7}{'bare':>10}{'ratio':>7}")
    is_exact = True
    if "alone" in parts:
        _measure_alone(cases, rounds)
    if "all" in parts or "drains" in parts:
        is_exact = _measure_all(cases)
    if "all" in parts:
        _measure_again(cases, rounds)
    if "drains" in parts:
        _measure_drains(cases, rounds)
    if "memory" in parts:
        _measure_memory(cases)
    if "import" in parts:
        _measure_import(rounds)
    return is_exact


def _line(name: str, awards: int, seconds: float, *floors: float) -> None:
    beside = "".join(f"{floor:>10.3f}{seconds / floor:>7.2f}" for floor in floors)
    print(f"{name:<44}{awards:>10,}{seconds:>10.3f}{beside}", flush=True)


# --- full sweeps


def _measure_alone(cases: Sequence[Case], rounds: int) -> None:
    """The first of each kind, finding and writing; the best of all rounds, so that the machine's moods do not count."""
    firsts = {case.name: case for case in reversed(cases) if not case.depends_on_others}
    for case in sorted(firsts.values(), key=lambda case: case.name):
        _enable([case])
        seconds, floors, bare, earned = [], [], [], 0
        for _round in range(rounds):
            _start_over()
            bare.append(timed(partial(_award_by_hand, case, bare=True)))
            _start_over()
            floors.append(timed(partial(_award_by_hand, case)))
            seconds.append(timed(lambda: sweeper.award_everybody(at=timezone.now())))
            earned = _count(_EARNED)
        _line(case.name, earned, min(seconds), min(floors), min(bare))


def _measure_all(cases: Sequence[Case]) -> bool:
    _enable(cases)
    _start_over()
    floor = timed(partial(_award_all_by_hand, cases))
    seconds = timed(lambda: sweeper.award_everybody(at=timezone.now()))
    _line(f"All {len(cases)}", _count(_EARNED), seconds, floor)
    differences = _differences()
    print(f"{'':<44}{'the same earners' if not differences else f'{differences} DIFFER'}")
    _execute("VACUUM ANALYZE")
    return not differences


def _measure_again(cases: Sequence[Case], rounds: int) -> None:
    floors, seconds = [], []
    for _round in range(rounds):
        floors.append(timed(partial(_award_all_by_hand, cases)))
        seconds.append(timed(lambda: sweeper.award_everybody(at=timezone.now())))
    _line("again: nothing new", 0, min(seconds), min(floors))


def _award_by_hand(case: Case, *, bare: bool = False) -> None:
    assert case.achievement
    with transaction.atomic():
        found = _new(case.achievement.pk, case.sql(bare=bare), bare=bare)
        _execute(_SETTINGS + f" WITH found AS MATERIALIZED ({found}), {_WRITE}")


def _award_all_by_hand(cases: Sequence[Case]) -> None:
    for case in cases:
        _award_by_hand(case)


def _new(achievement_id: int, earners: str, *, bare: bool = False) -> str:
    evidence = "'{}'::jsonb AS evidence, NULL::interval AS lag" if bare else _EVIDENCE
    return (
        f"SELECT {achievement_id}::bigint AS achievement_id, e.user_id, e.nth, e.earned_at, {evidence}"
        f" FROM ({earners}) e "
        f"WHERE NOT EXISTS (SELECT FROM floor_earned f WHERE f.achievement_id = {achievement_id} "
        "AND f.user_id = e.user_id AND f.nth = e.nth)"
    )


# --- drains


def _measure_drains(cases: Sequence[Case], rounds: int) -> None:
    """Limited ones, for which a drain has to look at everybody, are switched off for sweep and floor alike.

    What takes milliseconds is done once and taken back, and then timed: who comes first reads pages for the next.
    """
    cases = [case for case in cases if not case.is_limited]
    _enable(cases)
    users = _count("organizations_user")
    # What the statement cannot find in one go (points that follow from its own awards) it finds in the second.
    for share, name in [(0.01, "Drain: 1 % of users changed"), (0.0001, "Drain: 0.01 % of users changed")]:
        seconds, floors, earned = [], [], 0
        for round_ in range(rounds):
            before = _count(_EARNED)
            _change(max(1, int(users * share)), seed=share + round_ / 100)
            if share < 0.001:
                _drain_by_hand(cases, keep=False)
                _drain_and_take_back()
            floors.append(min(_drain_by_hand(cases, keep=True)))
            seconds.append(timed(lambda: sweeper.drain(at=timezone.now())))
            earned = _count(_EARNED) - before
            _level("floor_earned", _EARNED, key="achievement_id, user_id, nth")
            _level("floor_badges", _BADGES, key="badge_id, student_id")
            _execute("ANALYZE")
        _line(name, earned, min(seconds), min(floors))
        print(
            f"{'':<44}{(min(seconds) - min(floors)) * 1000:+.0f} ms; all rounds {_list(seconds)}, floors {_list(floors)}"
        )
    with CaptureQueriesContext(connection) as queries:
        sweeper.drain(at=timezone.now())
    print(f"{'Drain: nothing to do':<44}{len(queries)} queries")


def _level(floor: str, table: str, *, key: str) -> None:
    """Give the floor the rows of the sweep that it does not have: what follows from awards of the same drain."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND attname <> 'id'",
            [table],
        )
        (columns,) = cursor.fetchone()
        lacking = f"SELECT {key} FROM {table} EXCEPT SELECT {key} FROM {floor}"
        cursor.execute(f"INSERT INTO {floor} ({columns}) SELECT {columns} FROM {table} WHERE ({key}) IN ({lacking})")


def _change(users: int, *, seed: float) -> None:
    """So many users complete five things each, as an import writes them."""
    _execute("SELECT setseed(0.5)")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE changed AS SELECT id FROM organizations_user ORDER BY md5(id::text || %s) LIMIT %s",
            [str(seed), users],
        )
        cursor.execute(
            "INSERT INTO courses_trainingrecord (user_id, lab_id, course_id, started_at, completed_at, passed,"
            " minutes_spent, source, source_id) SELECT id, CASE WHEN n < 4 THEN (SELECT min(id) FROM courses_lab)"
            " + floor(500 * random())::int END, CASE WHEN n > 3 THEN (SELECT min(id) FROM courses_course)"
            " + floor(200 * random())::int END, now(), now(), n < 4 OR NULL, 40, 'import', %s || ' ' || id || ' ' || n"
            " FROM changed, generate_series(1, 5) n",
            [str(seed)],
        )
        cursor.execute("INSERT INTO operation_sweephint (student_id, created_at) SELECT id, now() FROM changed")
        cursor.execute("DROP TABLE changed; ANALYZE courses_trainingrecord")


def _drain_and_take_back() -> None:
    with transaction.atomic():
        sweeper.drain(at=timezone.now())
        transaction.set_rollback(True)


def _drain_by_hand(cases: Sequence[Case], *, keep: bool) -> list[float]:
    """The single statement for all, in two wordings; with `keep`, what the last one writes stays."""
    changed = "changed AS MATERIALIZED (SELECT DISTINCT student_id AS id FROM operation_sweephint)"
    theirs = "SELECT * FROM courses_trainingrecord WHERE user_id IN (SELECT id FROM changed)"
    earned = "(SELECT * FROM floor_earned WHERE user_id IN (SELECT id FROM changed))"
    wordings = [(changed, f"({theirs})"), (f"{changed}, records AS MATERIALIZED ({theirs})", "records")]
    statements = []
    for prelude, records in wordings:
        found = " UNION ALL ".join(
            _new(case.achievement.pk, case.sql(records=records, earned=earned)) for case in cases if case.achievement
        )
        statements.append(f"{_SETTINGS} WITH {prelude}, found AS MATERIALIZED ({found}), {_WRITE}")
    return [timed(partial(_in_transaction, one, keep=keep and one is statements[-1])) for one in statements]


def _in_transaction(statement: str, *, keep: bool) -> None:
    with transaction.atomic():
        _execute(statement)
        transaction.set_rollback(not keep)


# --- memory


def _measure_memory(cases: Sequence[Case]) -> None:
    """The peak of one process that awards nearly everybody, beside one that awards a few."""
    for name in ("First 100 to complete a course", "Start any lab"):
        _enable([case for case in cases if case.name == name])
        _start_over()
        peak = _sweep_in_a_process()
        print(f"{f'Memory, {_count(_EARNED):,} awards':<44}{peak:.0f} MB")


def _sweep_in_a_process() -> float:
    """A full sweep; the peak of memory of the largest process of all so far, in MB."""
    subprocess.run([sys.executable, "manage.py", "sweep"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


# --- import


def _measure_import(rounds: int) -> None:
    """Attempts as Python objects through the only door, beside COPY of such rows as text: into the table of the records
    itself, which is as full for both, and into an empty one with the same keys.
    """
    columns = "user_id, lab_id, started_at, completed_at, passed, minutes_spent, source, source_id"
    rows = min(200_000, _count("courses_trainingrecord"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM courses_trainingrecord WHERE lab_id IS NOT NULL LIMIT %s", [rows])
        kept = cursor.fetchall()
    rows = len(kept)
    seconds, floors, empty = [], [], []
    for round_ in range(rounds):
        text = "".join(
            "\t".join("\\N" if cell is None else str(cell) for cell in row) + f" floor {round_}\n" for row in kept
        )
        floors.append(timed(partial(_copy, "courses_trainingrecord", columns, text)))
        _make_like("kept", "courses_trainingrecord")
        empty.append(timed(partial(_copy, "kept", columns, text)))
        _execute("DROP TABLE kept")
        attempts = (
            Attempt(
                user_id=row[0],
                lab_id=row[1],
                started_at=row[2],
                completed_at=row[3],
                passed=row[4],
                minutes_spent=row[5],
                source=row[6],
                source_id=f"{row[7]} {round_}",
            )
            for row in kept
        )
        seconds.append(timed(partial(_record, attempts)))
        SweepHint.objects.all().delete()
    _line("Import; floors: the same table, an empty one", rows, min(seconds), min(floors), min(empty))
    print(f"{'':<44}{rows / min(seconds):,.0f} rows/s, floor {rows / min(floors):,.0f} rows/s")


def _record(attempts: Iterator[Attempt]) -> None:
    with transaction.atomic():
        record_many(attempts)


def _copy(table: str, columns: str, text: str) -> None:
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as into,
    ):
        into.write(text)


# --- tables


def _make_floors() -> None:
    """Tables with the same checks, indexes and foreign keys: a floor that pays what the product's rows pay."""
    for name, table in {"floor_earned": _EARNED, "floor_badges": _BADGES}.items():
        _make_like(name, table)


def _make_like(name: str, table: str) -> None:
    _execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
            [table],
        )
        for (definition,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {name} ADD {definition}")


def _enable(cases: Sequence[Case]) -> None:
    Achievement.objects.update(is_enabled=False)
    Achievement.objects.filter(pk__in=[case.achievement.pk for case in cases if case.achievement]).update(
        is_enabled=True
    )
    SweepHint.objects.all().delete()


def _start_over() -> None:
    _execute(f"TRUNCATE {_EARNED}, {_BADGES}, floor_earned, floor_badges CASCADE")
    _execute(f"ANALYZE {_EARNED}, {_BADGES}, floor_earned, floor_badges")


def _differences() -> int:
    # What counted for those that follow others are earned achievements, whose ids differ.
    rows = "SELECT achievement_id, user_id, nth, earned_at, evidence->'records', evidence->'counted' FROM {}"
    ours, theirs = rows.format(_EARNED), rows.format("floor_earned")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM ({ours} EXCEPT {theirs}) a) + (SELECT count(*) FROM ({theirs} EXCEPT {ours}) b)"
        )
        return int(cursor.fetchone()[0])


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def _list(seconds: Sequence[float]) -> str:
    return ", ".join(f"{one:.3f}" for one in seconds)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
