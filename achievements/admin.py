"""Achievements in the admin, and to read: who earned them, and what the sweeps did."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from achievements.conditions.reach import out_of_reach
from achievements.definitions.editing import (
    MeanwhileError,
    newest_change,
    refuse_foreign_badge,
    refuse_if_changed,
    save_achievement,
)
from achievements.definitions.widening import refuse_form
from achievements.editor.fields import CONDITIONS_HELP, ConditionsField
from achievements.editor.history import told
from achievements.models import Achievement, AchievementChange, EarnedAchievement, Hold, Sweep, SweepProblem
from organizations.access import signed_in
from organizations.administration.scoped_admin import ReadOnlyAdmin, ScopedAdmin, ScopedFilter, ScopedForm
from organizations.models import Organization, User
from organizations.telling_apart import tell_apart


class AdminAchievementForm(ScopedForm):
    """An achievement whose conditions are understood and whose badge its organization may use."""

    user: User
    conditions = ConditionsField(label=_("Conditions"), help_text=CONDITIONS_HELP)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Achievement
        fields = ("name", "description", "organization", "points", "frequency", "frequency_type", "badge")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = newest_change(self.instance.pk)

    def clean(self) -> dict[str, Any]:
        """What no single field can tell."""
        cleaned = super().clean() or {}
        if self.instance.pk:
            self._refuse_if_changed(cleaned.get("seen"))
        refuse_form(self, cleaned, by=self.user)
        is_chosen = {"badge", "organization"}.intersection(self.changed_data)
        if is_chosen and cleaned.get("organization") and cleaned.get("badge"):
            try:
                refuse_foreign_badge(cleaned["organization"], cleaned["badge"])
            except forms.ValidationError as refusal:
                self.add_error("badge", refusal)
        if cleaned.get("organization") and cleaned.get("conditions"):
            self._refuse_ids_out_of_reach(cleaned["organization"])
        return cleaned

    def _refuse_if_changed(self, seen: int | None) -> None:
        """The row stays locked until the admin has saved: it does so in the transaction of the request."""
        Achievement.objects.select_for_update().get(pk=self.instance.pk)
        try:
            refuse_if_changed(self.instance.pk, seen)
        except MeanwhileError as meanwhile:
            self.add_error(None, _("Somebody saved this achievement while you were editing it. Nothing is saved yet:"))
            tell_apart([change.changed_by for change in meanwhile.changes], self.user)
            for change in meanwhile.changes:
                self.add_error(None, f"{change.changed_by or _('The system')}: {told(change)}")
            self.add_error(None, _("Open it again in another tab to compare, and edit it there."))

    def _refuse_ids_out_of_reach(self, owner: Organization) -> None:
        """Conditions that stay as they are may name what is gone meanwhile: the rest can be edited all the same."""
        conditions = self.fields["conditions"]
        assert isinstance(conditions, ConditionsField)
        if conditions.parsed is None or not {"conditions", "organization"}.intersection(self.changed_data):
            return
        for error in out_of_reach(conditions.parsed, owner, achievement_id=self.instance.pk):
            self.add_error("conditions", str(error))


@admin.register(Achievement)
class AchievementAdmin(ScopedAdmin):
    """Achievements, saved by achievements.definitions.editing so that the sweep hears of every change."""

    form = AdminAchievementForm
    list_display = ("name", "organization", "badge", "points", "frequency_type", "is_global", "is_enabled", "version")
    list_filter = ("is_enabled", "is_global", "frequency_type", ("organization", ScopedFilter))
    list_select_related = ("organization", "badge")
    search_fields = ("name", "description", "badge__name")
    ordering = ("name", "pk")
    autocomplete_fields = ("organization", "badge")
    readonly_fields = ("version", "created_at", "modified_at", "evaluated_at")
    fieldsets = (
        (
            _("Basic Information"),
            {
                "fields": (
                    "name",
                    "description",
                    "organization",
                    "points",
                    "frequency",
                    "frequency_type",
                    "badge",
                    "is_global",
                    "reaches_all_trees",
                    "is_enabled",
                )
            },
        ),
        (_("Conditions"), {"fields": ("conditions", "version", "created_at", "modified_at", "evaluated_at", "seen")}),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """The form knows who fills it in."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.user = signed_in(request)
        return form

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser is offered all trees."""
        return None if signed_in(request).is_superuser else ("reaches_all_trees",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what only a superuser may tick."""
        if signed_in(request).is_superuser:
            return self.fieldsets
        (title, first), *others = self.fieldsets
        fields = [name for name in first["fields"] if name != "reaches_all_trees"]
        return [(title, {"fields": fields}), *others]

    def save_model(self, request: HttpRequest, obj: Achievement, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save by the rule, and pass on what the parser warns of."""
        save_achievement(obj, by=signed_in(request), at=timezone.now())
        for warning in form.fields["conditions"].warnings(obj):
            messages.warning(request, warning)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its history, its holds and the log's lines about it may go with an achievement; what somebody earned keeps it from going."""
        to_delete, counts, lacking, protected = super().get_deleted_objects(objs, request)
        known = {model._meta.verbose_name for model in (SweepProblem, AchievementChange, Hold)}
        return to_delete, counts, lacking - known, protected


@admin.register(EarnedAchievement)
class EarnedAchievementAdmin(ReadOnlyAdmin):
    """Who earned what. Written by the sweep alone."""

    list_display = ("achievement", "user", "nth", "earned_at", "created_at", "version")
    list_filter = (("achievement", ScopedFilter),)
    list_select_related = ("achievement", "user")
    search_fields = ("achievement__name",)
    people = ("user",)
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    """The log of sweeps: counts over all organizations, and so no names."""

    list_display = ("started_at", "finished_at", "kind", "achievements", "skipped", "earned", "issued", "failed")
    list_filter = ("kind", "started_at")
    ordering = ("-started_at", "-pk")
    exclude = ("started_by",)
    show_full_result_count = False

    def visible(self, request: HttpRequest) -> QuerySet[Any]:
        """All of it, for superusers: others read on the pages of sweeps what concerns their organizations."""
        return Sweep.objects.all() if signed_in(request).is_superuser else Sweep.objects.none()


@admin.register(SweepProblem)
class SweepProblemAdmin(ReadOnlyAdmin):
    """Why a sweep could not award somebody something."""

    list_display = ("sweep", "achievement", "student", "code", "message")
    list_filter = ("code",)
    list_select_related = ("sweep", "achievement", "student")
    search_fields = ("achievement__name", "code")
    people = ("student",)
    ordering = ("-pk",)
    show_full_result_count = False

    def visible(self, request: HttpRequest) -> QuerySet[Any]:
        """As on the pages of a sweep."""
        return SweepProblem.objects.visible_to(signed_in(request))
