"""What depends on how the settings are started; the settings of production have tests of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASK = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
    print(*cursor.fetchone())
"""


def timeouts(first: str) -> str:
    # The address of the server that these tests run on, not of the test database: nothing is read or written there.
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tms.settings"}
    return subprocess.run(
        [sys.executable, "-c", first + ASK], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_statement_of_a_page_may_not_run_for_ever():
    assert timeouts("import tms.wsgi") == "30s 10s"


def test_a_statement_of_a_worker_may_take_its_time():
    assert timeouts("import django; django.setup()") == "0 0"
