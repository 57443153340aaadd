import pytest

from badges import tasks
from badges.models import IssuedBadge
from tests.factories import PAST, IssuedBadgeFactory


@pytest.mark.django_db(transaction=True)
def test_what_is_due_is_delivered():
    IssuedBadgeFactory.create(delivery="pending", status="pending", delivered_at=None, next_attempt_at=PAST)

    tasks.deliver()

    assert IssuedBadge.objects.get().delivery == "delivered"


@pytest.mark.parametrize("name", ["deliver", "apply_events", "write_letters", "poll_providers", "check_providers"])
def test_each_is_asked_for_by_the_clock(settings, name):
    assert f"badges.tasks.{name}" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
