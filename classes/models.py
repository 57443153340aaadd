"""Scheduled classes and their enrollments."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Course
from operation.characters import validate_one_line
from organizations.access import managed_organizations
from organizations.models import Organization, User, validate_time_zone
from organizations.roles import ISSUE_IN_CLASSES
from organizations.scope import EVERYBODY, in_scope, lets_name, widens_scope


class ClassQuerySet(models.QuerySet["Class"]):
    """Which classes."""

    def visible_to(self, user: User) -> "ClassQuerySet":
        """Those of managed organizations, those taught, those attended, and, for an instructor of the organization that
        is not a contract instructor, all classes of it (S136, S137).
        """
        if user.is_superuser:
            return self.all()
        reach = (
            models.Q(organization__in=managed_organizations(user))
            | models.Q(pk__in=Class.objects.taught_by(user).values("pk"))
            | models.Q(
                pk__in=Enrollment.objects.filter(student=user)
                .exclude(enrollment_status__in=[Enrollment.Status.CANCELLED, Enrollment.Status.DENIED])
                .values("klass_id")
            )
        )
        if user.has_perm("classes.view_class") and not user.is_contract_instructor:
            reach |= models.Q(organization_id=user.organization_id)
        return self.filter(reach)

    def with_roster_for(self, user: User) -> "ClassQuerySet":
        """Those whose roster the user may open: taught by the user, or of an organization the user manages."""
        if user.is_superuser:
            return self.all()
        if not user.has_perm("classes.view_enrollment"):
            return self.none()
        return self.filter(
            models.Q(organization__in=managed_organizations(user))
            | models.Q(pk__in=Class.objects.taught_by(user).values("pk"))
        )

    def taught_by(self, user: User) -> "ClassQuerySet":
        """Those the user teaches; a contract instructor only where the organization uses them, as it stands now (S136)."""
        taught = self.filter(pk__in=Class.instructors.through.objects.filter(user=user).values("class_id"))
        return taught.filter(organization__uses_contract_instructors=True) if user.is_contract_instructor else taught


class Class(models.Model):
    """A scheduled, instructor-led event with a start and an end."""

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="classes"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="classes")
    instructors = models.ManyToManyField(User, verbose_name=_("instructors"), blank=True, related_name="taught_classes")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    location = models.CharField(_("location"), max_length=255, blank=True, validators=[validate_one_line])
    min_students = models.PositiveIntegerField(_("minimum"), default=0)
    max_students = models.PositiveIntegerField(_("maximum"), default=20)
    number = models.CharField(_("number"), max_length=64, blank=True, validators=[validate_one_line])

    objects = ClassQuerySet.as_manager()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        permissions = [("issue_badges", "Can issue badges from a class roster")]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number"], condition=~models.Q(number=""), name="class_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="class_ends_after_its_start",
                violation_error_message=_("The class must end after it starts."),
            ),
            models.CheckConstraint(
                condition=models.Q(max_students__gte=models.F("min_students")),
                name="class_maximum_not_below_minimum",
                violation_error_message=_("The maximum cannot be below the minimum."),
            ),
        ]
        indexes = [models.Index(fields=["-starts_at", "-id"], name="class_newest")]

    def __str__(self) -> str:
        return self.name

    def has_begun(self, at: datetime) -> bool:
        """Whether the class has started at this moment: completion opens and enrollment closes then (S96, S103)."""
        return at >= self.starts_at


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    """Which enrollments."""

    def visible_to(self, user: User) -> "EnrollmentQuerySet":
        """Lines of the rosters the user may open, and the user's own."""
        return self.filter(models.Q(student=user) | self._on_rosters_of(user)) if not user.is_superuser else self.all()

    def on_rosters_of(self, user: User) -> "EnrollmentQuerySet":
        """Lines of the rosters the user may open.

        A contract instructor and an administrator of the class see the whole class; an organization's instructor only
        the students of the instructor's own organization (S29).
        """
        return self.filter(self._on_rosters_of(user)) if not user.is_superuser else self.all()

    def enrolled(self) -> "EnrollmentQuerySet":
        """Enrollment status Enrolled: the students a badge may be issued to."""
        return self.filter(enrollment_status=Enrollment.Status.ENROLLED)

    def as_told_to(self, user: User) -> "EnrollmentQuerySet":
        """With whether the user may know who set the completion: as `tells_setter`. Of classes of managed organizations,
        and people in scope.
        """
        managed = models.Q(klass__organization_id__in=managed_organizations(user).values("pk"))
        tells = EVERYBODY if user.is_superuser else managed | in_scope(user, "completion_set_by")
        return self.annotate(tells_setter=tells)

    @staticmethod
    def _on_rosters_of(user: User) -> models.Q:
        if not user.has_perm("classes.view_enrollment"):
            return models.Q(pk__in=[])
        return taught_by(user) | models.Q(klass__organization__in=managed_organizations(user))


def taught_by(user: User) -> models.Q:
    """The lines that the user sees as an instructor of their classes (S29)."""
    taught = models.Q(klass__in=Class.objects.taught_by(user).values("pk"))
    if not user.is_contract_instructor:
        taught &= models.Q(student__organization_id=user.organization_id)
    return taught


