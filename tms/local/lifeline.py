"""Ties a child process to ours: should we be killed without a chance to end it, the system does."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def die_with_parent(how: signal.Signals, parent: int | None = None) -> Callable[[], None] | None:
    """For Popen's preexec_fn: the child gets this signal when the thread that started it is gone. Linux only.

    `parent` is that process, ours where nothing is said.

    Also where that thread goes before the child is tied, and before the child runs its own program: it has our
    handlers until then, which would swallow the signal.
    """
    if _prctl is None:
        return None
    expected = os.getpid() if parent is None else parent

    def tie() -> None:
        if how != signal.SIGKILL:
            signal.signal(how, signal.SIG_DFL)
        _prctl(_PR_SET_PDEATHSIG, how)
        if os.getppid() != expected:
            os._exit(1)

    return tie
