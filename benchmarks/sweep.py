"""`python benchmarks/sweep.py`: the sweep over generated people and records, beside the best SQL that we could write.

Runs on a PostgreSQL of its own, or on the empty database that DATABASE_URL names.
"""

import argparse
import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("alone", "all", "drains", "memory", "import")
BY_SQL = ("steps", "beside")  # without a floor, and awards are made by SQL: for sizes at which a full sweep takes hours
sys.path.insert(0, str(ROOT))

import django  # noqa: E402 - the line above lets the benchmark be run by its path
from django.core.management import call_command  # noqa: E402

from benchmarks.oulad import database  # noqa: E402
from tms.local.broker import throwaway  # noqa: E402


def main() -> int:
    """0 when the sweep found exactly those whom the hand-written SQL finds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000, help="default 1,000,000")
    parser.add_argument("--records", type=int, default=10_000_000, help="training records; default 10,000,000")
    parser.add_argument("--achievements", type=int, default=200, help="default 200")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many is printed (default 3)")
    parser.add_argument(
        "--only", nargs="+", metavar="PART", choices=(*PARTS, *BY_SQL), help=f"some of {', '.join([*PARTS, *BY_SQL])}"
    )
    arguments = parser.parse_args()
    with database() as url, throwaway() as broker:  # workers are told of what they can deliver, as in production
        os.environ |= {"DATABASE_URL": url, "DEBUG": "false", "REDIS_URL": broker.url}
        os.environ |= {"LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "tms.settings"}
        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        # Models can only be imported now, after setup: so these modules come by their names.
        data = importlib.import_module("benchmarks.sweep_data")
        measuring = importlib.import_module("benchmarks.sweep_measuring")
        cases = data.create(arguments.users, arguments.records, arguments.achievements)
        is_exact: bool = measuring.run(cases, rounds=arguments.rounds, parts=arguments.only or PARTS)
    return 0 if is_exact else 1


if __name__ == "__main__":
    sys.exit(main())
