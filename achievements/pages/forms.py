"""Turns requests into achievements, and lists into what was searched for, each within the person's reach."""

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet
from django.forms.utils import ErrorDict
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from achievements.conditions.reach import out_of_reach
from achievements.definitions.editing import FIELDS, newest_change, refuse_badge_of_form
from achievements.definitions.widening import changed_in, refuse_form
from achievements.editor.building import ROWS, names_sought, of_request, of_stored
from achievements.editor.fields import CONDITIONS_HELP, NAMES_SOUGHT, ConditionsField
from achievements.models import Achievement, AchievementChange, Sweep
from badges.models import Badge
from listing.chosen import is_id
from listing.filters import chosen, days, text
from listing.naming import Words
from listing.naming_fields import NamedRowField
from operation.choices import keeping
from organizations.access import managed_organizations, signed_in
from organizations.models import Organization, User

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Achievement]
else:
    ModelForm = forms.ModelForm


class AchievementForm(ModelForm):
    """An achievement, new or edited: of a managed organization, on conditions that are understood and in its reach."""

    conditions = ConditionsField(label=_("Conditions"), help_text=CONDITIONS_HELP)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Achievement
        fields = (*FIELDS, "conditions")
        labels = {
            "name": _("Name"),
            "description": _("Description"),
            "organization": _("Organization"),
            "points": _("Points"),
            "frequency": _("Frequency"),
            "frequency_type": _("Frequency Type"),
            "badge": _("Badge"),
            "is_global": _("Global"),
            "reaches_all_trees": _("Global across all trees"),
            "is_enabled": _("Enabled"),
        }
        help_texts = {
            "frequency": _(
                "Per User: each student can earn it this many times. Per Day: one student every this many days. "
                "Per Achievement: this many times in total, over all students."
            ),
            "badge": _("Issued to everyone who earns the achievement, including those who already earned it."),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        field_classes = {"organization": NamedRowField, "badge": NamedRowField}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.is_superuser:
            del self.fields["reaches_all_trees"]
        self.shown = [name for name in FIELDS if name in self.fields]
        managed = managed_organizations(user)
        self._offer("organization", managed.order_by("name", "pk"))
        self._offer("badge", keeping(Badge.objects.visible_to(user), self.instance.badge_id).order_by("name", "pk"))
        self.fields["badge"].widget.attrs["hx-include"] = "#organization-field"
        self.fields["badge"].beside = "organization"  # type: ignore[attr-defined]
        self.fields["badge"].empty_label = str(_("No badge (points only)"))  # type: ignore[attr-defined]
        if self.instance._state.adding and managed.filter(pk=user.organization_id).exists():
            self.initial.setdefault("organization", user.organization_id)
        if not self.instance._state.adding:
            self.initial["seen"] = newest_change(self.instance.pk)
        # What the fields said when the page was drawn comes back with it: only so it is known what this editor changed.
        for name in (*self.shown, "conditions"):
            self.fields[name].show_hidden_initial = not self.is_bound or "seen" in self.data
        stored = self.initial.get("conditions")
        self._offer_badges_of_owner()
        self.builder = (
            of_request(self.data) if isinstance(self.data, QueryDict) and self.is_bound else of_stored(stored)
        )

    def act(self, act: str) -> None:
        """Do what a button of the builder says. The form is only drawn again: nothing was asked to be saved."""
        assert isinstance(self.data, QueryDict)
        self.builder = of_request(self.data, act)
        self._errors = ErrorDict()

    def after(self, changes: Sequence[AchievementChange]) -> "AchievementForm":
        """The form after somebody else has saved: what this editor did not touch says what it says there now.

        What he or she did touch stays. The changes count as seen.
        """
        assert isinstance(self.data, QueryDict)
        fresh = AchievementForm(instance=Achievement.objects.get(pk=self.instance.pk), user=self.user)
        data = self.data.copy()
        for name in (*self.shown, "conditions"):
            value = fresh[name].value()
            data[f"initial-{name}"] = "" if value is None else str(value)
            if name not in self.changed_data:
                data[name] = str(data[f"initial-{name}"])
        if "conditions" not in self.changed_data:
            data.pop(ROWS, None)  # rows of the conditions as they were: the text makes new ones
        data["seen"] = str(changes[-1].pk)
        return AchievementForm(data, instance=fresh.instance, user=self.user)

    @property
    def initial_conditions(self) -> str:
        """The hidden field with the conditions as they were, for the builder that draws the rest itself."""
        return self["conditions"].as_hidden(only_initial=True) if self.fields["conditions"].show_hidden_initial else ""

    @property
    def owner(self) -> Organization | None:
        """The organization chosen so far, whose reach the conditions have."""
        chosen = self._owner_id
        return managed_organizations(self.user).filter(pk=chosen).first() if chosen else None

    @property
    def basic_information(self) -> list[forms.BoundField]:
        """What is no condition (S50)."""
        return [self[name] for name in self.shown]

    @property
    def warnings(self) -> list[str]:
        """What is allowed in the conditions, and often not what was meant."""
        field = self.fields["conditions"]
        assert isinstance(field, ConditionsField)
        return field.warnings(self.instance)

    def clean(self) -> dict[str, Any]:
        """What no single field can tell."""
        cleaned = super().clean() or {}
        owner = cleaned.get("organization")
        if self.builder.is_torn:
            self.add_error("conditions", _("The form and the JSON differ. Say which one to keep."))
        if names_sought(self.data):
            self.add_error("conditions", NAMES_SOUGHT)
        changed = changed_in(cleaned, self.instance)
        refuse_badge_of_form(self, cleaned)
        # Ids that went out of reach later must not keep anybody from switching the achievement off.
        if owner and cleaned.get("conditions") and {"conditions", "organization"}.intersection(changed):
            self._refuse_ids_out_of_reach(owner)
        refuse_form(self, cleaned, by=self.user)
        return cleaned

    def refuse_name(self) -> None:
        """The name was taken between the check and the save."""
        self.add_error("name", _("Another achievement of this organization has this name."))

    def _named(self, words: str) -> Organization | None:
        """The organization of which somebody wrote the name; none while that is not one alone."""
        with contextlib.suppress(forms.ValidationError):
            return cast("Organization", cast("NamedRowField", self.fields["organization"]).named(words))
        return None

    @property
    def _owner_id(self) -> int | None:
        chosen = self["organization"].value() or ""
        if isinstance(chosen, Words):
            named = self._named(chosen)
            return named.pk if named else None
        return int(chosen) if is_id(str(chosen)) else None

    def _offer_badges_of_owner(self) -> None:
        """What its organization may use, and what is chosen already; until one is chosen, all."""
        field = self.fields["badge"]
        if owner_id := self._owner_id:
            badges = field.queryset  # type: ignore[attr-defined]
            chosen = self["badge"].value() or ""
            usable = badges.usable_by(owner_id)
            field.offered = usable | badges.filter(pk=chosen) if is_id(str(chosen)) else usable  # type: ignore[attr-defined]

    def _refuse_ids_out_of_reach(self, owner: Organization) -> None:
        field = self.fields["conditions"]
        assert isinstance(field, ConditionsField)
        assert field.parsed is not None
        for error in out_of_reach(field.parsed, owner, achievement_id=self.instance.pk):
            self.add_error("conditions", str(error))

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]


