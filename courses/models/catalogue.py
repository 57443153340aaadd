"""What there is to learn: courses, labs, learning paths, and who provides and publishes them."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.models import Badge
from operation.characters import validate_one_line
from organizations.access import managed_organizations
from organizations.models import Organization, User


class OwnedQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Rows that an organization owns and its administrators see."""

    def visible_to(self, user: User) -> "OwnedQuerySet[Row]":
        """Those of the organizations the user manages."""
        return self if user.is_superuser else self.filter(organization__in=managed_organizations(user))


class ContentProvider(models.Model):
    """Who makes the content of a course."""

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="content_providers"
    )

    objects = OwnedQuerySet["ContentProvider"].as_manager()

    class Meta:
        verbose_name = _("content provider")
        verbose_name_plural = _("content providers")
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="content_provider_name_unique")]

    def __str__(self) -> str:
        return self.name


class PublishingGroup(models.Model):
    """The organizations that a course is published to."""

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="publishing_groups"
    )
    publishes_to = models.ManyToManyField(
        Organization, verbose_name=_("publishes to"), blank=True, related_name="subscribed_publishing_groups"
    )

    objects = OwnedQuerySet["PublishingGroup"].as_manager()

    class Meta:
        verbose_name = _("publishing group")
        verbose_name_plural = _("publishing groups")
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="publishing_group_name_unique")]

    def __str__(self) -> str:
        return self.name


class CourseTag(models.Model):
    """A word that courses share, for conditions of Subject 20."""

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="course_tags"
    )

    objects = OwnedQuerySet["CourseTag"].as_manager()

    class Meta:
        verbose_name = _("course tag")
        verbose_name_plural = _("course tags")
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="course_tag_name_unique")]

    def __str__(self) -> str:
        return self.name


class Lab(models.Model):
    """A hands-on environment that a student launches, completes, and, where it is an exam, passes."""

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    number = models.CharField(_("number"), max_length=64, blank=True, validators=[validate_one_line])
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="labs"
    )
    is_exam = models.BooleanField(_("is an exam"), default=False)
    passing_score = models.PositiveSmallIntegerField(
        _("passing score"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("In percent. It decides about attempts recorded from now on with a score but no pass or fail."),
    )
    expected_minutes = models.PositiveIntegerField(_("expected minutes"), null=True, blank=True)

    objects = OwnedQuerySet["Lab"].as_manager()

    class Meta:
        verbose_name = _("lab")
        verbose_name_plural = _("labs")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number"], condition=~models.Q(number=""), name="lab_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(passing_score__isnull=True) | models.Q(passing_score__lte=100),
                name="lab_passing_score_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CourseQuerySet(OwnedQuerySet["Course"]):
    """Which courses."""

    def ready_for_training(self) -> "CourseQuerySet":
        """Those that a class, an assignment or a learning path can take; readiness.py says in words why not."""
        published = Course.publishing_groups.through.objects.filter(course=models.OuterRef("pk"))
        return self.filter(models.Exists(published), is_archived=False, content_provider__isnull=False)


class Course(models.Model):
    """Content bundled to be taken in classes, course assignments and learning paths."""

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    number = models.CharField(_("number"), max_length=64, blank=True, validators=[validate_one_line])
    description = models.TextField(_("description"), blank=True)
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="courses"
    )
    content_provider = models.ForeignKey(
        ContentProvider,
        verbose_name=_("content provider"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="courses",
    )
    publishing_groups = models.ManyToManyField(
        PublishingGroup, verbose_name=_("publishing groups"), blank=True, related_name="courses"
    )
    tags = models.ManyToManyField(CourseTag, verbose_name=_("tags"), blank=True, related_name="courses")
    badges = models.ManyToManyField(
        Badge,
        verbose_name=_("associated badges"),
        blank=True,
        related_name="courses",
        help_text=_("Listed first when a badge is chosen for a student of this course."),
    )
    achievements_for_outside_organizations = models.BooleanField(
        _("enable achievements for outside organizations"), default=False
    )
    is_instructor_led = models.BooleanField(_("instructor-led"), default=True)
    is_self_paced = models.BooleanField(_("self-paced"), default=True)
    is_archived = models.BooleanField(_("archived"), default=False)
    switched_at = models.DateTimeField(
        _("last switch"),
        null=True,
        editable=False,
        help_text=_("When its tags or its switch for outside organizations were changed last."),
    )

    # Where the name leads on a page. Set by courses.leading.
    page: str = ""

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number"], condition=~models.Q(number=""), name="course_number_unique"
            )
        ]
        indexes = [
            models.Index(
                fields=["switched_at"], condition=models.Q(switched_at__isnull=False), name="course_switched_last"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CourseActivity(models.Model):
    """One piece of a course, in its place."""

    class Kind(models.TextChoices):
        """What a course can include."""

        LAB = "lab", _("Lab")
        VIDEO = "video", _("Video")
        SCORM = "scorm", _("SCORM")
        LTI = "lti", _("LTI")
        LINK = "link", _("External link")
        ASSESSMENT = "assessment", _("Assessment")
        DOCUMENT = "document", _("Document")

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="activities")
    position = models.PositiveIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    lab = models.ForeignKey(
        Lab, verbose_name=_("lab"), on_delete=models.PROTECT, null=True, blank=True, related_name="activities"
    )
    is_required = models.BooleanField(_("required for completion"), default=True)

    class Meta:
        verbose_name = _("course activity")
        verbose_name_plural = _("course activities")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="lab", lab__isnull=False)
                | (~models.Q(kind="lab") & models.Q(lab__isnull=True)),
                name="course_activity_lab_names_its_lab",
                violation_error_message=_("Choose the lab of a lab activity, and no lab for any other."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class SubscriptionProfile(models.Model):
    """A bundle that organizations subscribe to; learning paths belong to it."""

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    description = models.TextField(_("description"), blank=True)
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="subscription_profiles"
    )

    objects = OwnedQuerySet["SubscriptionProfile"].as_manager()

    class Meta:
        verbose_name = _("subscription profile")
        verbose_name_plural = _("subscription profiles")
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="subscription_profile_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class LearningPathQuerySet(OwnedQuerySet["LearningPath"]):
    """Which learning paths."""

    def open_to(self, user: User) -> "LearningPathQuerySet":
        """Those the user administers; and, while they are enabled, those to walk: of the user's organization and of all
        above it, and of the subscriptions through which a course was assigned to the user.
        """
        if user.is_superuser:
            return self.all()
        subscribed = SubscriptionProfile.objects.filter(
            assignments__student=user, assignments__cancelled_at__isnull=True
        )
        to_walk = models.Q(organization__in=Organization.objects.above(user.organization_id)) | models.Q(
            subscription_profile__in=subscribed.values("pk")
        )
        administered = models.Q(organization__in=managed_organizations(user))
        return self.filter(administered | (models.Q(is_enabled=True) & to_walk))


