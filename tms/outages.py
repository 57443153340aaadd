"""Tells the log once that something the product stands on is away, and once that it is back; not each time in between."""

import logging
import threading

logger = logging.getLogger(__name__)


class Outage:
    """Of one thing, as this process sees it."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.is_on = False
        self._lock = threading.Lock()

    def begin(self, why: object) -> None:
        """It does not answer. One line, however often it is said."""
        if self._changes(is_on=True):
            logger.warning("%s is away: %s", self.what, str(why).partition("\n")[0] or type(why).__name__)

    def end(self) -> None:
        """It answers. One line, if it was away."""
        if self.is_on and self._changes(is_on=False):
            logger.warning("%s is back.", self.what)

    def _changes(self, *, is_on: bool) -> bool:
        with self._lock:
            was_on, self.is_on = self.is_on, is_on
        return was_on is not is_on


BROKER = Outage("The broker")
DATABASE = Outage("The database")
MAIL_SERVER = Outage("The mail server")
