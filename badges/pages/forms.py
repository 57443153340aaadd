"""Turns requests into badges, and lists of them into what was searched for, each within the person's reach."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from badges.catalogue.availability import children, refuse_foreign_provider, refuse_others_than_children
from badges.catalogue.images import BadgeImageField
from badges.catalogue.skills import skills_field
from badges.catalogue.template_choice import offered_templates, say_missing
from badges.held.adoption import that_took
from badges.models import (
    Badge,
    BadgeProvider,
    BadgeTemplate,
    IssuedBadge,
    IssuedBadgeQuerySet,
    Step,
    Via,
    tells_actor,
)
from badges.providers.opening import capabilities_of
from listing.chosen import is_id, numbers
from listing.filters import days, one_of, person, text
from listing.naming_fields import NamedRowField, NamedRowsField, NamedRowTicks
from listing.narrowing import LONGEST_SEARCH
from operation.searching import found_at
from organizations.access import managed_organizations
from organizations.models import Organization, User

HELD = "held"
# What a provider did not take, be it the badge or its revocation.
RETRIABLE = "retriable"
BY_HAND = "by_hand"
YES, NO = "yes", "no"

# The provider first: it says what else there is to fill in.
BASIC_INFORMATION = (
    "provider",
    "provider_template_id",
    "name",
    "description",
    "criteria",
    "image",
    "organization",
    "valid_days",
    "manual_issuance",
)


class BadgeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A badge, new or edited: its organization is managed by the user, its provider one that the organization may use."""

    image = BadgeImageField(
        label=_("Image"),
        required=False,
        help_text=_("PNG, JPEG or WebP of at most 5 MB, or SVG of at most 512 KB. It is shown as a square."),
        widget=forms.ClearableFileInput,
    )

    skills = skills_field()

    class Meta:
        model = Badge
        fields = (*BASIC_INFORMATION, "skills", "available_to")
        labels = {
            "name": _("Name"),
            "description": _("Description"),
            "criteria": _("Criteria"),
            "organization": _("Organization"),
            "provider": _("Badge Provider"),
            "provider_template_id": _("Badge Provider Template Id"),
            "valid_days": _("Valid for (days)"),
            "available_to": _("Child organizations"),
        }
        help_texts = {
            "name": _("Best practice: use the template's name."),
            "provider_template_id": _("Names the badge at the provider. The built-in issuer needs none."),
            "available_to": _(
                "These organizations may use this badge for their achievements. Achievements that use it already keep it."
            ),
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "criteria": forms.Textarea(attrs={"rows": 3}),
            "provider_template_id": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "available_to": NamedRowTicks,
        }
        field_classes = {"organization": NamedRowField, "provider": NamedRowField, "available_to": NamedRowsField}

    templates: Sequence[BadgeTemplate] = ()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managed = managed_organizations(user)
        self._offer("organization", managed.order_by("name", "pk"))
        self.providers = BadgeProvider.objects.visible_to(user).order_by("name", "pk")
        self._offer("provider", self.providers)
        self.fields["provider"].beside = "organization"  # type: ignore[attr-defined]
        below: QuerySet[Organization] = managed.filter(parent__isnull=False)
        if not self.instance._state.adding:
            below = children(self.instance.organization)
        elif managed.filter(pk=user.organization_id).exists():
            self.initial.setdefault("organization", user.organization_id)
        self._offer("available_to", below.order_by("name", "pk"))
        self.offers_availability = below.exists()
        if (provider := self._chosen_provider()) and capabilities_of(provider).has_templates:
            self._ask_for_a_template(provider)

    @property
    def basic_information(self) -> list[forms.BoundField]:
        """All fields but availability, manual issuance last (S7)."""
        return [self[name] for name in BASIC_INFORMATION]

    def chosen(self, name: str) -> Any:
        """The row that a field stands at, sent or not, refused or not. Of a form that was sent: once it is cleaned."""
        row = self.cleaned_data.get(name) if self.is_bound else None
        return row or self.fields[name].chosen(self[name].value())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What no single field can tell."""
        cleaned = super().clean() or {}
        owner = cleaned.get("organization")
        if owner and cleaned.get("provider"):
            self._keep("provider", refuse_foreign_provider, owner, cleaned["provider"])
        if owner and cleaned.get("available_to"):
            self._keep("available_to", refuse_others_than_children, owner, cleaned["available_to"])
        return cleaned

    def refuse_name(self) -> None:
        """The name was taken between the check and the save."""
        self.add_error("name", _("Another badge of this organization has this name."))

    def _keep(self, field: str, rule: Any, *arguments: Any) -> None:
        """Run a rule; what it refuses is the field's error."""
        try:
            rule(*arguments)
        except forms.ValidationError as refusal:
            self.add_error(field, refusal)

    def _chosen_provider(self) -> BadgeProvider | None:
        """The provider that the page is drawn for, if it is one of those offered."""
        found: BadgeProvider | None = self.fields["provider"].chosen(self["provider"].value())  # type: ignore[attr-defined]
        return found

    def _ask_for_a_template(self, provider: BadgeProvider) -> None:
        """A badge of a provider that has templates needs one of them: they are offered by name."""
        field = self.fields["provider_template_id"]
        field.required = field.widget.is_required = True
        field.error_messages["required"] = say_missing(provider)
        self.templates = offered_templates(provider)
        if self.templates:
            field.widget.attrs["list"] = "provider-templates"

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]


def _managed(request: HttpRequest) -> QuerySet[Organization]:
    assert isinstance(request.user, User)
    return managed_organizations(request.user).order_by("name", "pk")


