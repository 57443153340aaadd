"""What every admin page shares: its reader finds, changes and chooses only rows of the organizations he or she manages.

A superuser manages all organizations. Availability (S4, S9) shows a row to others; it does not let them change it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from operation.pressing import once
from operation.searching import SearchPath, searched
from organizations.access import grantable_roles, managed_organizations, signed_in
from organizations.models import Organization, User
from organizations.scope import person_search
from organizations.telling_apart import tell_apart

if TYPE_CHECKING:
    PlainAdmin = admin.ModelAdmin[Any]
    PlainInline = admin.TabularInline[Any, Any]
    PlainForm = forms.ModelForm[Any]
else:
    PlainAdmin, PlainInline, PlainForm = admin.ModelAdmin, admin.TabularInline, forms.ModelForm


# What Django's filters by a field put into the address.
_FILTER_LOOKUPS = ("exact", "isnull", "isempty", "gte", "lt", "id__exact")
_CALENDAR_LOOKUPS = ("year", "month", "day", "gte", "lt")

# In the address of an Add page in a window beside another page: the row that was made there.
_MADE = "made"


def choosable(model: type[models.Model], user: User) -> QuerySet[Any]:
    """The rows of a model that the user may put into a form.

    A model that does not say who sees its rows has none to choose from, so that a new model starts closed.
    """
    rows: QuerySet[Any] = model._default_manager.all()
    if user.is_superuser:
        return rows
    if model is Organization:
        return managed_organizations(user)
    if model is Group:
        return grantable_roles(user)
    visible_to = getattr(rows, "visible_to", None)
    return visible_to(user) if visible_to else rows.none()


@admin.display(description=_("id"), ordering="pk")
def id_of(row: models.Model) -> str:
    """A row's id in a list: no amount, so nothing groups its digits."""
    return str(row.pk)


class ScopedForm(PlainForm):
    """Keeps what the row already refers to, even if it is outside the user's scope.

    A foreign key may stay as it is. Rows of a many-to-many field that the reader may not see are neither shown nor
    lost: `kept` holds them until the admin saves.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: dict[str, list[models.Model]] = {}
        if self.instance.pk is None:
            return
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelMultipleChoiceField):
                self._keep(name, field)
            elif isinstance(field, forms.ModelChoiceField) and self.initial.get(name) is not None:
                assert field.queryset is not None
                field.queryset = field.queryset.model._default_manager.filter(
                    Q(pk__in=field.queryset.values("pk")) | Q(pk=self.initial[name])
                )

    def _keep(self, name: str, field: "forms.ModelMultipleChoiceField[Any]") -> None:
        current: list[models.Model] = list(self.initial.get(name) or [])
        if not current:
            return
        assert field.queryset is not None
        seen = set(field.queryset.filter(pk__in=[row.pk for row in current]).values_list("pk", flat=True))
        self.initial[name] = [row for row in current if row.pk in seen]
        self.kept[name] = [row for row in current if row.pk not in seen]


class ScopedChoices:
    """Choices of foreign keys and many-to-many fields in reach; a forged id is then an invalid choice."""

    def choices(self, model: type[models.Model], request: HttpRequest) -> QuerySet[Any]:
        """The rows of `model` that this page offers."""
        return choosable(model, signed_in(request))

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        """What Django asks for each field that has choices from the database."""
        rows = self.choices(db_field.remote_field.model, request)
        related: PlainAdmin | None = admin.site._registry.get(db_field.remote_field.model)
        ordering = related.get_ordering(request) if related else ()
        return rows.order_by(*ordering) if ordering else rows


class ScopedFilter(admin.RelatedFieldListFilter):
    """A list filter that offers only rows in reach."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: PlainAdmin) -> list[tuple[str, Any]]:
        """Pairs of id and name."""
        rows = choosable(field.remote_field.model, signed_in(request))
        choices: list[tuple[str, Any]] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to=Q(pk__in=rows.values("pk")),
        )
        return choices


