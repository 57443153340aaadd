import uuid
from datetime import timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone

from operation.models import FormPress
from tests.factories import UserFactory
from tms import tasks
from tms.clearing import ATTEMPTS_KEPT, PRESSES_KEPT, clear_away

SECOND = timedelta(seconds=1)


def attempt(username, at):
    made = AccessAttempt.objects.create(
        username=username, ip_address="192.0.2.1", user_agent="x", failures_since_start=1, get_data="", post_data=""
    )
    AccessAttempt.objects.filter(pk=made.pk).update(attempt_time=at)


def test_what_has_ended_is_deleted_and_nothing_else(db):
    at = timezone.now()
    Session.objects.create(session_key="over", session_data="", expire_date=at - SECOND)
    Session.objects.create(session_key="going", session_data="", expire_date=at + SECOND)
    attempt("old", at - ATTEMPTS_KEPT - SECOND)
    attempt("recent", at - ATTEMPTS_KEPT + SECOND)

    clear_away(at=at)
    clear_away(at=at)

    assert list(Session.objects.values_list("session_key", flat=True)) == ["going"]
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["recent"]


def test_presses_of_forms_are_kept_for_a_week(db):
    at, user = timezone.now(), UserFactory.create()
    for age in (PRESSES_KEPT + SECOND, PRESSES_KEPT - SECOND):
        FormPress.objects.create(key=uuid.uuid4(), user=user, pressed_at=at - age)

    clear_away(at=at)

    assert [press.pressed_at for press in FormPress.objects.all()] == [at - PRESSES_KEPT + SECOND]


def test_the_night_does_it(db, settings):
    Session.objects.create(session_key="over", session_data="", expire_date=timezone.now() - SECOND)

    tasks.clear_away()

    assert Session.objects.count() == 0
    assert "tms.tasks.clear_away" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
