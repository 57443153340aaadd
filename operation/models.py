"""What the product notes while it runs: where the sweep is to look first, who is alive, figures, limits, and presses."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SweepHint(models.Model):
    """One row says: look here first. The drain takes rows away; losing one only delays an award to the next full sweep.

    Append-only on purpose: a row per student that is kept and marked lost 81 % of the awards in races. Exactly one of
    the three ids is set. They are plain numbers, so that appending locks nothing and a deleted row does no harm.
    """

    student_id = models.BigIntegerField(null=True)
    achievement_id = models.BigIntegerField(null=True)
    organization_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(null=True)  # not before then: a record says that something happens at that moment
    # The student's account was changed: what kept a badge from him or her may be gone, not only new records be there.
    is_of_account = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("sweep hint")
        verbose_name_plural = _("sweep hints")
        # A drain asks for these each time, however many students wait.
        indexes = [
            models.Index(fields=["id"], condition=models.Q(student_id__isnull=True), name="sweep_hint_wider"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(student_id__isnull=False, achievement_id__isnull=True, organization_id__isnull=True)
                | models.Q(student_id__isnull=True, achievement_id__isnull=False, organization_id__isnull=True)
                | models.Q(student_id__isnull=True, achievement_id__isnull=True, organization_id__isnull=False),
                name="sweep_hint_names_one",
            )
        ]

    def __str__(self) -> str:
        return f"student {self.student_id}, achievement {self.achievement_id}, organization {self.organization_id}"


class Heartbeat(models.Model):
    """When a worker of a queue last took a task that beat had sent."""

    queue = models.CharField(max_length=64, primary_key=True)
    seen_at = models.DateTimeField()
    # By how much its host's clock was ahead of the database's; negative: behind.
    ahead = models.DurationField(db_default=timedelta(0))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.queue


class Tally(models.Model):
    """How often something has happened since the beginning, for Prometheus; `labels` is JSON with sorted keys."""

    name = models.CharField(max_length=100)
    labels = models.CharField(max_length=400)
    value = models.FloatField()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.labels}"


class Allowance(models.Model):
    """How much of one minute's allowance was used up by those who fall into the slot (operation.limiting)."""

    slot = models.PositiveIntegerField(primary_key=True)
    minute = models.BigIntegerField()
    used = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")

    def __str__(self) -> str:
        return f"slot {self.slot}: {self.used}"


class FormPress(models.Model):
    """A press of a button that makes something new, and where it led: a second press leads there, too (operation.pressing)."""

    key = models.UUIDField(help_text="Of the rendered form.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    led_to = models.CharField(max_length=500, blank=True, db_default="")
    pressed_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("press of a form")
        verbose_name_plural = _("presses of forms")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="form_press_once")]

    def __str__(self) -> str:
        return f"{self.key} by {self.user_id}"
