from django.conf import settings

from operation.promises import WAKE_EXPIRES
from tms.celery import app
from tms.schedule import BEAT_SCHEDULE

app.loader.import_default_modules()
OURS = sorted(name for name in app.tasks if not name.startswith("celery."))


def test_beat_asks_for_every_task_once_and_carries_nothing():
    assert settings.CELERY_BEAT_SCHEDULE == BEAT_SCHEDULE
    assert sorted(entry["task"] for entry in BEAT_SCHEDULE.values()) == OURS
    assert [entry for entry in BEAT_SCHEDULE.values() if {"args", "kwargs"} & set(entry)] == []


def test_beat_awards_everybody_at_each_full_hour():
    entry = BEAT_SCHEDULE["award-everybody"]

    assert (entry["schedule"].minute, len(entry["schedule"].hour), entry["options"]) == ({0}, 24, {"expires": 3600})


def test_no_wake_up_is_dropped_for_clocks_that_differ_by_minutes():
    lives = [entry["options"]["expires"] for entry in BEAT_SCHEDULE.values()]

    assert min([*lives, WAKE_EXPIRES]) == 300
