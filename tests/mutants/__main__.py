"""Runs mutmut on each module of COVERED_BY, or on those named, and says what no test noticed.

Each works in a copy of the tree below var/mutants/, so that nothing here is ever changed. One PostgreSQL serves all.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tms.local import postgres

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "var" / "mutants"
MUTMUT = [sys.executable, str(WORK / "packages" / "bin" / "mutmut")]
MUTMUT_OF_SQL = [sys.executable, str(Path(__file__).with_name("of_sql.py"))]
SOURCES = ("tms", "operation", "organizations", "listing", "badges", "classes", "courses", "achievements")
BESIDE = ("tests", "templates", "static", "docs", "manage.py")
# What looks and awards is tried as a whole.
AWARDING = (
    "approving_together",
    "awarding",
    "changed_meanwhile",
    "held_up",
    "late_issuing",
    "queued_meanwhile",
    "starving",
    "sweeper",
    "underway",
    "winners",
)
# Of these rooms, the tests that keep each module's promises beside its own.
CONDITIONS: dict[str, tuple[str, ...]] = {
    "counting": (),
    "earners": ("events",),
    "events": ("earners",),
    "evidence": (),
    "numbering": ("earners",),
    "parsing": (),
    "reach": (),
    "sql": (),
    "syntax": (),
    "terms": (),
}
SWEEP: dict[str, tuple[str, ...]] = {
    "approving": ("approving_together", "approving_verdicts"),
    "awarding": AWARDING,
    "earning": (),
    "faults": (),
    "finding": (),
    "found": (),
    "gathering": (),
    "hints": (),
    "late_badges": ("strangers",),
    "late_issuing": ("late_badges",),
    "rules": (),
    "runs": (),
    "starting": (),
    "sweeper": AWARDING,
    "underway": (),
    "writing": (),
}
# The tests that keep each module's promises; of these mutmut runs the ones that call the function it has changed.
COVERED_BY = {
    "organizations/access.py": ("tests/organizations/test_access.py",),
    "badges/delivery/claims.py": ("tests/badges/delivery/test_claims.py", "tests/badges/delivery/test_pacing.py"),
    "courses/records.py": ("tests/courses/test_records.py", "tests/courses/test_moments.py"),
    "classes/rosters.py": (
        "tests/classes/test_rosters.py",
        "tests/classes/importing/test_lines.py",
        "tests/classes/views/test_issuing.py",
    ),
    "badges/delivery/pacing.py": ("tests/badges/delivery/test_pacing.py",),
    "badges/delivery/asking.py": ("tests/badges/delivery/test_asking.py",),
    "badges/delivery/recording.py": ("tests/badges/delivery/test_recording.py",),
    "badges/delivery/verdicts.py": ("tests/badges/delivery/test_verdicts.py",),
    "badges/issuing/deciding.py": (
        "tests/badges/issuing/test_deciding.py",
        "tests/badges/issuing/test_issuing_races.py",
        "tests/badges/issuing/test_obstacles.py",
        "tests/classes/views/test_issuing.py",
    ),
    **{
        f"achievements/conditions/{name}.py": tuple(
            f"tests/achievements/conditions/test_{test}.py" for test in (name, *beside)
        )
        for name, beside in CONDITIONS.items()
    },
    # The others of its tests start processes, or wait for locks.
    "achievements/sweep/lock.py": tuple(
        f"tests/achievements/sweep/test_lock.py::test_{test}"
        for test in (
            "only_one_is_the_sweeper",
            "a_sweeper_whose_session_was_lost_stops",
            "the_server_watches_a_session_while_it_is_the_sweepers",
            "rows_can_be_filtered_by_whether_a_sweeper_is_at_work",
        )
    ),
    **{
        f"achievements/sweep/{name}.py": tuple(
            f"tests/achievements/sweep/test_{test}.py" for test in dict.fromkeys((name, *beside))
        )
        for name, beside in SWEEP.items()
    },
}
# Words alone: what is logged, and lines that are nothing but a sentence for people.
LEFT_OUT = [r"\blogger\.", r"^\s*(return|\w+ =) _\("]
# With this, a module tells ruff that its texts are pieces of SQL.
IS_SQL = "# ruff: noqa: S608"
UNNOTICED = ("survived", "no tests", "suspicious", "not checked")


@dataclass(frozen=True)
class Outcome:
    """What became of each mutant of a module, by its name."""

    module: str
    states: Mapping[str, str]

    @property
    def survivors(self) -> list[str]:
        return [name for name, state in self.states.items() if state in UNNOTICED]

    def __str__(self) -> str:
        total, left = len(self.states), len(self.survivors)
        killed = total - left
        return f"{self.module:36}{total:8}{killed:8}{left:10}{100 * killed / max(total, 1):9.1f} %"


def main(modules: list[str]) -> int:
    """The number of modules of which less than nine in ten mutants were noticed."""
    if unknown := set(modules) - set(COVERED_BY):
        sys.exit(f"No tests are named for {', '.join(sorted(unknown))} in {Path(__file__).relative_to(ROOT)}.")
    outcomes = []
    with postgres.throwaway() as server:
        environment = _environment(server.url)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
        for module in modules or COVERED_BY:
            print(f"{module} …", flush=True)
            outcomes.append(_tried(module, environment))
    print(f"\n{'module':36}{'mutants':>8}{'killed':>8}{'survived':>10}{'killed':>11}", *outcomes, sep="\n")
    return sum(10 * len(outcome.survivors) > len(outcome.states) for outcome in outcomes)


def _environment(url: str) -> dict[str, str]:
    path = os.pathsep.join([str(WORK / "packages"), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    own = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": path}
    return os.environ | own | {"PYTHONDONTWRITEBYTECODE": ""}


def _tried(module: str, environment: dict[str, str]) -> Outcome:
    folder = WORK / module.removesuffix(".py").replace("/", ".")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (*SOURCES, *BESIDE):
        _copy(ROOT / name, folder / name)
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + _settings(module))
    mutmut = MUTMUT_OF_SQL if IS_SQL in (ROOT / module).read_text() else MUTMUT
    with (folder / "log").open("w") as log:
        ended = subprocess.run(
            [*mutmut, "run", "--max-children", "1"], cwd=folder, env=environment, stdout=log, stderr=log, check=False
        )
    if ended.returncode:
        sys.exit(f"mutmut could not run; {folder / 'log'} says why.")
    outcome = Outcome(module, _states(folder, environment))
    for name in outcome.survivors:
        print(_told(folder, environment, "show", name), flush=True)
    return outcome


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copy2(source, target)
    else:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


def _settings(module: str) -> str:
    settings = {
        "source_paths": SOURCES,
        "also_copy": BESIDE,
        "only_mutate": [module],
        "do_not_mutate_patterns": LEFT_OUT,
        "pytest_add_cli_args": ["-n", "0", "-p", "no:cacheprovider", "-p", "tests.mutants.fresh_database"],
        "pytest_add_cli_args_test_selection": COVERED_BY[module],
        # Forked from a process that has read all tests and run none: from one that has, they inherit its connections.
        "process_isolation": "forkserver",
        # Wall seconds of a mutant: so many times what its tests take, and what a busy machine takes besides.
        "timeout_multiplier": 4.0,
        "timeout_constant": 10.0,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    return "\n".join(["", "[tool.mutmut]", *lines, "use_git_change_detection = false", ""])


def _states(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    listed = _told(folder, environment, "results", "--all", "true")
    pairs = (line.strip().rpartition(": ") for line in listed.splitlines() if ": " in line)
    return {name: state for name, _, state in pairs}


def _told(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    command = [*MUTMUT, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
