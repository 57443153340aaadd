"""A pytest plugin: each run has a fresh copy of a database whose migrations have run, `tms` on the server of DATABASE_URL.

So no mutant waits for migrations, and none finds what one that was ended in the middle has left.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

NAME = "mutant"
NOTICED = Path("../noticed").resolve()


class FreshDatabase:
    """Registered after pytest-django, whose fixture of this name it takes the place of."""

    @pytest.fixture(scope="session")
    @staticmethod
    def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
        with django_db_blocker.unblock():
            _use("postgres")
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
                cursor.execute(f"CREATE DATABASE {NAME} TEMPLATE tms")
            _use(NAME)
        yield
        with django_db_blocker.unblock():
            connection.close()


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Which test noticed the mutant, and by what."""
    if report.failed:
        message = getattr(getattr(report.longrepr, "reprcrash", None), "message", str(report.longrepr))
        words = " ".join(message.split())[:300]
        with NOTICED.open("a") as noticed:
            noticed.write(f"{os.environ.get('MUTANT_UNDER_TEST')} {report.when} {report.nodeid} {words}\n")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(FreshDatabase, "fresh-database")
