import logging

from celery.beat import ScheduleEntry

from operation.outages import BROKER
from tests.operation.test_wake import broker_url, point_at  # noqa: F401 - a fixture
from tms.beat import Scheduler
from tms.celery import app


def test_beat_says_once_that_the_broker_is_away(broker_url, tmp_path, caplog):  # noqa: F811
    point_at("redis://127.0.0.1:1/0")
    scheduler = Scheduler(app=app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    entries = [ScheduleEntry(name=name, task="badges.tasks.deliver", schedule=5.0, app=app) for name in "abc"]

    with caplog.at_level(logging.WARNING):
        for entry in entries:
            scheduler.apply_entry(entry)

    assert [(record.levelname, record.name) for record in caplog.records] == [("WARNING", "operation.outages")]
    assert BROKER.is_on


def test_beat_runs_by_it():
    assert app.conf.beat_scheduler == "tms.beat:Scheduler"
