"""What no line of a log may tell: the secret in the address of a webhook, or of a letter that sets a password."""

import logging
import re

_SECRET = re.compile(r"(/(?:webhooks|password/set)/[^/\s]+/)[^\s\"']+")
_FORMATTER = logging.Formatter()


class Discreet(logging.Filter):
    """Lets every record pass, without secrets in its words and in its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The words are put together here, so that no other formatter finds the arguments."""
        words = record.getMessage()
        if (kept := hide(words)) != words:
            record.msg, record.args = kept, ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = hide(record.exc_text or _FORMATTER.formatException(record.exc_info))
        return True


class Unexpected(logging.Filter):
    """Leaves out answers of 503, each of which is meant: what is away is told once, when it goes and when it is back."""

    def filter(self, record: logging.LogRecord) -> bool:
        """For the log of answers."""
        return getattr(record, "status_code", None) != 503


def hide(words: str) -> str:
    """The words with three dots in place of each secret."""
    return _SECRET.sub(r"\1...", words)
