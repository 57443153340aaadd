"""Measures full sweeps and drains of the sweep, each beside its floor in the same run, and compares the earners."""

import resource
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from achievements.models import Sweep
from achievements.sweep import sweeper
from benchmarks.sweep_beside import measure_beside_looks
from benchmarks.sweep_cases import Case
from benchmarks.sweep_drains import measure_drains, measure_steps
from benchmarks.sweep_floors import (
    EARNED,
    award_all_by_hand,
    award_by_hand,
    count,
    differences,
    enable,
    execute,
    make_floors,
    make_like,
    print_line,
    start_over,
    timed,
)
from courses.records import Attempt, record_many
from operation.models import SweepHint

ROOT = Path(__file__).resolve().parents[1]


def run(cases: Sequence[Case], *, rounds: int, parts: Collection[str]) -> bool:
    """Print everything, or these parts; whether the sweep and the hand-written SQL agree on every earner."""
    make_floors()
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
        measure_drains(cases, rounds)
    if "steps" in parts:
        measure_steps(cases, rounds)
    if "beside" in parts:
        measure_beside_looks(cases)
    if "memory" in parts:
        _measure_memory(cases)
    if "import" in parts:
        _measure_import(rounds)
    return is_exact


# --- full sweeps


def _measure_alone(cases: Sequence[Case], rounds: int) -> None:
    """The first of each kind, finding and writing; the best of all rounds, so that the machine's moods do not count."""
    firsts = {case.name: case for case in reversed(cases) if not case.depends_on_others}
    for case in sorted(firsts.values(), key=lambda case: case.name):
        enable([case])
        seconds, floors, bare, earned = [], [], [], 0
        for _round in range(rounds):
            start_over()
            bare.append(timed(partial(award_by_hand, case, bare=True)))
            start_over()
            floors.append(timed(partial(award_by_hand, case)))
            seconds.append(timed(lambda: sweeper.award_everybody(at=timezone.now())))
            earned = count(EARNED)
        print_line(case.name, earned, min(seconds), min(floors), min(bare))


def _measure_all(cases: Sequence[Case]) -> bool:
    enable(cases)
    start_over()
    floor = timed(partial(award_all_by_hand, cases))
    seconds = timed(lambda: sweeper.award_everybody(at=timezone.now()))
    print_line(f"All {len(cases)}", count(EARNED), seconds, floor)
    different = differences()
    print(f"{'':<44}{'the same earners' if not different else f'{different} DIFFER'}")
    execute("VACUUM ANALYZE")
    return not different


def _measure_again(cases: Sequence[Case], rounds: int) -> None:
    floors, seconds = [], []
    for _round in range(rounds):
        floors.append(timed(partial(award_all_by_hand, cases)))
        seconds.append(timed(lambda: sweeper.award_everybody(at=timezone.now())))
    print_line("again: nothing new", 0, min(seconds), min(floors))


# --- memory


def _measure_memory(cases: Sequence[Case]) -> None:
    """The peak of one process that awards nearly everybody, beside one that awards a few."""
    for name in ("First 100 to complete a course", "Start any lab"):
        enable([case for case in cases if case.name == name])
        start_over()
        peak = _sweep_in_a_process()
        print(f"{f'Memory, {count(EARNED):,} awards':<44}{peak:.0f} MB")


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
    rows = min(200_000, count("courses_trainingrecord"))
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
        make_like("kept", "courses_trainingrecord")
        empty.append(timed(partial(_copy, "kept", columns, text)))
        execute("DROP TABLE kept")
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
    print_line("Import; floors: the same table, an empty one", rows, min(seconds), min(floors), min(empty))
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
