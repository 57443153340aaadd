"""`python benchmarks/oulad.py DIR`: imports the Open University Learning Analytics Dataset and sweeps it.

DIR holds the gzipped tables; benchmarks/README.md says which. Runs on a PostgreSQL of its own, or on the empty database
that DATABASE_URL names.
"""

import argparse
import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import django  # noqa: E402 - the line above lets the benchmark be run by its path
from django.core.management import call_command  # noqa: E402

from benchmarks import oulad_files  # noqa: E402
from tms.local import postgres  # noqa: E402

TABLES = ("assessments", "courses", "studentAssessment", "studentInfo", "studentRegistration")


def main() -> int:
    """0 when the sweep found exactly those whom the hand-written SQL finds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", type=Path, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many is printed (default 3)")
    arguments = parser.parse_args()
    missing = [name for name in TABLES if not (arguments.tables / f"{name}.csv.gz").exists()]
    if missing:
        parser.error(f"{arguments.tables} lacks {', '.join(f'{name}.csv.gz' for name in missing)}")
    with database() as url, tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DATABASE_URL": url,
            "DEBUG": "false",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "LOG_LEVEL": "ERROR",
        }
        os.environ["DJANGO_SETTINGS_MODULE"] = "tms.settings"
        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        files = oulad_files.convert(arguments.tables, Path(folder))
        # Models can only be imported now, after setup: so this module comes by its name.
        measuring = importlib.import_module("benchmarks.oulad_measuring")
        is_exact: bool = measuring.run(tables=arguments.tables, files=files, rounds=arguments.rounds)
    return 0 if is_exact else 1


@contextlib.contextmanager
def database() -> Iterator[str]:
    """A server that keeps its promises (fsync and all), as production's does, unless one is given."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with postgres.throwaway(options=()) as server:
        yield server.url


if __name__ == "__main__":
    sys.exit(main())
