"""What depends on how the settings are started; the settings of production have tests of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASK = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
    print(*cursor.fetchone())
"""


def started(address: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PUBLIC_URL": address, "DJANGO_SETTINGS_MODULE": "tms.settings"}
    say = "from django.conf import settings; print(settings.PUBLIC_URL)"
    return subprocess.run(
        [sys.executable, "-c", say], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://training.example.org", "https://training.example.org"),
        ("https://training.example.org/", "https://training.example.org"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_public_address_is_a_host_and_a_port(address, expected):
    done = started(address)

    assert (done.returncode, done.stdout.strip()) == (0, expected), done.stderr


@pytest.mark.parametrize(
    "address",
    [
        "https://training.example.org/tms",
        "https://training.example.org/?x=1",
        "https://training.example.org#top",
        "https://me@training.example.org",
        "https://Training.example.org",
        "https://training.example.org:port",
        "training.example.org",
        "ftp://training.example.org",
    ],
)
def test_the_site_does_not_start_with_another_public_address(address):
    done = started(address)

    assert done.returncode == 1
    assert f"The site cannot stand below a path. It is '{address}'." in done.stderr


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
