"""How fast badges reach a provider, beside the rate that the provider permits.

    python benchmarks/delivery.py [--badges N] [--workers N]

The stand-in for Credly answers after 200 ms and refuses more than 50 requests a second. The floor is what that rate
permits; the ratio is what delivery adds to it. PostgreSQL, broker, beat and workers are real processes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tms.settings")

import django

django.setup()

from tests.delivering import System, running  # noqa: E402 - needs the settings

LATENCY = 0.2  # seconds
RATE = 50  # requests a second
MOST = 1.15


def main() -> int:
    """Run it; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--badges", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1, help="Celery workers of two processes each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), workers=options.workers) as system:
        system.credly.answer_after(LATENCY)
        system.credly.limit(RATE)
        time.sleep(5)  # the workers are up
        memory = Memory(system)
        system.fill(students=options.badges, rate=RATE)
        system.wait_until(system.is_settled, seconds=20 + 3 * options.badges / RATE)
        memory.stop()
        return report(system, options.badges, memory)


class Memory:
    """Resident memory of all worker processes together, in MB, looked at twice a second."""

    def __init__(self, system: System) -> None:
        self.seen: list[float] = []
        self._system, self._ended = system, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            groups = {str(worker.pid) for worker in self._system.workers}
            listed = subprocess.run(["ps", "-eo", "pgid=,rss="], capture_output=True, text=True, check=True).stdout
            rows = [line.split() for line in listed.splitlines()]
            self.seen.append(sum(int(rss) for group, rss in rows if group in groups) / 1024)


def report(system: System, badges: int, memory: Memory) -> int:
    """Print the figures; 1 when the ratio is above what is promised or something is amiss."""
    ((seconds,),) = system.query(
        "SELECT extract(epoch FROM max(delivered_at) - min(created_at))::float FROM badges_issuedbadge"
    )
    floor = badges / RATE
    is_right = system.counts() == {"delivered": badges} and len(system.credly.badges()) == badges
    third = max(1, len(memory.seen) // 3)
    early, late = max(memory.seen[third : 2 * third]), max(memory.seen[-third:])
    print(
        f"{badges} badges, {len(system.workers)} worker(s) of two processes; each answer after {LATENCY * 1000:.0f} ms"
    )
    print(f"delivered in      {seconds:8.1f} s   {badges / seconds:8.1f} badges/s")
    print(f"the rate permits  {floor:8.1f} s   {RATE:8.1f} requests/s")
    print(f"ratio             {seconds / floor:8.2f}     (at most {MOST})")
    print(f"answered with 429 {system.credly.refused_by_rate():8}")
    print(f"workers' memory   {early:8.0f} MB in the second third, {late:.0f} MB in the last")
    print("every badge is there exactly once" if is_right else f"WRONG: {system.counts()}")
    return 0 if is_right and seconds / floor <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
