"""Badges and their providers in the admin; what was issued is there to read, for issuing is nobody else's job."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.formats import localize
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from badges.accounts.editing import EDITED, save_provider
from badges.catalogue.availability import refuse_foreign_provider, refuse_others_than_children
from badges.catalogue.editing import save_badge, switch_manual_issuance
from badges.catalogue.images import BadgeImageField
from badges.catalogue.skills import skills_field
from badges.catalogue.template_choice import refuse_missing_template
from badges.models import Badge, BadgeProvider, IssuanceBatch, IssuanceItem, IssuedBadge
from badges.pages.provider_forms import refuse_incomplete_account, refuse_leaving_badges, token_field
from badges.providers.opening import capabilities_of
from operation.searching import SearchPath
from organizations.access import signed_in
from organizations.administration.scoped_admin import ReadOnlyAdmin, ScopedAdmin, ScopedFilter, ScopedForm, id_of
from organizations.models import User
from organizations.scope import searched_within_scope


class AdminProviderForm(ScopedForm):
    """A provider, with a write-only field for its token."""

    new_token = token_field()

    class Meta:
        model = BadgeProvider
        fields = EDITED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "new_token" in self.fields:
            self.fields["new_token"].help_text = _(
                "Stored encrypted and never shown again. Leave blank to keep the stored one; "
                "changing the API URL or the organization id clears it unless you enter one here."
            )

    def clean(self) -> dict[str, Any]:
        """A whole account at an address that may be called (S3), and only child organizations (S4)."""
        super().clean()
        refuse_incomplete_account(self)
        refuse_leaving_badges(self)
        cleaned = self.cleaned_data
        if cleaned.get("organization") and cleaned.get("available_to"):
            _attach(self, "available_to", refuse_others_than_children, cleaned["organization"], cleaned["available_to"])
        return cleaned


class AdminBadgeForm(ScopedForm):
    """A badge whose provider and availability fit its organization."""

    image = BadgeImageField(
        label=_("Image"),
        required=False,
        help_text=_("PNG, JPEG or WebP of at most 5 MB, or SVG of at most 512 KB."),
        widget=forms.ClearableFileInput,
    )

    skills = skills_field()

    class Meta:
        model = Badge
        fields = (
            "name",
            "description",
            "criteria",
            "skills",
            "image",
            "organization",
            "provider",
            "provider_template_id",
            "valid_days",
            "manual_issuance",
        )

    def clean(self) -> dict[str, Any]:
        """What no single field can tell."""
        cleaned = super().clean() or {}
        owner = cleaned.get("organization")
        if owner and cleaned.get("provider"):
            _attach(self, "provider", refuse_foreign_provider, owner, cleaned["provider"])
        if owner and cleaned.get("available_to"):
            _attach(self, "available_to", refuse_others_than_children, owner, cleaned["available_to"])
        provider, template_id = cleaned.get("provider"), cleaned.get("provider_template_id")
        if provider and template_id is not None and capabilities_of(provider).has_templates:
            _attach(self, "provider_template_id", refuse_missing_template, provider, template_id.strip())
        return cleaned


def _attach(form: forms.BaseForm, field: str, rule: Any, *arguments: Any) -> None:
    """Run a rule; what it refuses is the field's error."""
    try:
        rule(*arguments)
    except forms.ValidationError as refusal:
        form.add_error(field, refusal)


