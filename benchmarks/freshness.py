"""How soon a completion becomes an issued badge, in the whole system with its demo.

    python benchmarks/freshness.py [--students N] [--pause SECONDS]

Everything is as `make run` starts it: PostgreSQL, broker, web, workers, beat. An instructor completes a course for one
student after another, by saving the roster over HTTP; an achievement on that course earns a badge of the built-in
issuer. The time runs from the writing of the training record until another session sees the issued badge, looking every
20 ms, and until the badge is delivered. It begins when the demo's own badges are delivered and their letters written.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402 - the line above lets the benchmark be run by its path
import requests  # noqa: E402

from tests.running import READY, Run, free_port, open_to_the_servers_account  # noqa: E402

MOST = 5.0  # seconds, at the 99th percentile
PATIENCE = 1_000  # seconds, for anything
BARS = "▁▂▃▄▅▆▇█"
STEP = 0.25  # seconds of a bar

type Delay = tuple[float, float]

# created_at says when the transaction began that issued the badge, so somebody has to look when it is there.
_SEEN = "SELECT student_id, clock_timestamp() FROM badges_issuedbadge WHERE badge_id = %s"
_MOMENTS = """
SELECT student_id, recorded_at, delivered_at
FROM courses_trainingrecord JOIN badges_issuedbadge ON student_id = user_id
WHERE course_id = %s AND badge_id = %s AND delivered_at IS NOT NULL
"""
_WAITING = """
SELECT (SELECT count(*) FROM badges_issuedbadge WHERE delivery IN ('pending', 'sending', 'uncertain'))
    + (SELECT count(*) FROM badges_badgeletter WHERE next_attempt_at IS NOT NULL)
"""


@dataclass(frozen=True)
class Roster:
    """A class that an instructor of the demo teaches, and the lines of its students."""

    class_id: int
    course_id: int
    badge_id: int
    lines: list[int]
    instructor: str
    password: str


def main() -> int:
    """Run it; 1 when the 99th percentile is above MOST, or a badge is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.5, help="between two savings, on average (default 0.5 s)")
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        var = open_to_the_servers_account(Path(folder))
        with Run(var, port) as run:
            run.wait_until_it_says(READY)
            environment = servers_of(var)
            with psycopg.connect(environment["DATABASE_URL"].replace(":@/", "@/"), autocommit=True) as session:
                delays = measure(
                    session, f"http://127.0.0.1:{port}", fill(environment, options.students), options.pause
                )
            run.end(signal.SIGINT)
    return report(delays, options.students)


def servers_of(var: Path) -> dict[str, str]:
    """The environment that names the servers of the run."""
    named = dict(line.split("=", 1) for line in (var / "local.env").read_text().splitlines())
    return {**os.environ, **named, "DJANGO_SETTINGS_MODULE": "tms.settings"}


def fill(environment: dict[str, str], students: int) -> Roster:
    """Add a class of so many students to the demo."""
    command = [sys.executable, "-m", "benchmarks.freshness_data", str(students)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return Roster(**json.loads(done.stdout))


def measure(session: psycopg.Connection, address: str, roster: Roster, pause: float) -> list[Delay]:
    """Seconds to the issued badge and to its delivery, of each student; those that never came are missing."""
    wait_until(lambda: session.execute(_WAITING).fetchone() == (0,))
    seen: dict[int, datetime] = {}
    with ThreadPoolExecutor(1) as pool:
        completing = pool.submit(complete_one_by_one, address, roster, pause=pause)
        wait_until(lambda: look(session, roster, seen) >= 0 and completing.done(), every=0.02)
        completing.result()
        wait_until(lambda: look(session, roster, seen) == len(roster.lines), every=0.02)
    moments = partial(session.execute, _MOMENTS, [roster.course_id, roster.badge_id])
    wait_until(lambda: moments().rowcount == len(roster.lines))
    return [
        ((seen[student] - recorded_at).total_seconds(), (delivered_at - recorded_at).total_seconds())
        for student, recorded_at, delivered_at in moments()
    ]


def look(session: psycopg.Connection, roster: Roster, seen: dict[int, datetime]) -> int:
    """Note who has the badge now; how many there are."""
    for student, at in session.execute(_SEEN, [roster.badge_id]):
        seen.setdefault(student, at)
    return len(seen)


def wait_until(is_so: Callable[[], bool], *, every: float = 0.5) -> None:
    """Come back when it is so, or when nobody has the patience any more."""
    deadline = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < deadline:
        time.sleep(every)


def complete_one_by_one(address: str, roster: Roster, *, pause: float) -> None:
    """Save the roster once for each student, at moments that have nothing to do with the clock of beat."""
    random = Random(1)
    with requests.Session() as session:
        page = f"{address}/classes/{roster.class_id}/roster/"
        who = {"username": roster.instructor, "password": roster.password}
        post(session, f"{address}/sign-in/", who, token=token_of(session.get(f"{address}/sign-in/").text))
        token = token_of(session.get(page).text)
        for line in roster.lines:
            time.sleep(random.uniform(0, 2 * pause))
            was = {"was_enrollment": "enrolled", "was_completion": "unknown", "completion": "complete"}
            post(session, page, {f"line-{line}-{name}": value for name, value in was.items()}, token=token)


def post(session: requests.Session, url: str, data: dict[str, str], *, token: str) -> None:
    """POST a form that must be accepted."""
    answer = session.post(url, {**data, "csrfmiddlewaretoken": token}, allow_redirects=False, timeout=60)
    assert answer.status_code == 302, (url, answer.status_code)


def token_of(page: str) -> str:
    """The CSRF token of a form on the page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    return found[1]


def report(delays: Sequence[Delay], students: int) -> int:
    """Print the figures; the exit status."""
    print(f"{students} completions, one after another; {len(delays)} badges issued and delivered")
    if len(delays) < max(students, 2):
        return 1
    issued, delivered = ([delay[place] for delay in delays] for place in (0, 1))
    tell("to the issued badge", issued)
    tell("to its delivery", delivered)
    print(f"at most {MOST:.1f} s to the issued badge at the 99th percentile")
    return 0 if percentile_99(issued) <= MOST else 1


def tell(what: str, seconds: Sequence[float]) -> None:
    """One line of figures, and one of bars, each of STEP seconds."""
    median, worst = statistics.median(seconds), max(seconds)
    print(f"{what:20} median {median:5.2f} s   p99 {percentile_99(seconds):5.2f} s   max {worst:5.2f} s")
    print(f"{'':20} {histogram(seconds)}  (0 to {worst:.1f} s, {STEP} s a bar)")


def percentile_99(seconds: Sequence[float]) -> float:
    """99 of 100 took no longer."""
    return statistics.quantiles(seconds, n=100, method="inclusive")[98]


def histogram(seconds: Sequence[float]) -> str:
    """A bar for each STEP; where anybody is, there is a bar."""
    counts = Counter(int(one / STEP) for one in seconds)
    highest = max(counts.values())
    heights = [counts[step] * (len(BARS) - 1) / highest for step in range(max(counts) + 1)]
    return "".join(BARS[round(height)] if height else "·" for height in heights)


if __name__ == "__main__":
    sys.exit(main())
