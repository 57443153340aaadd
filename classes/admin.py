"""Classes and their rosters in the admin."""

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from classes.models import Class, Enrollment
from classes.training import record_again
from courses.moments import refuse_moments_ahead
from courses.readiness import refusal
from operation.wake import drain_soon
from organizations.access import managed_organizations, signed_in
from organizations.administration.scoped_admin import ScopedAdmin, ScopedFilter, ScopedForm
from organizations.models import Organization, User


class ClassForm(ScopedForm):
    """A class whose organization the course is published to."""

    def clean(self) -> dict[str, Any]:
        """A class keeps its course while neither is changed, also one that was archived since."""
        cleaned = super().clean() or {}
        course, organization = cleaned.get("course"), cleaned.get("organization")
        is_chosen = {"course", "organization"}.intersection(self.changed_data)
        if course and organization and is_chosen and (why := refusal(course, organization=organization)):
            self.add_error("course", why)
        self._refuse_contract_instructors(organization)
        return cleaned

    def _refuse_contract_instructors(self, organization: Organization | None) -> None:
        """Those who teach the class already stay while it stays where it is: they see nothing of it meanwhile (S136)."""
        if organization is None or organization.uses_contract_instructors:
            return
        chosen: list[User] = list(self.cleaned_data.get("instructors") or [])
        there = set() if "organization" in self.changed_data else set(self.initial.get("instructors") or [])
        refused = [str(teacher) for teacher in chosen if teacher.is_contract_instructor and teacher not in there]
        if refused:
            words = _(
                "%(organization)s does not use contract instructors, so %(names)s cannot teach here. Choose others, or "
                "switch on “Uses contract instructors” in the organization."
            )
            self.add_error("instructors", words % {"organization": organization, "names": ", ".join(refused)})


@admin.register(Class)
class ClassAdmin(ScopedAdmin):
    """Classes. One with a roster stays: its enrollments are what training records rest on."""

    form = ClassForm
    list_display = ("name", "number", "organization", "course", "starts_at", "ends_at")
    list_filter = ("starts_at", ("organization", ScopedFilter))
    list_select_related = ("organization", "course")
    search_fields = ("name", "number", "course__name")
    ordering = ("-starts_at", "-pk")
    autocomplete_fields = ("organization", "course", "instructors")

    def save_model(self, request: HttpRequest, obj: Class, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save; another course makes the enrollments attempts at that course, in the same transaction."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if change and "course" in form.changed_data:
                record_again(Enrollment.objects.filter(klass=obj))
                drain_soon()


class EnrollmentForm(ScopedForm):
    """An enrollment whose moment of completion fits its completion status."""

    class Meta:
        model = Enrollment
        fields = ("klass", "student", "enrollment_status", "completion_status", "enrolled_at", "completed_at")

    def clean(self) -> dict[str, Any]:
        """Complete without a moment is complete now; any other status has none."""
        cleaned = super().clean() or {}
        if cleaned.get("completion_status") != Enrollment.Completion.COMPLETE:
            cleaned["completed_at"] = None
        elif cleaned.get("completed_at") is None and "completed_at" not in self.errors:
            cleaned["completed_at"] = timezone.now()
        refuse_moments_ahead(self, ("enrolled_at", "completed_at"))
        return cleaned


@admin.register(Enrollment)
class EnrollmentAdmin(ScopedAdmin):
    """Lines of rosters. Who is in which class stays; the way out is a status.

    Here an administrator mends what the roster page no longer lets change after the class has begun (S103).
    """

    form = EnrollmentForm
    owners = ("klass__organization",)
    list_display = ("student", "klass", "enrollment_status", "completion_status", "enrolled_at", "completed_at")
    list_filter = ("enrollment_status", "completion_status")
    list_select_related = ("student", "klass")
    search_fields = ("klass__name", "klass__number")
    people = ("student",)
    ordering = ("-enrolled_at", "-pk")
    autocomplete_fields = ("klass", "student")
    show_full_result_count = False

    def choices(self, model: type[models.Model], request: HttpRequest) -> QuerySet[Any]:
        """Classes of managed organizations: also seeing a class that one attends opens its roster to nobody."""
        rows = super().choices(model, request)
        if model is not Class or signed_in(request).is_superuser:
            return rows
        return rows.filter(organization__in=managed_organizations(signed_in(request)))

    def get_readonly_fields(self, request: HttpRequest, obj: Enrollment | None = None) -> tuple[str, ...]:
        """Class and student are chosen once."""
        return () if obj is None else ("klass", "student")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: an enrollment is cancelled, and its history stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Enrollment, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save, with who set the completion; and record or withdraw the training in the same transaction."""
        if {"completion_status", "completed_at"}.intersection(form.changed_data):
            obj.keep_setter(signed_in(request), Enrollment.CompletionVia.ADMIN)
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            record_again(Enrollment.objects.filter(pk=obj.pk))
            drain_soon()
