"""What beat sends, and when. The settings read it, so it knows nothing but the tasks' names."""

from typing import Any

from celery.schedules import crontab

from operation.promises import WAKE_EXPIRES

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "award-everybody": {
        "task": "achievements.tasks.award_everybody",
        "schedule": crontab(minute="0"),
        "options": {"expires": 60 * 60},
    },
    "award-if-due": {"task": "achievements.tasks.award_if_due", "schedule": 10.0, "options": {"expires": WAKE_EXPIRES}},
    "drain": {"task": "achievements.tasks.drain", "schedule": 5.0, "options": {"expires": WAKE_EXPIRES}},
    "deliver": {"task": "badges.tasks.deliver", "schedule": 5.0, "options": {"expires": WAKE_EXPIRES}},
    "apply-events": {"task": "badges.tasks.apply_events", "schedule": 10.0, "options": {"expires": WAKE_EXPIRES}},
    "write-letters": {"task": "badges.tasks.write_letters", "schedule": 10.0, "options": {"expires": WAKE_EXPIRES}},
    "poll-providers": {"task": "badges.tasks.poll_providers", "schedule": 10 * 60.0, "options": {"expires": 10 * 60}},
    "check-providers": {
        "task": "badges.tasks.check_providers",
        "schedule": crontab(minute="30", hour="4"),
        "options": {"expires": 60 * 60},
    },
    "seal-audit": {"task": "tms.tasks.seal_audit", "schedule": 60.0, "options": {"expires": WAKE_EXPIRES}},
    "clear-selections": {
        "task": "classes.tasks.clear_selections",
        "schedule": crontab(minute="55", hour="3"),
        "options": {"expires": 60 * 60},
    },
    "clear-away": {
        "task": "tms.tasks.clear_away",
        "schedule": crontab(minute="50", hour="3"),
        "options": {"expires": 60 * 60},
    },
    # One for each queue: operation.heartbeats tells what is read off them.
    "show-life": {"task": "tms.tasks.show_life", "schedule": 30.0, "options": {"expires": 5 * 60}},
    "show-life-of-delivery": {"task": "badges.tasks.show_life", "schedule": 30.0, "options": {"expires": 5 * 60}},
}
