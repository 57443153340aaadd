"""`python benchmarks/lists.py`: every list at a million issued badges, beside an empty page of somebody signed in.

Runs on a PostgreSQL of its own, or on the empty database that DATABASE_URL names.
"""

import argparse
import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import django  # noqa: E402 - the line above lets the benchmark be run by its path
from django.core.management import call_command  # noqa: E402

from benchmarks.oulad import database  # noqa: E402
from tms.local import broker  # noqa: E402


def main() -> int:
    """Print the table; 1 when a page takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--issued", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many is printed (default 5)")
    parser.add_argument("--every-column", action="store_true", help="sort by each column, not by the first alone")
    arguments = parser.parse_args()
    with database() as url, broker.throwaway() as running:
        os.environ |= {"DATABASE_URL": url, "DEBUG": "false", "REDIS_URL": running.url}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "tms.settings", "ALLOWED_HOSTS": "testserver"}
        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        # Models can only be imported now, after setup: so these modules come by their names.
        importlib.import_module("benchmarks.lists_data").create(arguments.people, arguments.issued)
        measuring = importlib.import_module("benchmarks.lists_measuring")
        is_fast: bool = measuring.run(arguments.rounds, every_column=arguments.every_column)
    return 0 if is_fast else 1


if __name__ == "__main__":
    sys.exit(main())
