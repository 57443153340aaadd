"""Tells the log once that something the product stands on is away, and once that it is back; not each time in between."""

import logging
import threading

from operation.busy import is_away

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


class OfBroker(logging.Filter):
    """Of what a Celery worker says while its broker is away, two lines: that it is, and that it is back."""

    def filter(self, record: logging.LogRecord) -> bool:
        """For the loggers of its connection."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        if "Cannot connect to" in str(record.msg) or any("Connection to broker lost" in str(one) for one in arguments):
            BROKER.begin(arguments[1] if len(arguments) > 1 else "the connection was lost")
            return False
        if str(record.msg).startswith("Connected to"):
            BROKER.end()
        return _is_wanted(record)


class OfDatabase(logging.Filter):
    """Of what becomes of tasks while the database is away, two lines likewise, in each process."""

    def filter(self, record: logging.LogRecord) -> bool:
        """For the logger of tasks that ended."""
        error = record.exc_info[1] if record.exc_info else None
        if is_away(error):
            DATABASE.begin(error)
            return False
        if record.levelno == logging.INFO and "succeeded" in str(record.msg):
            DATABASE.end()
        return _is_wanted(record)


def _is_wanted(record: logging.LogRecord) -> bool:
    """These loggers hear more than the log is to tell."""
    return record.levelno >= logging.getLogger().getEffectiveLevel()
