"""Whether what the product stands on answers: PostgreSQL, which holds every truth, and the broker, which wakes workers."""

import logging

from django.db import DatabaseError, connection
from kombu.exceptions import KombuError

from tms.celery import app

logger = logging.getLogger(__name__)


def database_answers() -> bool:
    """Whether the database answers a query on this request's connection."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("the database does not answer")
        return False
    return True


def broker_answers() -> bool:
    """Whether the broker takes a connection; the answer comes within about two seconds, also from a hung broker."""
    try:
        with app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    except (OSError, KombuError):
        logger.warning("the broker does not answer")
        return False
    return True
