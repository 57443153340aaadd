"""`python benchmarks/signing.py`: signed badges a second, beside the bare calls of cryptography in the same run.

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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--badges", type=int, default=500, help="how many are signed in a round (default 500)")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many is printed (default 3)")
    arguments = parser.parse_args()
    with database() as url:
        os.environ |= {"DATABASE_URL": url, "DEBUG": "false", "REDIS_URL": "redis://127.0.0.1:1/0"}
        os.environ |= {"PUBLIC_URL": "https://badges.example.test", "DJANGO_SETTINGS_MODULE": "tms.settings"}
        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        # Models can only be imported now, after setup: so this module comes by its name.
        importlib.import_module("benchmarks.signing_measuring").run(arguments.badges, arguments.rounds)


if __name__ == "__main__":
    main()
