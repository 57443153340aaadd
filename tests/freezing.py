"""Stops a server as a hung machine would: its sockets stay open, and nobody answers."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator


def family_of(pid: int) -> set[int]:
    """The process and whatever it started, directly or not."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    stopped: set[int] = set()
    try:
        while more := family_of(pid) - stopped:  # the parent first, so that nobody is born unseen for long
            for one in sorted(more):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGSTOP)
            stopped |= more
        yield
    finally:
        for one in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)
