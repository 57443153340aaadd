from datetime import timedelta

from django.utils import timezone

from classes import tasks
from classes.models import Selection
from classes.selecting import KEPT


def test_the_night_clears_selections_away(world, settings):
    Selection.objects.create(
        user=world.contractor, klass=world.klass, updated_at=timezone.now() - KEPT - timedelta(seconds=1)
    )

    tasks.clear_selections()

    assert not Selection.objects.exists()
    assert "classes.tasks.clear_selections" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