class SharedAdmin(ScopedAdmin):
    """Rows that other organizations may use: they see the basics, not the rest and not who else may."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything for those who may change the row, else its first fieldset."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None or self.has_change_permission(request, obj) else fieldsets[:1]


@admin.register(BadgeProvider)
class BadgeProviderAdmin(SharedAdmin):
    """Accounts at issuers. No page, message or history entry carries a token."""

    form = AdminProviderForm
    list_display = ("name", "organization", "kind", "is_enabled", "has_token", "is_paused", "last_success_at")
    list_filter = ("kind", "is_enabled", ("organization", ScopedFilter))
    list_select_related = ("organization",)
    search_fields = ("name", "organization__name")
    ordering = ("name", "pk")
    autocomplete_fields = ("organization", "available_to")
    readonly_fields = ("has_token", "paused_at", "pause_reason", "last_success_at", "last_error_at", "last_error")
    fieldsets = (
        (_("Basic Information"), {"fields": ("name", "description", "organization", "kind", "is_enabled")}),
        (
            _("Account"),
            {"fields": ("provider_organization_id", "api_url", "new_token", "has_token", "requests_per_second")},
        ),
        (_("Built-in issuer"), {"fields": ("website", "contact_email")}),
        (_("Availability"), {"fields": ("available_to",)}),
        (
            _("Health"),
            {"fields": ("paused_at", "pause_reason", "last_success_at", "last_error_at", "last_error")},
        ),
    )

    @admin.display(boolean=True, description=_("has a token"))
    def has_token(self, provider: BadgeProvider) -> bool:
        """All that is ever told about a token."""
        return bool(provider.encrypted_token)

    @admin.display(boolean=True, description=_("paused"))
    def is_paused(self, provider: BadgeProvider) -> bool:
        """Nothing is sent for now."""
        return provider.paused_at is not None

    @method_decorator(sensitive_post_parameters("new_token"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The page; no report of an error on it carries the token."""
        return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: BadgeProvider, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save, with the token by its rule; the admin saves what belongs to the provider by itself."""
        saved = save_provider(obj, token=form.cleaned_data["new_token"], save_rest=lambda: None)
        if saved.token_was_cleared:
            messages.warning(request, _("The stored API token was cleared, because the account it belongs to changed."))


@admin.register(Badge)
class BadgeAdmin(SharedAdmin):
    """Badges; manual issuance can be switched for many at once."""

    form = AdminBadgeForm
    list_display = ("name", "organization", "provider", "manual_issuance", "modified_at")
    list_filter = ("manual_issuance", ("organization", ScopedFilter), ("provider", ScopedFilter))
    list_select_related = ("organization", "provider")
    search_fields = ("name", "provider__name", "provider_template_id")
    ordering = ("name", "pk")
    autocomplete_fields = ("organization", "provider", "available_to")
    actions = ("enable_manual_issuance", "disable_manual_issuance")
    fieldsets = (
        (
            _("Basic Information"),
            {
                "fields": (
                    "name",
                    "description",
                    "criteria",
                    "image",
                    "organization",
                    "provider",
                    "provider_template_id",
                    "valid_days",
                    "manual_issuance",
                )
            },
        ),
        (_("Skills"), {"fields": ("skills",)}),
        (_("Availability"), {"fields": ("available_to",)}),
    )

    def save_model(self, request: HttpRequest, obj: Badge, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save by the rule that the badge's own page follows."""

        def save() -> Badge:
            obj.save()
            return obj

        save_badge(save)

    @admin.action(description=_("Enable manual issuance"), permissions=["change"])
    def enable_manual_issuance(self, request: HttpRequest, queryset: QuerySet[Badge]) -> None:
        """Instructors and administrators may issue the chosen badges by hand."""
        count = self._switch(request, queryset, is_on=True)
        text = ngettext(
            "Manual issuance is now enabled for %(count)s badge.",
            "Manual issuance is now enabled for %(count)s badges.",
            count,
        )
        messages.success(request, text % {"count": localize(count)})

    @admin.action(description=_("Disable manual issuance"), permissions=["change"])
    def disable_manual_issuance(self, request: HttpRequest, queryset: QuerySet[Badge]) -> None:
        """The chosen badges are left to achievements."""
        count = self._switch(request, queryset, is_on=False)
        text = ngettext(
            "Manual issuance is now disabled for %(count)s badge.",
            "Manual issuance is now disabled for %(count)s badges.",
            count,
        )
        messages.success(request, text % {"count": localize(count)})

    def _switch(self, request: HttpRequest, chosen: QuerySet[Badge], *, is_on: bool) -> int:
        """How many badges were switched; says how many are another organization's, and logs each that was."""
        own = list(Badge.objects.changeable_by(signed_in(request)).filter(pk__in=chosen.values("pk")))
        foreign = chosen.count() - len(own)
        switched = [badge for badge in own if switch_manual_issuance(badge, is_on=is_on)]
        for badge in switched:
            self.log_change(request, badge, [{"changed": {"fields": [str(_("Enable Manual Issuance"))]}}])
        if foreign:
            text = ngettext(
                "%(count)s badge belongs to an organization you do not manage and was left as it is.",
                "%(count)s badges belong to organizations you do not manage and were left as they are.",
                foreign,
            )
            messages.warning(request, text % {"count": localize(foreign)})
        return len(switched)


@admin.register(IssuedBadge)
class IssuedBadgeAdmin(ReadOnlyAdmin):
    """Every badge issued. Written by badges.issuing and badges.delivery alone."""

    list_display = ("badge", "student", "issued_at", "via", "source_words", "status", "delivery")
    list_filter = ("status", "delivery", "via")
    list_select_related = ("badge", "student")
    search_fields = ("badge__name",)
    people = ("student",)
    ordering = ("-issued_at", "-pk")
    show_full_result_count = False

    def more_search_paths(self, user: User) -> list[SearchPath]:
        """Also the address that the badge went to."""
        return [*super().more_search_paths(user), searched_within_scope(user, "student", "recipient_email")]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The address of somebody outside the reader's scope, and foreign people who issued or revoked."""
        told: Any = IssuedBadge.objects.as_told_to(signed_in(request)).get(pk=obj.pk)
        tells = {"recipient_email": told.sent_to, "issued_by": told.tells_issuer, "revoked_by": told.tells_revoker}
        return [name for name, is_told in tells.items() if not is_told]


@admin.register(IssuanceBatch)
class IssuanceBatchAdmin(ReadOnlyAdmin):
    """Every press of Issue Badges."""

    list_display = (id_of, "created_at", "via", "source_words", "organization", "issued_by")
    list_filter = ("via", ("organization", ScopedFilter))
    list_select_related = ("organization", "issued_by")
    search_fields = ("source_words",)
    people = ("issued_by",)
    ordering = ("-created_at", "-pk")
    show_full_result_count = False


@admin.register(IssuanceItem)
class IssuanceItemAdmin(ReadOnlyAdmin):
    """What became of each pair of student and badge."""

    list_display = (id_of, "batch", "badge", "student", "code", "message")
    list_filter = ("code",)
    list_select_related = ("batch", "badge", "student")
    search_fields = ("badge__name", "code")
    people = ("student",)
    ordering = ("-pk",)
    show_full_result_count = False