class LearningPath(models.Model):
    """An ordered list of courses, with an exam at its end where it has one (S119); the order is a suggestion (S120)."""

    class Level(models.TextChoices):
        """Whom the path is for."""

        BEGINNER = "beginner", _("Beginner")
        INTERMEDIATE = "intermediate", _("Intermediate")
        ADVANCED = "advanced", _("Advanced")

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    description = models.TextField(_("description"), blank=True)
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="learning_paths"
    )
    subscription_profile = models.ForeignKey(
        SubscriptionProfile,
        verbose_name=_("subscription profile"),
        on_delete=models.PROTECT,
        related_name="learning_paths",
    )
    audience_level = models.CharField(_("audience level"), max_length=16, choices=Level, default=Level.BEGINNER)
    exam = models.ForeignKey(
        Lab, verbose_name=_("exam"), on_delete=models.PROTECT, null=True, blank=True, related_name="learning_paths"
    )
    courses = models.ManyToManyField(Course, through="LearningPathCourse", related_name="learning_paths")
    image = models.ImageField(_("image"), upload_to="paths/", blank=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)

    objects = LearningPathQuerySet.as_manager()

    class Meta:
        verbose_name = _("learning path")
        verbose_name_plural = _("learning paths")
        constraints = [
            models.UniqueConstraint(fields=["subscription_profile", "name"], name="learning_path_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class LearningPathCourse(models.Model):
    """A course in its place on a learning path."""

    learning_path = models.ForeignKey(LearningPath, on_delete=models.CASCADE, related_name="steps")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        verbose_name = _("course of a learning path")
        verbose_name_plural = _("courses of learning paths")
        constraints = [
            models.UniqueConstraint(fields=["learning_path", "course"], name="learning_path_course_once"),
            models.UniqueConstraint(
                fields=["learning_path", "position"],
                name="learning_path_place_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}"
