"""Measures drains: the steps that bring a completion to its badge between two full sweeps."""

from collections.abc import Sequence
from functools import partial

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from achievements.sweep import sweeper
from benchmarks.sweep_cases import Case
from benchmarks.sweep_floors import (
    BADGES,
    EARNED,
    SETTINGS,
    count,
    enable,
    execute,
    into,
    listed,
    new_by_hand,
    print_line,
    start_over,
    timed,
)


def measure_drains(cases: Sequence[Case], rounds: int) -> None:
    """Limited ones, for which a drain has to look at everybody, are switched off for sweep and floor alike.

    What takes milliseconds is done once and taken back, and then timed: who comes first reads pages for the next.
    """
    cases = enable_the_unlimited(cases)
    users = count("organizations_user")
    # What the statement cannot find in one go (points that follow from its own awards) it finds in the second.
    for share, name in [(0.01, "Drain: 1 % of users changed"), (0.0001, "Drain: 0.01 % of users changed")]:
        seconds, floors, earned = [], [], 0
        for round_ in range(rounds):
            before = count(EARNED)
            change(max(1, int(users * share)), seed=share + round_ / 100)
            if share < 0.001:
                _drain_by_hand(cases, keep=False)
                _drain_and_take_back()
            floors.append(min(_drain_by_hand(cases, keep=True)))
            seconds.append(timed(lambda: sweeper.drain(at=timezone.now())))
            earned = count(EARNED) - before
            _level("floor_earned", EARNED, key="achievement_id, user_id, nth")
            _level("floor_badges", BADGES, key="badge_id, student_id")
            execute("ANALYZE")
        print_line(name, earned, min(seconds), min(floors))
        print(
            f"{'':<44}{(min(seconds) - min(floors)) * 1000:+.0f} ms; all rounds {listed(seconds)}, floors {listed(floors)}"
        )
    with CaptureQueriesContext(connection) as queries:
        sweeper.drain(at=timezone.now())
    print(f"{'Drain: nothing to do':<44}{len(queries)} queries")


def measure_steps(cases: Sequence[Case], rounds: int) -> None:
    """A step for 0.01 % of the users, where a full sweep would take hours: what it would have awarded is made by SQL.

    Limited ones are switched off, as for drains.
    """
    cases = enable_the_unlimited(cases)
    start_over()
    award_at_random(cases)
    few, seconds, earned = max(1, count("organizations_user") // 10_000), [], 0
    for round_ in range(rounds):
        change(few, seed=0.5 + round_ / 100)
        sweeper.drain(at=timezone.now())  # what they had earned before
        change(few, seed=0.5 + round_ / 100, again=True)
        before = count(EARNED)
        seconds.append(timed(lambda: sweeper.drain(at=timezone.now())))
        earned = count(EARNED) - before
    print_line("Step: 0.01 % of users changed", earned, min(seconds))
    print(f"{'':<44}all rounds {listed(seconds)}")


def enable_the_unlimited(cases: Sequence[Case]) -> list[Case]:
    """Switch off what is limited to the first, and return the others."""
    unlimited = [case for case in cases if not case.is_limited]
    enable(unlimited)
    return unlimited


def award_at_random(cases: Sequence[Case]) -> None:
    """As many awards and badges as a full sweep leaves, roughly: each to one of 70 people."""
    execute("SET session_replication_role = replica")  # no keys need to be checked
    for case in cases:
        if case.achievement:
            found = (
                f"SELECT {case.achievement.pk}::bigint AS achievement_id, id AS user_id, 1 AS nth,"
                " timestamptz '2023-01-01 00:00Z' AS earned_at, '{}'::jsonb AS evidence, NULL::interval AS lag"
                f" FROM organizations_user WHERE (id + {case.achievement.pk}) % 70 = 0"
            )
            execute(f"{SETTINGS} WITH found AS ({found}), {into(EARNED, BADGES)}")
    execute("RESET session_replication_role")
    execute("VACUUM ANALYZE")


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


def change(users: int, *, seed: float, again: bool = False, analyze: bool = True) -> None:
    """So many users complete five things each, as an import writes them; the same users `again`."""
    execute("SELECT setseed(0.5)")
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
            [f"{seed} again" if again else str(seed)],
        )
        cursor.execute("INSERT INTO operation_sweephint (student_id, created_at) SELECT id, now() FROM changed")
        cursor.execute("DROP TABLE changed")
        if analyze:
            cursor.execute("ANALYZE courses_trainingrecord")


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
            new_by_hand(case.achievement.pk, case.sql(records=records, earned=earned))
            for case in cases
            if case.achievement
        )
        statements.append(f"{SETTINGS} WITH {prelude}, found AS MATERIALIZED ({found}), {into()}")
    return [timed(partial(_in_transaction, one, keep=keep and one is statements[-1])) for one in statements]


def _in_transaction(statement: str, *, keep: bool) -> None:
    with transaction.atomic():
        execute(statement)
        transaction.set_rollback(not keep)
