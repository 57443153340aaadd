"""How the log is written: in production one event a line, as JSON; and what no line may tell.

Never told: the secret in the address of a webhook or of a letter that sets a password, which is all that a caller has to
know; what people searched for, which stands behind the question mark of an address; whom an e-mail address belongs to;
which computer a request came from.
"""

import ipaddress
import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

_SECRET = re.compile(r"(/(?:webhooks|password/set)/[^/\s]+/)[^\s\"']+")
_QUERY = re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>]+")
_PERSON = re.compile(r"[\w.+'*-]+(@|%40)(?=(?:[\w-]+\.)+[a-z]{2,})", re.IGNORECASE)
_FORMATTER = logging.Formatter()


class Discreet(logging.Filter):
    """Lets every record pass, without secrets in its words and in its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The words are put together here, so that no other formatter finds the arguments."""
        if isinstance(record.msg, dict):  # from structlog, which puts it together later
            record.msg = discreet(record.msg)
            return True
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
    """The words with three dots in place of each secret, each search and each person before an @."""
    return _PERSON.sub(r"...\1", _QUERY.sub(r"\1?...", _SECRET.sub(r"\1...", words)))


def discreet(event: EventDict) -> EventDict:
    """The fields of a line, each without what may not be told."""
    return {name: hide(value) if isinstance(value, str) else value for name, value in event.items()}


def network_of(address: str) -> str:
    """The network that an address is in, as far as a log may tell; other words stay out of it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    length = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((int(found), length) if found.version == 6 else f"{found}/{length}", strict=False))


def json_formatter() -> logging.Formatter:
    """One JSON object a line. What `extra={"facts": …}` holds becomes fields beside the words."""
    first: list[Processor] = [structlog.contextvars.merge_contextvars, *_described(), _facts]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=first, processors=[*last, _discreet, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )


def configure_structlog() -> None:
    """Have what packages log through structlog take the way of every other line."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *_described(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _described() -> list[Processor]:
    return [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _facts(_logger: Any, _name: str, event: EventDict) -> EventDict:
    event.update(getattr(event["_record"], "facts", {}))
    return event


def _discreet(_logger: Any, _name: str, event: EventDict) -> EventDict:
    return discreet(event)


def logging_settings(*, level: str, form: str) -> dict[str, Any]:
    """What settings call LOGGING. `form` is "line" or "json"; less than `level` is not told."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
            "json": {"()": "tms.monitoring.logs.json_formatter"},
        },
        "filters": {
            "discreet": {"()": "tms.monitoring.logs.Discreet"},
            "unexpected": {"()": "tms.monitoring.logs.Unexpected"},
            "of_broker": {"()": "operation.outages.OfBroker"},
            "of_database": {"()": "operation.outages.OfDatabase"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["discreet"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},  # once, by the root
            # A refusal (403, 404, 422) is an ordinary answer. Its addresses are kept from every other handler as well.
            "django.request": {"level": "ERROR", "filters": ["discreet", "unexpected"]},
            "django.server": {"handlers": [], "propagate": True, "level": "INFO"},
            "django_structlog": {"level": "CRITICAL"},
            "audit": {"level": "INFO" if form == "json" else level},  # to be collected by another system
            "py.warnings": {"level": "ERROR"},  # of packages to their programmers: the suite turns them into failures
            # They hear of what is away and of what is back, and pass on that alone, beside what LOG_LEVEL asks for.
            "celery.worker.consumer.consumer": {"level": "INFO", "filters": ["of_broker"]},
            "celery.worker.consumer.connection": {"level": "INFO", "filters": ["of_broker"]},
            "celery.app.trace": {"level": "INFO", "filters": ["of_database"]},
            "urllib3": {"level": "ERROR"},  # its lines show query strings, and in them people's addresses
        },
    }
