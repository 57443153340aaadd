"""Which processes of Celery's refuse to start beside a pooler that shares sessions."""

from types import SimpleNamespace

import pytest

from tms import celery


def worker_of(*queues):
    return SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=queues))))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("queues", "starts"), [(["celery", "delivery"], False), (["celery"], False), (["delivery"], True)]
)
def test_only_a_worker_that_sweeps_needs_a_session_of_its_own(settings, queues, starts):
    settings.DATABASE_POOLER = "transaction"

    if starts:
        celery.refuse_to_start_worker(sender=worker_of(*queues))
    else:
        with pytest.raises(SystemExit, match="Sweeps hold a lock"):
            celery.refuse_to_start_worker(sender=worker_of(*queues))


@pytest.mark.django_db
def test_beat_sweeps_nothing_and_starts_behind_a_pooler_that_is_named(settings):
    settings.DATABASE_POOLER = "transaction"

    celery.refuse_to_start_beat()


@pytest.mark.django_db
def test_without_a_pooler_everything_starts():
    celery.refuse_to_start_worker(sender=worker_of("celery"))
    celery.refuse_to_start_beat()
