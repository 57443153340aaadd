import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIVING = "import time; print('alive', flush=True); time.sleep(120); print('outlived')"
TESTS = f"import sys; from tests.starting import start; start([sys.executable, '-c', {LIVING!r}]).wait()"
# These say what becomes of children that are not tied, or ask a command that ends by itself.
OTHERS = {"tests/test_starting.py", "tests/tms/test_children.py"}

# Tied only once its parent is gone, as a busy machine may have it.
LATE = f"""
import os, signal, subprocess, sys, time
from tms.local.lifeline import die_with_parent
parent, tie = os.getpid(), die_with_parent(signal.SIGTERM)
def tie_late():
    print('alive', flush=True)
    while os.getppid() == parent:
        time.sleep(0.01)
    tie()
subprocess.Popen([sys.executable, '-c', {LIVING!r}], preexec_fn=tie_late)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_a_server_ends_with_the_tests_that_started_it(how):
    """Its output ends when nobody is left to write to it."""
    with subprocess.Popen([sys.executable, "-c", TESTS], cwd=ROOT, stdout=subprocess.PIPE) as tests:
        assert tests.stdout is not None
        assert tests.stdout.readline() == b"alive\n"

        tests.send_signal(how)

        assert tests.stdout.read() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_server_ends_with_a_parent_that_was_gone_before_it_was_tied():
    with subprocess.Popen([sys.executable, "-c", LATE], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"alive\n"

        parent.kill()

        assert parent.stdout.read() == b""


def test_every_server_of_a_test_is_tied():
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    untied = {name for name, text in sources.items() if "Popen(" in text and "die_with_parent" not in text}

    assert untied - OTHERS == set()
