"""Starts the servers of a test: each ends with the process of the tests, however that one ends."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tms.local.lifeline import die_with_parent


def start(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[bytes]:
    """As Popen does. To be called by a thread that lives as long as the server is to."""
    tie = die_with_parent(signal.SIGTERM)
    return subprocess.Popen(command, preexec_fn=tie, **options)  # noqa: PLW1509 - nothing but a system call
