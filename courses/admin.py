"""Courses, what they are made of, and the ways to take them, in the admin."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from badges.catalogue.images import BadgeImageField
from courses.assignments import record_assignment
from courses.models import (
    ContentProvider,
    Course,
    CourseActivity,
    CourseAssignment,
    CourseTag,
    Lab,
    LearningPath,
    LearningPathCourse,
    PublishingGroup,
    SubscriptionProfile,
    TrainingRecord,
)
from courses.moments import refuse_moments_ahead
from courses.path_editing import save_path
from courses.readiness import refusal
from courses.records import look_again_at
from operation.wake import drain_soon
from organizations.administration.scoped_admin import ReadOnlyAdmin, ScopedAdmin, ScopedFilter, ScopedForm, ScopedInline


class NamedAdmin(ScopedAdmin):
    """A list of names, each with its organization."""

    list_display: tuple[str, ...] = ("name", "organization")
    list_filter: ClassVar[tuple[Any, ...]] = (("organization", ScopedFilter),)
    list_select_related: ClassVar[tuple[str, ...]] = ("organization",)
    search_fields: ClassVar[tuple[str, ...]] = ("name",)
    ordering = ("name", "pk")
    autocomplete_fields: ClassVar[tuple[str, ...]] = ("organization",)


@admin.register(ContentProvider)
class ContentProviderAdmin(NamedAdmin):
    """Who makes the content."""


@admin.register(PublishingGroup)
class PublishingGroupAdmin(NamedAdmin):
    """Where courses are published to."""

    autocomplete_fields = ("organization", "publishes_to")


@admin.register(CourseTag)
class CourseTagAdmin(NamedAdmin):
    """Words that conditions of Subject 20 look for."""


@admin.register(Lab)
class LabAdmin(NamedAdmin):
    """Labs and exams."""

    list_display = ("name", "number", "organization", "is_exam", "passing_score")
    list_filter = ("is_exam", ("organization", ScopedFilter))
    search_fields = ("name", "number")


@admin.register(SubscriptionProfile)
class SubscriptionProfileAdmin(NamedAdmin):
    """Bundles of learning paths."""


class CourseActivityInline(ScopedInline):
    """The pieces of a course, in their order."""

    model = CourseActivity
    fields = ("position", "name", "kind", "lab", "is_required")
    ordering = ("position", "pk")
    autocomplete_fields = ("lab",)


@admin.register(Course)
class CourseAdmin(NamedAdmin):
    """Courses with their activities."""

    list_display = ("name", "number", "organization", "content_provider", "is_instructor_led", "is_self_paced")
    list_filter = (
        "is_archived",
        "is_instructor_led",
        "is_self_paced",
        ("organization", ScopedFilter),
        ("tags", ScopedFilter),
    )
    list_select_related = ("organization", "content_provider")
    search_fields = ("name", "number")
    autocomplete_fields = ("organization", "content_provider", "publishing_groups", "tags", "badges")
    inlines = (CourseActivityInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Classes, assignments and learning paths are offered what they can take."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.GET.get("field_name") == "course":
            found = found.filter(pk__in=Course.objects.all().ready_for_training().values("pk"))
        return found, may_repeat

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """A new tag, owner, or opening to outside organizations can earn somebody something at once."""
        super().save_related(request, form, formsets, change)
        if change and {"tags", "achievements_for_outside_organizations", "organization"}.intersection(
            form.changed_data
        ):
            look_again_at(Course.objects.filter(pk=form.instance.pk))


class StepForm(ScopedForm):
    """A course in its place."""

    def validate_constraints(self) -> None:
        """Leave the places to the formset and to the database's deferred constraint.

        Row by row, two courses could never change places: each would find its new place taken by the other.
        """
        try:
            self.instance.validate_constraints(exclude={"position"})
        except ValidationError as error:
            self.add_error(None, error)

    def clean_course(self) -> Course:
        """A course that the path has already may stay."""
        course: Course = self.cleaned_data["course"]
        if "course" in self.changed_data and (why := refusal(course)):
            raise ValidationError(why)
        return course


class LearningPathCourseInline(ScopedInline):
    """The courses of a path, in their order."""

    model = LearningPathCourse
    form = StepForm
    fields = ("position", "course")
    ordering = ("position", "pk")
    autocomplete_fields = ("course",)


class AdminLearningPathForm(ScopedForm):
    """A path, whose picture comes in as badge art does."""

    image = BadgeImageField(
        label=_("Image"),
        required=False,
        help_text=_("PNG, JPEG or WebP of at most 5 MB, or SVG of at most 512 KB."),
        widget=forms.ClearableFileInput,
    )


@admin.register(LearningPath)
class LearningPathAdmin(NamedAdmin):
    """Learning paths with their courses."""

    form = AdminLearningPathForm
    list_display = ("name", "subscription_profile", "organization", "audience_level", "is_enabled")
    list_filter = ("audience_level", "is_enabled", ("organization", ScopedFilter))
    list_select_related = ("organization", "subscription_profile")
    search_fields = ("name", "subscription_profile__name")
    autocomplete_fields = ("organization", "subscription_profile", "exam")
    inlines = (LearningPathCourseInline,)

    def save_model(self, request: HttpRequest, obj: LearningPath, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save by the rule that the path's own page follows."""

        def save() -> LearningPath:
            obj.save()
            return obj

        save_path(save)


class CourseAssignmentForm(ScopedForm):
    """An assignment of a course that is there to be taken, whose moments have come."""

    def clean(self) -> dict[str, Any]:
        """Both are chosen once: an assignment that exists keeps a course that was archived since."""
        cleaned = super().clean() or {}
        student, course = cleaned.get("student"), cleaned.get("course")
        if student and course and (why := refusal(course, organization=student.organization)):
            self.add_error("course", why)
        refuse_moments_ahead(self, ("assigned_at", "started_at", "completed_at"))
        return cleaned


@admin.register(CourseAssignment)
class CourseAssignmentAdmin(ScopedAdmin):
    """Course assignments. Whose and of what stays: the training record of an assignment is not passed on."""

    form = CourseAssignmentForm
    owners = ("student__organization", "course__organization")
    list_display = ("student", "course", "assigned_at", "started_at", "completed_at", "expires_at")
    list_filter = (("subscription_profile", ScopedFilter), ("completed_at", admin.EmptyFieldListFilter))
    list_select_related = ("student", "course")
    search_fields = ("course__name", "course__number")
    people = ("student",)
    ordering = ("-assigned_at", "-pk")
    autocomplete_fields = ("student", "course", "subscription_profile")
    exclude = ("assigned_by",)
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: CourseAssignment | None = None) -> tuple[str, ...]:
        """Student and course are chosen once."""
        return () if obj is None else ("student", "course", "assigned_by")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: an assignment is cancelled, and its history stays."""
        return False

    def save_model(self, request: HttpRequest, obj: CourseAssignment, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save, and record the training in the same transaction."""
        if not change:
            obj.assigned_by_id = request.user.pk
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            record_assignment(obj)
            drain_soon()


@admin.register(TrainingRecord)
class TrainingRecordAdmin(ReadOnlyAdmin):
    """What achievements count. Written by courses.records alone."""

    list_display = ("user", "course", "lab", "started_at", "completed_at", "passed", "score", "max_score", "source")
    list_filter = ("source", "passed")
    list_select_related = ("user", "course", "lab")
    search_fields = ("course__name", "lab__name")
    people = ("user",)
    ordering = ("-pk",)
    show_full_result_count = False
