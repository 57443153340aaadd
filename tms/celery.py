"""The Celery application. The broker only wakes workers: the truth of every job is a row in PostgreSQL."""

import os
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured
from django_structlog.celery.steps import DjangoStructLogInitStep

from operation.database.pooling import refuse_shared_sessions, require_session

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tms.settings")

app = Celery("tms", task_cls="celery.contrib.django.task:DjangoTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)  # the id of a request in the lines of the tasks that it woke


@worker_init.connect  # type: ignore[untyped-decorator]
def refuse_to_start_worker(*, sender: Any, **_more: Any) -> None:
    """Sweeps are tasks of the default queue: whoever takes from it needs a session of the database's."""
    sweeps = app.conf.task_default_queue in sender.app.amqp.queues.consume_from
    _refuse_to_start(require_session if sweeps else refuse_shared_sessions)


@beat_init.connect  # type: ignore[untyped-decorator]
def refuse_to_start_beat(**_sender: Any) -> None:
    """Beat asks for sweeps, and runs none."""
    _refuse_to_start(refuse_shared_sessions)


def _refuse_to_start(require: Callable[[], None]) -> None:
    """Celery logs what its handlers raise and goes on, but for an exit."""
    try:
        require()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
