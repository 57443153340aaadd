"""Starts a full pass by hand, as far as a broker can be reached; the hourly one needs nobody."""

import logging

from achievements.tasks import award_everybody

logger = logging.getLogger(__name__)

EXPIRES = 10 * 60


def start_full_pass() -> bool:
    """Ask a worker for a full pass now; False, and a line in the log, when the broker does not answer. Safe to repeat."""
    try:
        award_everybody.apply_async(expires=EXPIRES, retry=False)
    except Exception as error:  # noqa: BLE001 - the border to the broker: its clients raise whatever they like
        logger.warning("The full pass was not started: %s", error)
        return False
    return True