class Enrollment(models.Model):
    """A student's place on the roster of a class."""

    class Status(models.TextChoices):
        """Enrollment statuses (S102). Audit is like Enrolled for access, but takes no seat."""

        REQUESTED = "requested", _("Requested")
        CANCELLED = "cancelled", _("Cancelled")
        WAIT_LISTED = "wait_listed", _("Wait-Listed")
        APPROVED = "approved", pgettext_lazy("enrollment", "Approved")
        DENIED = "denied", _("Denied")
        AUDIT = "audit", _("Audit")
        ENROLLED = "enrolled", _("Enrolled")

    class Completion(models.TextChoices):
        """Completion statuses (S104); only an Enrolled line has another than Unknown."""

        UNKNOWN = "unknown", _("Unknown")
        ATTENDING = "attending", _("Attending")
        COMPLETE = "complete", _("Complete")
        INCOMPLETE = "incomplete", _("Incomplete")
        NO_SHOW = "no_show", _("No Show")
        FAILED = "failed", pgettext_lazy("completion of a class", "Failed")

    class CompletionVia(models.TextChoices):
        """The ways by which a completion is set."""

        ROSTER = "roster", _("Class roster")
        WRAP_UP = "wrap_up", _("Wrap up")
        IMPORT = "import", _("Import")
        ADMIN = "admin", _("Administration")

    klass = models.ForeignKey(Class, verbose_name=_("class"), on_delete=models.CASCADE, related_name="enrollments")
    student = models.ForeignKey(User, verbose_name=_("student"), on_delete=models.PROTECT, related_name="enrollments")
    enrollment_status = models.CharField(
        _("enrollment status"), max_length=16, choices=Status, default=Status.REQUESTED
    )
    completion_status = models.CharField(
        _("completion status"), max_length=16, choices=Completion, default=Completion.UNKNOWN
    )
    enrolled_at = models.DateTimeField(_("enrolled"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    # Of the completion as it stands; neither of Unknown, nor of one that was set before this was kept.
    completion_set_by = models.ForeignKey(
        User,
        verbose_name=_("completion set by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    completion_set_via = models.CharField(
        _("completion set through"),
        max_length=16,
        choices=CompletionVia,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        permissions = [("search_enrollments", "Can search class enrollments")]
        constraints = [
            models.UniqueConstraint(
                fields=["klass", "student"],
                name="enrollment_once",
                violation_error_message=_("This student is on the roster already."),
            ),
            models.CheckConstraint(
                condition=models.Q(enrollment_status="enrolled") | models.Q(completion_status="unknown"),
                name="enrollment_completion_needs_enrolled",
                violation_error_message=_("Only an Enrolled student has a completion status."),
            ),
            models.CheckConstraint(
                condition=models.Q(completion_status="complete", completed_at__isnull=False)
                | (~models.Q(completion_status="complete") & models.Q(completed_at__isnull=True)),
                name="enrollment_complete_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["completion_set_by"],
                condition=models.Q(completion_set_by__isnull=False),
                name="enrollment_completion_set_by",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} in {self.klass_id}"

    @property
    def may_be_issued_to(self) -> bool:
        """Whether a badge may be issued to the student from this roster: as for `EnrollmentQuerySet.enrolled`."""
        return self.enrollment_status == self.Status.ENROLLED

    @property
    def is_complete(self) -> bool:
        """Whether the student has completed the class."""
        return self.completion_status == self.Completion.COMPLETE

    def keep_setter(self, by: User, via: CompletionVia) -> None:
        """Keep who has set the completion, and by which way; Unknown is nobody's."""
        is_set = self.completion_status != self.Completion.UNKNOWN
        self.completion_set_by, self.completion_set_via = (by, via) if is_set else (None, "")


@widens_scope
def _taught(user: User, to: str) -> models.Q:
    """Those whom the user may issue badges to in the classes that he or she teaches (S29)."""
    if not (user.has_perm("classes.view_enrollment") and user.has_perm(ISSUE_IN_CLASSES)):
        return models.Q(pk__in=[])
    lines = Enrollment.objects.enrolled().filter(taught_by(user))
    return models.Q((f"{to or 'pk'}__in", lines.values("student_id")))


@lets_name
def _on_own_rosters(user: User, to: str) -> models.Q:
    """Those on a roster of the organizations that the user manages."""
    lines = Enrollment.objects.filter(klass__organization_id__in=managed_organizations(user).values("pk"))
    return models.Q(models.Exists(lines.filter(student=models.OuterRef(to or "pk"))))


class SelectionQuerySet(models.QuerySet["Selection"]):
    """Which selections."""

    def of(self, user: User, klass: Class) -> "SelectionQuerySet":
        """Those that the user has made for the class: nobody else's can be opened."""
        return self.filter(user=user, klass=klass)


class Selection(models.Model):
    """What somebody has chosen on the Issue Badges page of a class, and not issued yet.

    The ids are only what was chosen: who and what may be issued is asked whenever they are read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="+")
    klass = models.ForeignKey(Class, verbose_name=_("class"), on_delete=models.CASCADE, related_name="+")
    badge_ids = ArrayField(models.BigIntegerField(), verbose_name=_("badges"), default=list)
    student_ids = ArrayField(models.BigIntegerField(), verbose_name=_("students"), default=list)
    updated_at = models.DateTimeField(_("updated"))

    # The issuance whose pairs it has again. Set by classes.selecting.
    again: int | None = None

    objects = SelectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("selection")
        verbose_name_plural = _("selections")
        indexes = [models.Index(fields=["updated_at"], name="selection_oldest")]

    def __str__(self) -> str:
        return str(self.pk)