def organizations_to_filter_by(request: HttpRequest) -> QuerySet[Organization]:
    """Whose achievements the list may be narrowed to."""
    return managed_organizations(signed_in(request)).order_by("name", "pk")


def badges_to_filter_by(request: HttpRequest) -> QuerySet[Badge]:
    """The badges to whose achievements the list may be narrowed."""
    return Badge.objects.visible_to(signed_in(request)).order_by("name", "pk")


class AchievementFilter(django_filters.FilterSet):
    """Filters of the list of achievements (S57)."""

    name = text("name", _("Name"))
    badge_name = text("badge__name", _("Badge Name"))
    badge = chosen(_("Choose Badge"), badges_to_filter_by, chooser="achievements:filter_badges")
    organization_name = text("organization__name", _("Organization"))
    organization = chosen(
        _("Organization (Choose)"), organizations_to_filter_by, chooser="achievements:filter_organizations"
    )
    enabled = django_filters.BooleanFilter(label=_("Enabled"), field_name="is_enabled")
    created_at = days("created_at", _("Created"))
    modified_at = days("modified_at", _("Last Modified"))


class SweepFilter(django_filters.FilterSet):
    """Filters of the log of sweeps."""

    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Sweep.Kind.choices)
    failed = django_filters.BooleanFilter(label=_("With failures"), method="filter_failed")
    started_at = days("started_at", _("Started between"))

    def filter_failed(self, queryset: QuerySet[Sweep], _name: str, wanted: bool) -> QuerySet[Sweep]:  # noqa: FBT001
        """Only runs in which something failed, or only those in which nothing did, as far as the reader sees it."""
        failed = "failed" if signed_in(self.request).is_superuser else "own_failed"
        return queryset.filter(**{f"{failed}__gt": 0} if wanted else {failed: 0})
