"""Whether the product keeps its promises, for monitors: told within a bound, whatever hangs."""

from time import monotonic

from django.conf import settings
from django.db import DatabaseError, InterfaceError, ProgrammingError, connection, transaction
from django.utils import timezone
from kombu.exceptions import KombuError

from achievements.log import freshness
from badges.delivery import waiting
from operation import heartbeats
from operation.bounded import NoAnswerError, Question, Shared
from operation.outages import BROKER, DATABASE, Outage
from operation.promises import Promise
from organizations.sign_in import password_letters
from tms.celery import app

# What the database alone knows, and what therefore counts as broken while it does not answer.
IN_THE_DATABASE = (
    "beat",
    "worker_celery",
    "worker_delivery",
    "clocks",
    "full_sweep",
    "oldest_record",
    "oldest_badge",
    "oldest_letter",
    "oldest_event",
    "oldest_poll",
    "failing_provider",
    "paused_provider",
    "oldest_password_letter",
)


def report() -> list[Promise]:
    """All of them, in HEALTH_PATIENCE seconds at most. Raises nothing, and leaves the caller's connection alone.

    Not older than HEALTH_KEPT seconds: however often strangers ask, database and broker are asked no more often.
    """
    return _report.answer(seconds=settings.HEALTH_KEPT)


def _ask() -> list[Promise]:
    deadline = monotonic() + settings.HEALTH_PATIENCE
    database, broker = Question(_ask_database), Question(_ask_broker)
    kept = _answer(database, DATABASE, deadline)
    is_carried = _answer(broker, BROKER, deadline) is not None
    promises = kept or [Promise(name, is_kept=False) for name in IN_THE_DATABASE]
    return [Promise("database", kept is not None), Promise("broker", is_carried), *promises]


_report = Shared(_ask)


def promises() -> list[Promise]:
    """What the database knows."""
    return [
        *heartbeats.promises(),
        *freshness.promises(at=timezone.now()),
        *waiting.promises(),
        *password_letters.promises(),
    ]


def _answer[Answer](question: Question[Answer], outage: Outage, deadline: float) -> Answer | None:
    try:
        answer = question.answer(seconds=max(0.0, deadline - monotonic()))
    except NoAnswerError:
        outage.begin(f"it did not answer within {settings.HEALTH_PATIENCE:g} seconds")
        return None
    except (DatabaseError, InterfaceError, OSError, KombuError) as error:
        outage.begin(error)
        return None
    outage.end()
    return answer


def _ask_database() -> list[Promise]:
    """Nothing of a database that has not been migrated yet."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [f"{round(settings.HEALTH_PATIENCE * 1000)}ms"]
        )
        try:
            return promises()
        except ProgrammingError:
            return []


def _ask_broker() -> bool:
    with app.connection_for_write(connect_timeout=1) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    return True