def _providers(request: HttpRequest) -> QuerySet[BadgeProvider]:
    assert isinstance(request.user, User)
    return BadgeProvider.objects.visible_to(request.user).order_by("name", "pk")


class BadgeFilter(django_filters.FilterSet):
    """Filters of the list of badges."""

    organization = one_of(_("Organization"), _managed)
    provider = one_of(_("Badge Provider"), _providers, beside="organization")
    manual = django_filters.BooleanFilter(label=_("Enable Manual Issuance"), field_name="manual_issuance")


def _issued_from(via: Via, label: Any) -> Any:
    """A filter by where a badge was issued from: a number is an id (S74), anything else some of the words kept with it."""

    def narrow(queryset: QuerySet[IssuedBadge], _name: str, words: str) -> QuerySet[IssuedBadge]:
        rows = queryset.filter(via=via)
        return rows.filter(source_id=int(words)) if is_id(words) else rows.filter(found_at("source_words", words))

    return django_filters.CharFilter(label=label, method=narrow, max_length=LONGEST_SEARCH)


def _standing(queryset: IssuedBadgeQuerySet, _name: str, wanted: str) -> IssuedBadgeQuerySet:
    """By the clock of now; `held` are all that are neither lost nor refused, however they stand."""
    if wanted == HELD:
        return queryset.held()
    if wanted == RETRIABLE:
        return queryset.filter(delivery=IssuedBadge.Delivery.FAILED)
    return queryset.standing(wanted, at=timezone.now())


def _with_ids(queryset: QuerySet[IssuedBadge], _name: str, words: str) -> QuerySet[IssuedBadge]:
    """Those of the ids that are ids, with commas or blanks between them."""
    return queryset.filter(pk__in=numbers(words.split()))


def _step(queryset: IssuedBadgeQuerySet, _name: str, wanted: str) -> IssuedBadgeQuerySet:
    """What a number of Adoption counts."""
    return that_took(queryset, Step(wanted))


def _via(queryset: IssuedBadgeQuerySet, _name: str, wanted: str) -> IssuedBadgeQuerySet:
    """Whatever no achievement issued was issued by hand."""
    return queryset.exclude(via=Via.ACHIEVEMENT) if wanted == BY_HAND else queryset.filter(via=wanted)


class IssuedBadgeFilter(django_filters.FilterSet):
    """Filters of Find Issued Badges (S124)."""

    badge = text("badge__name", _("Badge Name"))
    student = person("student", _("Student"))
    provider = one_of(_("Badge Provider"), _providers, beside="organization")
    status = django_filters.ChoiceFilter(
        label=_("Issued Status"),
        choices=[*IssuedBadge.Standing.choices, (HELD, _("Held")), (RETRIABLE, _("Can be retried"))],
        method=_standing,
    )
    via = django_filters.ChoiceFilter(
        label=_("Issued through"), choices=[*Via.choices, (BY_HAND, _("By hand"))], method=_via
    )
    of_badge = django_filters.NumberFilter(
        label=_("Badge (id)"), field_name="badge_id", min_value=1, max_value=models.BigIntegerField.MAX_BIGINT
    )
    organization = one_of(_("Organization"), _managed, field_name="badge__organization")
    from_class = _issued_from(Via.ROSTER, _("Class (id or name)"))
    from_achievement = _issued_from(Via.ACHIEVEMENT, _("Achievement (id or name)"))
    issued_at = days("issued_at", _("Issued between"))
    issued_by = person("issued_by", _("Issued by"), among=lambda user: tells_actor(user, "issued_by"))
    step = django_filters.ChoiceFilter(label=_("Adoption"), choices=Step.choices, method=_step)
    ids = django_filters.CharFilter(label=_("Ids"), method=_with_ids, max_length=LONGEST_SEARCH)


class AdoptionFilter(IssuedBadgeFilter):
    """Filters of Adoption: those of Find Issued Badges, by the same names, but for people and for where a badge stands."""

    student = status = issued_by = step = ids = None


class IssuanceFilter(django_filters.FilterSet):
    """Filters of the issuances; `source` is the id of the class or assignment they were made from."""

    via = django_filters.ChoiceFilter(label=_("Issued through"), choices=Via.choices)
    source = django_filters.NumberFilter(
        label=_("From (id)"), field_name="source_id", min_value=1, max_value=models.BigIntegerField.MAX_BIGINT
    )
    created_at = days("created_at", _("Issued between"))
    issued_by = person("issued_by", _("Issued by"))


class NameForm(forms.Form):
    """Whether the world may read the holder's name. Neither answer is chosen beforehand."""

    is_name_public = forms.TypedChoiceField(
        label=_("Show your name?"),
        choices=[(YES, _("Show my name")), (NO, _("Keep it private"))],
        coerce=lambda answer: answer == YES,
        widget=forms.RadioSelect,
        help_text=_("Also in downloaded files. Copies already downloaded do not change."),
        error_messages={"required": _("Choose whether to show your name.")},
    )


class ConsentForm(NameForm):
    """What a holder lets the world know of a badge."""

    is_listed = forms.BooleanField(label=_("Let search engines find this page"), required=False)

    @classmethod
    def of(cls, issued: IssuedBadge) -> "ConsentForm":
        """The form with what was decided."""
        answer = (YES if issued.is_name_public else NO) if issued.is_name_decided else ""
        return cls(initial={"is_name_public": answer, "is_listed": issued.is_listed})
