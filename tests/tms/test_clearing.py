import uuid
from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

import badges.tasks
import classes.tasks
from badges.issuing.letter_pauses import PAUSE as PAUSE_OF_A_BADGE
from badges.models import LetterPause, ProviderEvent
from classes.models import Selection
from operation.models import FormPress
from organizations.models import PasswordLetter, UserSession
from organizations.sign_in.password_letters import PAUSE as PAUSE_OF_A_PASSWORD
from tests.factories import BadgeFactory, BadgeProviderFactory, ClassFactory, StudentFactory, UserFactory
from tms import tasks
from tms.clearing import ATTEMPTS_KEPT, PAUSES_KEPT, PRESSES_KEPT, clear_away

SECOND = timedelta(seconds=1)

# Every other model with a moment in it, and why its rows stay.
KEPT = {
    "what people keep": "organizations.Organization organizations.Brand organizations.User badges.BadgeProvider "
    "badges.BadgeTemplate badges.Badge courses.Course courses.CourseAssignment classes.Class classes.Enrollment "
    "achievements.Achievement",
    "what happened, for good": "admin.LogEntry courses.TrainingRecord badges.IssuanceBatch badges.IssuedBadge "
    "badges.BadgeLetter badges.StepMoment achievements.EarnedAchievement achievements.AchievementChange "
    "achievements.Sweep",
    "what badges are checked by, for good": "badges.IssuerKey badges.Credential",
    "as long as AUDIT_KEPT_DAYS say, all of a seal at once, and the seals for good": "organizations.AuditEntry "
    "organizations.AuditSeal",
    "until somebody has decided or mended it": "achievements.Hold achievements.UndeliveredBadge",
    "until it was looked at, within the hour": "operation.SweepHint",
    "one for each queue or provider": "operation.Heartbeat badges.ProviderPace",
}


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


def test_a_pause_is_kept_for_longer_than_it_lasts_and_then_deleted(db):
    at = timezone.now()
    for age in (PAUSES_KEPT + SECOND, PAUSES_KEPT - SECOND):
        student = StudentFactory.create()
        LetterPause.objects.create(badge=BadgeFactory.create(), student=student, at=at - age)
        PasswordLetter.objects.create(user=student, asked_at=at - age)

    clear_away(at=at)

    assert list(LetterPause.objects.values_list("at", flat=True)) == [at - PAUSES_KEPT + SECOND]
    assert list(PasswordLetter.objects.values_list("asked_at", flat=True)) == [at - PAUSES_KEPT + SECOND]
    assert max(PAUSE_OF_A_BADGE, PAUSE_OF_A_PASSWORD) < PAUSES_KEPT


def test_a_letter_that_waits_or_failed_is_kept(db):
    at = timezone.now()
    long_ago = at - 9 * PAUSES_KEPT
    PasswordLetter.objects.create(user=StudentFactory.create(), asked_at=long_ago, next_attempt_at=at)
    PasswordLetter.objects.create(
        user=StudentFactory.create(), asked_at=long_ago, failure="given_up", failed_since=long_ago
    )

    clear_away(at=at)

    assert PasswordLetter.objects.count() == 2


def long_ago_of_each_kind(at: datetime) -> dict[type[models.Model], models.Model]:
    """A row of every model whose rows have an end."""
    user = StudentFactory.create()
    attempt(user.username, at)
    tried = AccessAttempt.objects.get()
    logs = [model.objects.create(username="x", ip_address="192.0.2.1") for model in (AccessFailureLog, AccessLog)]
    for row in logs:
        type(row).objects.update(attempt_time=at)
    rows = [
        tried,
        *logs,
        AccessAttemptExpiration.objects.create(access_attempt=tried, expires_at=at),
        Session.objects.create(session_key="over", session_data="", expire_date=at),
        UserSession.objects.create(session_key="over", user=user, started_at=at, seen_at=at),
        FormPress.objects.create(key=uuid.uuid4(), user=user, pressed_at=at),
        LetterPause.objects.create(badge=BadgeFactory.create(), student=user, at=at),
        PasswordLetter.objects.create(user=user, asked_at=at),
        Selection.objects.create(user=user, klass=ClassFactory.create(), updated_at=at),
        ProviderEvent.objects.create(
            provider=BadgeProviderFactory.create(), event_id=uuid.uuid4(), received_at=at, result="applied"
        ),
    ]
    return {type(row): row for row in rows}


def test_every_row_that_has_an_end_is_gone_after_a_night(db):
    rows = long_ago_of_each_kind(timezone.now() - timedelta(days=400))

    for task in (tasks.clear_away, classes.tasks.clear_selections, badges.tasks.check_providers):
        task()

    assert [model for model in rows if model._base_manager.exists()] == []
    with_a_moment = [model for model in apps.get_models() if moments_of(model)]
    kept = {label for labels in KEPT.values() for label in labels.split()}
    assert {model._meta.label for model in with_a_moment} == kept | {model._meta.label for model in rows}


def moments_of(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.local_fields if isinstance(field, models.DateField)]
