"""A pytest plugin: starts a throwaway PostgreSQL before pytest-django reads the settings.

Loaded by `addopts = -p tests.embedded`. Workers of pytest-xdist inherit the controller's server.
"""

import atexit
import contextlib
import os

import pytest

from tms.local import postgres

_stack = contextlib.ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Point DATABASE_URL at the server, unless the environment names one."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"  # importing tms has named the product's own already
    if os.environ.get("DATABASE_URL") or os.environ.get("PYTEST_XDIST_WORKER"):
        return
    server = _stack.enter_context(postgres.throwaway())
    atexit.register(_stack.close)
    os.environ["DATABASE_URL"] = server.url
    os.environ["DATABASE_IS_THROWN_AWAY"] = "1"
