"""Who learns what: course assignments, and the records of training that achievements count."""

from datetime import datetime, timedelta

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.catalogue import Course, Lab, SubscriptionProfile
from organizations.access import managed_organizations
from organizations.models import User
from organizations.scope import lets_name


class CourseAssignmentQuerySet(models.QuerySet["CourseAssignment"]):
    """Which course assignments."""

    def visible_to(self, user: User) -> "CourseAssignmentQuerySet":
        """The user's own, and those whose student or course belongs to an organization the user manages."""
        if user.is_superuser:
            return self.all()
        return self.filter(models.Q(student=user) | self._managed(user))

    def managed_by(self, user: User) -> "CourseAssignmentQuerySet":
        """Those the user administers."""
        return self.filter(self._managed(user))

    @staticmethod
    def _managed(user: User) -> models.Q:
        managed = managed_organizations(user).values("pk")
        return models.Q(student__organization_id__in=managed) | models.Q(course__organization_id__in=managed)


# How long an assignment is open by default (S115).
ASSIGNMENT_VALID = timedelta(days=180)


def end_of_a_new_assignment() -> datetime:
    """When an assignment that is made now expires."""
    return timezone.now() + ASSIGNMENT_VALID


class CourseAssignment(models.Model):
    """Self-paced access of one student to one course (S113)."""

    student = models.ForeignKey(
        User, verbose_name=_("student"), on_delete=models.PROTECT, related_name="course_assignments"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="assignments")
    subscription_profile = models.ForeignKey(
        SubscriptionProfile,
        verbose_name=_("subscription"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
    )
    assigned_by = models.ForeignKey(
        User, verbose_name=_("assigned by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assigned_at = models.DateTimeField(_("assigned"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    expires_at = models.DateTimeField(
        _("expires"),
        null=True,
        blank=True,
        default=end_of_a_new_assignment,
        help_text=_("180 days from now, unless you say otherwise. Leave empty for no expiry."),
    )
    target_completion_at = models.DateTimeField(_("target completion"), null=True, blank=True)
    include_labs = models.BooleanField(_("include labs"), default=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)

    objects = CourseAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("course assignment")
        verbose_name_plural = _("course assignments")
        permissions = [("issue_badges_in_assignments", "Can issue badges from course assignments")]
        indexes = [
            models.Index(fields=["student", "course"], name="assignment_student_course"),
            models.Index(fields=["-assigned_at", "-id"], name="assignment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id}: {self.course_id}"


class TrainingRecordQuerySet(models.QuerySet["TrainingRecord"]):
    """Which training records."""

    def visible_to(self, user: User) -> "TrainingRecordQuerySet":
        """The user's own, and those of the people the user manages."""
        if user.is_superuser:
            return self.all()
        return self.filter(
            models.Q(user=user) | models.Q(user__organization_id__in=managed_organizations(user).values("pk"))
        )


class TrainingRecord(models.Model):
    """One attempt at a lab or a course: what achievements count. Written by courses.records alone.

    With a lab it is a record of the lab (and names the course it was taken in, where known); without one, of the course.
    """

    class Source(models.TextChoices):
        """Where records come from."""

        ENROLLMENT = "enrollment", _("Class enrollment")
        ASSIGNMENT = "assignment", _("Course assignment")
        LAB = "lab", _("Lab")
        IMPORT = "import", _("Import")

    class Result(models.TextChoices):
        """What came of an exam (S123); `TAKEN` where nobody said whether it was passed."""

        NOT_TAKEN = "not_taken", _("Not taken yet")
        IN_PROGRESS = "in_progress", _("In progress")
        TAKEN = "taken", _("Taken")
        NOT_PASSED = "not_passed", _("Not passed")
        PASSED = "passed", _("Passed")

    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.PROTECT, related_name="training_records")
    lab = models.ForeignKey(
        Lab,
        verbose_name=_("lab"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="records",
        db_index=False,
    )
    course = models.ForeignKey(
        Course,
        verbose_name=_("course"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="records",
        db_index=False,
    )
    started_at = models.DateTimeField(_("started"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    max_score = models.PositiveSmallIntegerField(_("highest possible score"), null=True, blank=True)
    minutes_spent = models.PositiveIntegerField(_("minutes spent"), default=0)
    source = models.CharField(_("source"), max_length=16, choices=Source)
    source_id = models.CharField(_("source id"), max_length=200)
    recorded_at = models.DateTimeField(
        _("recorded"), db_default=Now(), help_text=_("When it was written as it is: awards are due from then on.")
    )

    objects = TrainingRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("training record")
        verbose_name_plural = _("training records")
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], name="training_record_source_unique"),
            models.CheckConstraint(
                condition=models.Q(lab__isnull=False) | models.Q(course__isnull=False),
                name="training_record_of_a_lab_or_a_course",
            ),
            models.CheckConstraint(
                condition=models.Q(completed_at__isnull=True) | models.Q(completed_at__gte=models.F("started_at")),
                name="training_record_ends_after_its_start",
            ),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True, max_score__isnull=True)
                | models.Q(
                    score__isnull=False, max_score__isnull=False, max_score__gte=1, score__lte=models.F("max_score")
                ),
                name="training_record_score_within_its_maximum",
            ),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(lab__isnull=False),
                name="training_record_score_is_of_a_lab",
            ),
        ]
        indexes = [
            models.Index(fields=["lab", "user"], condition=models.Q(lab__isnull=False), name="training_record_lab"),
            models.Index(
                fields=["course", "user"], condition=models.Q(lab__isnull=True), name="training_record_course"
            ),
            # A few pages however many records there are; unlike a B-tree it leaves cheap (HOT) updates of records alone.
            BrinIndex(fields=["recorded_at"], autosummarize=True, name="training_record_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"

    @property
    def score_percent(self) -> int | None:
        """Rounded down, so that it reaches a passing score exactly where the score does; None without a score."""
        if self.score is None or self.max_score is None:
            return None
        return self.score * 100 // self.max_score

    @property
    def result(self) -> Result:
        """As an attempt at an exam. Whether it was passed is said of what is completed, as achievements count it."""
        if self.completed_at is None:
            return self.Result.IN_PROGRESS
        if self.passed is None:
            return self.Result.TAKEN
        return self.Result.PASSED if self.passed else self.Result.NOT_PASSED


@lets_name
def _taken_by(user: User, to: str) -> models.Q:
    """Those with a record of a course of the organizations that the user manages."""
    records = TrainingRecord.objects.filter(course__organization_id__in=managed_organizations(user).values("pk"))
    return models.Q(models.Exists(records.filter(user=models.OuterRef(to or "pk"))))
