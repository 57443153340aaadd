"""The Celery application. The broker only wakes workers: the truth of every job is a row in PostgreSQL."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured
from django_structlog.celery.steps import DjangoStructLogInitStep

from operation.database.pooling import refuse_shared_sessions

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tms.settings")

app = Celery("tms", task_cls="celery.contrib.django.task:DjangoTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)  # the id of a request in the lines of the tasks that it woke


@worker_init.connect  # type: ignore[untyped-decorator]
@beat_init.connect  # type: ignore[untyped-decorator]
def refuse_to_start(**_sender: Any) -> None:
    """Celery logs what its handlers raise and goes on, but for an exit."""
    try:
        refuse_shared_sessions()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
