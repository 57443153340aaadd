"""Asks for a full pass: a row in the database, which a worker picks up when it is woken, or by itself within seconds."""

import logging
from dataclasses import dataclass
from datetime import datetime

from achievements import underway
from achievements.models import Sweep
from achievements.tasks import award_if_due
from tms.models import User

logger = logging.getLogger(__name__)

EXPIRES = 10


@dataclass(frozen=True)
class Asked:
    """The full pass to watch; not `is_new` when one waited or ran already, not `is_woken` when the broker is away."""

    sweep: Sweep
    is_new: bool
    is_woken: bool = True


def ask_for_full_pass(*, by: User, at: datetime) -> Asked:
    """Have a worker run a full pass, unless one is under way. Safe to repeat, also at the same moment.

    The task carries nothing: who asked stands in the row, and without a broker the row waits for beat, for the hourly
    pass or for `manage.py sweep`.
    """
    running = underway.running()
    if running is not None:
        return Asked(running, is_new=False)
    sweep, is_new = underway.ask(by=by, at=at)
    return Asked(sweep, is_new=is_new, is_woken=_wake())


def _wake() -> bool:
    try:
        award_if_due.apply_async(expires=EXPIRES, retry=False)
    except Exception as error:  # noqa: BLE001 - the border to the broker: its clients raise whatever they like
        logger.warning("No worker was woken for the full pass: %s", error)
        return False
    return True
