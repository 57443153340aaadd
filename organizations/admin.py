"""Organizations, people and roles in the admin, closed against giving oneself more than one has."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from operation.models import SweepHint
from organizations import editing
from organizations.access import administers_tree_of, changeable_accounts, managed_organizations, signed_in
from organizations.administration.account_forms import AccountForm, NewAccountForm, PasswordForm, read_by
from organizations.administration.scoped_admin import (
    PressedOnceAdmin,
    ReadOnlyAdmin,
    ScopedAdmin,
    ScopedFilter,
    ScopedForm,
    ScopedInline,
)
from organizations.audit.actions import Action
from organizations.audit.recording import record
from organizations.branding.forms import BrandForm
from organizations.models import Brand, Organization, User
from organizations.roles import PERMISSIONS
from organizations.sign_in import sessions

if TYPE_CHECKING:
    PlainUserAdmin = UserAdmin[User]
else:
    PlainUserAdmin = UserAdmin

admin.site.unregister(Group)

# What decides how far an account reaches: users cannot change their own.
_REACH = (
    "organization",
    "is_active",
    "is_staff",
    "is_superuser",
    "groups",
    "user_permissions",
    "managed_organizations",
)
_FOR_SUPERUSERS = {"is_superuser", "user_permissions"}


class OrganizationForm(ScopedForm):
    """An organization that moves into another tree only with who administers that tree.

    Its global achievements would reach the people there, and those there would reach its own.
    """

    user: User

    def clean_parent(self) -> Organization | None:
        """Within its tree it goes where it is put."""
        parent: Organization | None = self.cleaned_data["parent"]
        if parent is None or self.user.is_superuser or administers_tree_of(self.user, parent):
            return parent
        tree = Organization.objects.in_trees_of(Organization.objects.filter(pk=parent.pk))
        if self.instance.pk and not tree.filter(pk=self.instance.pk).exists():
            raise ValidationError(
                _("That would move this organization to a tree you do not administer. Choose another one.")
            )
        return parent


class BrandInline(ScopedInline):
    """The organization's own brand, for whoever may change the organization; by the form of its own page."""

    model = Brand
    form = BrandForm
    template = "admin/edit_inline/stacked.html"
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Who sees the organization."""
        return request.user.has_perm("organizations.view_organization")

    def has_change_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Who changes the organization."""
        return request.user.has_perm("organizations.change_organization")

    def has_add_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """The same."""
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """The same."""
        return self.has_change_permission(request, obj)


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    """The tree. An administrator grows and tends the part below; where the own part hangs is decided above."""

    form = OrganizationForm
    list_display = ("name", "parent", "time_zone", "achievements_enabled", "in_global_achievements")
    list_filter = ("achievements_enabled", "in_global_achievements", "uses_contract_instructors")
    list_select_related = ("parent",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    autocomplete_fields = ("parent",)
    readonly_fields = ("created_at",)
    inlines = (BrandInline,)
    fieldsets = (
        (
            _("Basic Information"),
            {"fields": ("name", "parent", "time_zone", "uses_contract_instructors", "created_at")},
        ),
        (_("Achievements"), {"fields": ("achievements_enabled", "in_global_achievements", "approval_limit")}),
        (_("Badges"), {"fields": ("emails_badges", "undo_seconds")}),
    )
    add_fieldsets = (
        (
            _("Basic Information"),
            {
                "fields": ("name", "parent", "time_zone", "uses_contract_instructors"),
                "description": _("A child organization starts with its parent's achievement settings."),
            },
        ),
    )

    def visible(self, request: HttpRequest) -> QuerySet[Any]:
        """Managed organizations; the own one, where it is not managed, is no row to administer."""
        return managed_organizations(signed_in(request))

    def changeable(self, request: HttpRequest) -> QuerySet[Any]:
        """The same."""
        return self.visible(request)

    def get_fieldsets(self, request: HttpRequest, obj: Organization | None = None) -> Any:
        """The switches of a new organization come from its parent (S87)."""
        return self.add_fieldsets if obj is None else self.fieldsets

    def get_inlines(self, request: HttpRequest, obj: Organization | None) -> Any:
        """A new organization starts with the brand of its parent."""
        return self.inlines if obj is not None else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """The form knows who fills it in."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.user = signed_in(request)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> tuple[str, ...]:
        """The top of the managed part stays under the parent it has."""
        if obj is None or signed_in(request).is_superuser:
            return self.readonly_fields
        is_below = managed_organizations(signed_in(request)).filter(children=obj).exists()
        return self.readonly_fields if is_below else (*self.readonly_fields, "parent")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only a superuser plants a new tree: for others the parent is required."""
        if not signed_in(request).is_superuser:
            kwargs["required"] = True
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save by the rule."""
        if change:
            editing.change_organization(obj, changed=form.changed_data)
        else:
            editing.add_organization(obj)


@admin.register(User)
class AccountAdmin(ScopedAdmin, PlainUserAdmin):
    """People. Who may change whom is `organizations.access.changeable_accounts`."""

    form = AccountForm
    add_form = NewAccountForm
    change_password_form = PasswordForm
    list_display = ("username", "email", "first_name", "last_name", "organization", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", ("groups", ScopedFilter), ("organization", ScopedFilter))
    list_select_related = ("organization",)
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username", "pk")
    filter_horizontal = ()
    autocomplete_fields = ("organization", "managed_organizations")
    actions = ("end_sessions",)
    readonly_fields = ("last_login", "date_joined", "earner_id")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language", "organization", "earner_id")}),
        (_("Training"), {"fields": ("participates_in_achievements", "is_contract_instructor")}),
        (
            _("Permissions"),
            {
                "fields": (
                    "is_active",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                    "managed_organizations",
                )
            },
        ),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "username",
                    "first_name",
                    "last_name",
                    "email",
                    "organization",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    @admin.action(description=_("End the sessions of the selected accounts"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """Those of accounts that the reader may change; the reader goes on here."""
        changeable = self.changeable(request).filter(pk__in=rows.values("pk"))
        here = request.session.session_key
        count = 0
        for user in changeable:
            ended = sessions.end_all(user, but=here)
            record(Action.SESSIONS_ENDED, person=user, after={"count": ended})
            count += ended
        words = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", count)
        messages.success(request, words % {"count": count})

    def changeable(self, request: HttpRequest) -> QuerySet[Any]:
        """Not whoever is visible: whoever reaches no further than the reader."""
        return changeable_accounts(signed_in(request))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """A form that knows who fills it in."""
        return read_by(super().get_form(request, obj, change=change, **kwargs), signed_in(request))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """What makes an account mightier than its organizations is a superuser's to see and to give.

        Of an account that reaches further than the reader, nothing of that reach is told. Where the organization has
        switched achievements off, there is no taking part in them (S86).
        """
        fieldsets = super().get_fieldsets(request, obj)
        user = signed_in(request)
        hidden = set() if user.is_superuser else _FOR_SUPERUSERS
        if obj is not None and not obj.organization.achievements_enabled:
            hidden = hidden | {"participates_in_achievements"}
        is_beyond = obj is not None and obj != user and not self.has_change_permission(request, obj)
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in fieldsets
            if not (is_beyond and "managed_organizations" in options["fields"])
        ]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 - Django's signature
        """Sets another account's. One's own takes the old password, which counts guesses."""
        if id == str(request.user.pk):
            return redirect("password_change")
        return super().user_change_password(request, id, form_url)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Says of a name from before the rules that it waits to be changed."""
        if (user := kwargs.get("obj")) is not None and user.has_old_name:
            messages.warning(request, _("This user name is no longer allowed. Choose another one."))
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """One's own reach is for others to change."""
        return (*self.readonly_fields, *_REACH) if obj == request.user else self.readonly_fields

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Roles are few: boxes to tick."""
        if db_field.name == "groups":
            kwargs["widget"] = forms.CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save by the rule."""
        if change:
            editing.change_account(obj, changed=form.changed_data)
        else:
            editing.add_account(obj)


@admin.register(Group)
class RoleAdmin(PressedOnceAdmin, GroupAdmin):
    """The three roles and whatever groups a deployment adds; for superusers, for a group's permissions reach anywhere."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only, as below."""
        return signed_in(request).is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return signed_in(request).is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return signed_in(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return signed_in(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only, and not the roles that the code names."""
        return signed_in(request).is_superuser and (obj is None or obj.name not in PERMISSIONS)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A role that the code names keeps its name."""
        return ("name",) if obj is not None and obj.name in PERMISSIONS else ()


@admin.register(SweepHint)
class SweepHintAdmin(ReadOnlyAdmin):
    """The queue of the sweep, for a superuser who wonders what waits."""

    list_display = ("pk", "student_id", "achievement_id", "organization_id", "is_of_account", "created_at", "due_at")
    ordering = ("pk",)
    show_full_result_count = False

    def visible(self, request: HttpRequest) -> QuerySet[Any]:
        """All of it, for superusers."""
        rows = SweepHint.objects.all()
        return rows if signed_in(request).is_superuser else rows.none()
