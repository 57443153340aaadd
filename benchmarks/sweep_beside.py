"""Measures how soon completions are awarded while a long look is under way: nobody waits until it ends."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from achievements.models import Achievement
from benchmarks.sweep_cases import Case
from benchmarks.sweep_drains import award_at_random, change, enable_the_unlimited
from benchmarks.sweep_floors import start_over
from operation.models import SweepHint
from organizations.models import Organization

ROOT = Path(__file__).resolve().parents[1]
PARTNER = "Partner"  # one of ten people
STUDENTS = 10
AT_MOST = 300  # seconds
# As a worker does it that beat wakes again and again.
SWEEPER = """
import time, django
django.setup()
from django.utils import timezone
from achievements.sweep.sweeper import drain
while True:
    drain(at=timezone.now())
    time.sleep(0.05)
"""


def measure_beside_looks(cases: Sequence[Case]) -> None:
    """Ten students complete five things each, again and again, while everybody of an organization, or of an achievement,
    is looked at; how long it takes until what they earned by it is committed. Awards are made by SQL first, as for steps.
    """
    enable_the_unlimited(cases)
    start_over()
    award_at_random(cases)
    edited = next(case.achievement for case in cases if case.name == "Start any lab" and case.achievement)
    people = Organization.objects.get(name=PARTNER).users.count()
    looks: list[tuple[str, Callable[[], None]]] = [
        (f"an organization of {people:,} is switched on", _switch_on),
        ("an achievement is edited that most have earned", partial(_edit, edited)),
    ]
    with _sweeping():
        for number, (name, ask) in enumerate(looks):
            seconds, took = _complete_until_done(ask, seed=2 + number)
            print(f"While {name}: a completion is awarded after {_summary(seconds)}; the look takes {took:.0f} s")


def _switch_on() -> None:
    SweepHint.objects.create(organization_id=Organization.objects.get(name=PARTNER).pk)


def _edit(achievement: Achievement) -> None:
    SweepHint.objects.create(achievement_id=achievement.pk)


@contextmanager
def _sweeping() -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", SWEEPER], cwd=ROOT) as sweeper:
        try:
            yield
        finally:
            sweeper.kill()


def _complete_until_done(ask: Callable[[], None], *, seed: int) -> tuple[list[float], float]:
    """The seconds of each time until the look is done, and those of the look. First once without it, to warm up."""
    _complete(seed + 0.999)
    began, seconds = time.perf_counter(), list[float]()
    ask()
    while SweepHint.objects.filter(student_id=None).exists() and time.perf_counter() - began < AT_MOST:
        seconds.append(_complete(seed + len(seconds) / 1000))
    return seconds, time.perf_counter() - began


def _complete(seed: float) -> float:
    change(STUDENTS, seed=seed, analyze=False)
    began = time.perf_counter()
    while SweepHint.objects.exclude(student_id=None).exists():
        time.sleep(0.02)
    return time.perf_counter() - began


def _summary(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    return f"{ordered[len(ordered) // 2]:.2f} s in the median of {len(ordered)} times, {ordered[-1]:.2f} s at most"