class PressedOnceAdmin(PlainAdmin):
    """An admin page whose Add form makes one row, however often its button is pressed."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """The form; and, in a window beside another page, what tells that page of the new row."""
        if request.method != "POST" and _MADE in request.GET:
            return self._told_beside(request, request.GET[_MADE])
        return once(super().add_view)(request, form_url, extra_context)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """In a window beside another page, too, it leads to an address: there a second press can go as well."""
        if IS_POPUP_VAR in request.POST:
            return redirect(f"{request.path}?{urlencode({IS_POPUP_VAR: 1, _MADE: obj.pk})}")
        return super().response_add(request, obj, post_url_continue)

    def _told_beside(self, request: HttpRequest, made: str) -> HttpResponse:
        row = self.get_object(request, made)
        if row is None or not self.has_view_or_change_permission(request, row):
            raise Http404
        request.POST = QueryDict(f"{IS_POPUP_VAR}=1")  # of which Django asks what kind of window it is
        return super().response_add(request, row)


class ScopedAdmin(ScopedChoices, PressedOnceAdmin):
    """An admin page for rows that organizations own."""

    form = ScopedForm
    # The ways from a row to the organizations that own it; managing any one of them is enough to change the row.
    owners: ClassVar[Sequence[str]] = ("organization",)
    # The ways from a row to people: their names are searched, their user names and addresses within the reader's scope.
    people: ClassVar[Sequence[str]] = ()
    list_per_page = 50
    save_on_top = False

    def visible(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows the reader may find."""
        visible: QuerySet[Any] = self.model._default_manager.visible_to(signed_in(request))
        return visible

    def changeable(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows the reader may change: those of managed organizations."""
        user = signed_in(request)
        rows: QuerySet[Any] = self.model._default_manager.all()
        if user.is_superuser:
            return rows
        managed = managed_organizations(user).values("pk")
        reach = Q()
        for path in self.owners:
            reach |= Q(**{f"{path}__in": managed})
        return rows.filter(reach)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The list, every single row, and the answers of autocomplete start here."""
        rows = self.visible(request)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, or 404: outside one's organizations a row is as good as missing."""
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The permission, and for a row also the reach."""
        return super().has_change_permission(request, obj) and self._in_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The permission, and for a row also the reach."""
        return super().has_delete_permission(request, obj) and self._in_reach(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the filters and the calendar of the page ask: any other lookup would tell what the page hides."""
        return lookup in self._offered(request) and super().lookup_allowed(lookup, value, request)

    def _offered(self, request: HttpRequest) -> set[str]:
        filters: list[Any] = list(self.get_list_filter(request))
        paths = [one[0] if isinstance(one, (tuple, list)) else one for one in filters]
        offered = {f"{path}__{lookup}" for path in paths for lookup in _FILTER_LOOKUPS}
        return offered | {f"{self.date_hierarchy}__{part}" for part in _CALENDAR_LOOKUPS if self.date_hierarchy}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows in which every word is found; of people, no more is searched than the reader may see."""
        user = signed_in(request)
        paths = [*self.get_search_fields(request), *self.more_search_paths(user)]
        return searched(queryset, paths, search_term), False

    def more_search_paths(self, user: User) -> list[SearchPath]:
        """Where else the words may be, as far as the reader may know."""
        return [path for to in self.people for path in person_search(user, to)]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """A list that tells people of one name apart."""
        return ToldApartList

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed the row, by name: Django's page also prints the user name, which may be an address."""
        response = super().history_view(request, object_id, extra_context)
        context = response.context_data if isinstance(response, TemplateResponse) else None
        entries = context["action_list"] if context else ()
        tell_apart([entry.user for entry in entries], signed_in(request))
        for entry in entries:
            entry.user = User(username=str(entry.user))
        return response

    def _in_reach(self, request: HttpRequest, row: models.Model | None) -> bool:
        return row is None or signed_in(request).is_superuser or self.changeable(request).filter(pk=row.pk).exists()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save, and keep the related rows that the reader could not see."""
        for name, kept in form.kept.items():
            form.cleaned_data[name] = [*form.cleaned_data.get(name, []), *kept]
        super().save_related(request, form, formsets, change)


class ToldApartList(ChangeList):
    """A list of the administration in which equal names of people have what differs beside them."""

    def get_results(self, request: HttpRequest) -> None:
        """The rows of the page."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        names = [field.name for field in self.model._meta.fields if field.related_model is User]
        shown = [name for name in names if name in self.list_display]
        tell_apart([getattr(row, name) for row in self.result_list for name in shown], signed_in(request))


class ScopedInline(ScopedChoices, PlainInline):
    """Rows that belong to the row of the page, and go the way of its permissions."""

    form: "type[PlainForm]" = ScopedForm
    extra = 0


class ReadOnlyAdmin(ScopedAdmin):
    """A page to look things up: the rows are written elsewhere, by code that keeps their promises."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
