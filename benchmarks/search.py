"""`python benchmarks/search.py`: the search of everything at 100,000 people, beside the search page with nothing typed.

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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9, help="the median of so many is printed (default 9)")
    arguments = parser.parse_args()
    with database() as url, broker.throwaway() as running:
        os.environ |= {"DATABASE_URL": url, "DEBUG": "false", "REDIS_URL": running.url}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "tms.settings", "ALLOWED_HOSTS": "testserver"}
        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        # Models can only be imported now, after setup: so this module comes by its name.
        importlib.import_module("benchmarks.search_measuring").run(arguments.people, arguments.rounds)


if __name__ == "__main__":
    main()
