"""Ties a child process to ours: should we be killed without a chance to end it, the system does."""

import ctypes
import sys
from collections.abc import Callable
from signal import Signals

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def die_with_parent(how: Signals) -> Callable[[], None] | None:
    """For Popen's preexec_fn: the child gets this signal when the thread that started it is gone. Linux only."""
    if _prctl is None:
        return None

    def tie() -> None:
        _prctl(_PR_SET_PDEATHSIG, how)

    return tie
