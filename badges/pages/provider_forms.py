"""Turns requests into badge providers, within the person's reach."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from badges.accounts.editing import ACCOUNT, EDITED, count_tied, say_tied
from badges.catalogue.availability import children, refuse_others_than_children
from badges.models import WITHOUT_ACCOUNT, BadgeProvider, BadgeTemplate
from badges.providers.hosts import refuse_unsafe_url
from listing.filters import one_of
from listing.naming_fields import NamedRowField, NamedRowsField, NamedRowTicks
from operation.characters import validate_one_line
from organizations.access import managed_organizations, signed_in
from organizations.models import Organization, User

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[BadgeProvider]
else:
    ModelForm = forms.ModelForm

API_URL = "https://sandbox-api.youracclaim.com/v1"
BASIC_INFORMATION = (
    "kind",
    "name",
    "description",
    "organization",
    "provider_organization_id",
    "new_token",
    "api_url",
    "requests_per_second",
    "website",
    "contact_email",
    "is_enabled",
)


def token_field() -> forms.CharField:
    """A field that takes a token and never shows one."""
    return forms.CharField(
        label=_("Badge Provider Api Authentication Token"),
        required=False,
        max_length=4096,
        strip=True,
        validators=[validate_one_line],
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )


def refuse_incomplete_account(form: "forms.ModelForm[BadgeProvider]") -> None:
    """What a provider with an account needs (S3), each error at its field; one without is given none of it.

    A new address must be one that may be called from here, whoever typed it. A provider that lost its token by moving
    may be edited without one: its page says that it lacks it.
    """
    cleaned = form.cleaned_data
    if cleaned.get("kind") in WITHOUT_ACCOUNT:
        cleaned |= {"provider_organization_id": "", "api_url": ""}
        return
    required = {
        "provider_organization_id": _("Enter the organization id that the provider gave you."),
        "api_url": _("Enter the address of the provider's API."),
    }
    for name, sentence in required.items():
        if not cleaned.get(name) and name not in form.errors:
            form.add_error(name, forms.ValidationError(sentence, code="required"))
    if (form.instance._state.adding or "kind" in form.changed_data) and not cleaned.get("new_token"):
        form.add_error("new_token", forms.ValidationError(_("Enter the token of the account."), code="required"))
    if cleaned.get("api_url") and "api_url" in form.changed_data:
        try:
            refuse_unsafe_url(cleaned["api_url"])
        except forms.ValidationError as refusal:
            form.add_error("api_url", refusal)


def refuse_leaving_badges(form: "forms.ModelForm[BadgeProvider]") -> None:
    """A provider stays at its account while badges are on their way there. Looks at the cleaned account."""
    stored, cleaned = form.instance, form.cleaned_data
    moved = [name for name in ACCOUNT if name in cleaned and cleaned[name] != getattr(stored, name)]
    if not stored._state.adding and moved and (count := count_tied(stored)):
        form.add_error(moved[0], forms.ValidationError(say_tied(count), code="in_use"))


# What only some types of provider have: the page shows it while one of them is chosen.
OF_ACCOUNTS = ("provider_organization_id", "new_token", "api_url", "requests_per_second")
OF_THE_BUILT_IN_ISSUER = ("website", "contact_email")
OF_SOME_KINDS = {
    **dict.fromkeys(OF_ACCOUNTS, " ".join(kind for kind in BadgeProvider.Kind if kind not in WITHOUT_ACCOUNT)),
    **dict.fromkeys(OF_THE_BUILT_IN_ISSUER, BadgeProvider.Kind.BUILT_IN.value),
}


def keep_what_other_kinds_have(form: "forms.ModelForm[BadgeProvider]") -> None:
    """Fields that the chosen type of provider does not have are not shown: none is refused, and none is changed."""
    kind = form.cleaned_data.get("kind")
    for name, kinds in OF_SOME_KINDS.items() if kind else ():
        if kind not in kinds.split():
            form.errors.pop(name, None)
            form.cleaned_data[name] = form.get_initial_for_field(form.fields[name], name) or ""


@dataclass(frozen=True)
class FieldOfKinds:
    """A field of the page, the types of provider that alone have it, or nothing, and whether they need it."""

    field: forms.BoundField
    kinds: str
    is_needed: bool


class ProviderForm(ModelForm):
    """A provider, new or edited (S3, S4); its token is written and never read."""

    new_token = token_field()
    field_order = (*BASIC_INFORMATION, "available_to")  # of the page, and so of what an error summary lists

    class Meta:
        model = BadgeProvider
        fields = (*EDITED, "available_to")
        labels = {
            "name": _("Name"),
            "description": _("Description"),
            "organization": _("Organization"),
            "kind": _("Badge Provider Type"),
            "provider_organization_id": _("Badge Provider Organization Id"),
            "api_url": _("API URL"),
            "requests_per_second": _("Requests per second"),
            "website": _("Website"),
            "contact_email": _("Contact e-mail"),
            "is_enabled": _("Enabled"),
            "available_to": _("Child organizations"),
        }
        help_texts = {
            "name": _("For example IPC-Credly."),
            "kind": _(
                "Credly needs an organization id, a token and an API URL; the built-in issuer needs none of them."
            ),
            "api_url": _("Where badges are issued, with the version at its end."),
            "is_enabled": _("A provider that is switched off is not called, and its badges cannot be issued."),
            "available_to": _("These organizations may use this provider for their badges."),
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "api_url": forms.URLInput(attrs={"placeholder": API_URL, "autocomplete": "off"}),
            "provider_organization_id": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "available_to": NamedRowTicks,
        }
        field_classes = {"organization": NamedRowField, "available_to": NamedRowsField}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managed = managed_organizations(user)
        self._offer("organization", managed.order_by("name", "pk"))
        below: QuerySet[Organization] = managed.filter(parent__isnull=False)
        if not self.instance._state.adding:
            below = children(self.instance.organization)
        elif managed.filter(pk=user.organization_id).exists():
            self.initial.setdefault("organization", user.organization_id)
        self._offer("available_to", below.order_by("name", "pk"))
        self.offers_availability = below.exists()
        self.had_token = bool(self.instance.encrypted_token)
        self.had_account = not self.instance._state.adding and self.instance.has_account
        self.fields["new_token"].help_text = self._about_the_token()
        self.fields["requests_per_second"].required = False  # by clean(), of the types that have it

    @property
    def basic_information(self) -> list[FieldOfKinds]:
        """All fields but availability, the type first: it says which others there are."""
        return [FieldOfKinds(self[name], OF_SOME_KINDS.get(name, ""), self._needs(name)) for name in BASIC_INFORMATION]

    def _needs(self, name: str) -> bool:
        """Whether an account needs the field; the token of one that is stored already need not be typed again."""
        return name in OF_ACCOUNTS and not (name == "new_token" and self.had_account)

    @property
    def token_was_dropped(self) -> bool:
        """Whether a token was typed into a form that was refused: no page shows it again."""
        return bool(self.errors and self.data.get("new_token"))

    def clean_api_url(self) -> str:
        """Without the slash at its end, which would be doubled in every request."""
        return str(self.cleaned_data["api_url"]).rstrip("/")

    def clean(self) -> dict[str, Any]:
        """What no single field can tell."""
        super().clean()
        keep_what_other_kinds_have(self)
        refuse_incomplete_account(self)
        refuse_leaving_badges(self)
        self._require_a_pace()
        cleaned = self.cleaned_data
        if cleaned.get("organization") and cleaned.get("available_to"):
            try:
                refuse_others_than_children(cleaned["organization"], cleaned["available_to"])
            except forms.ValidationError as refusal:
                self.add_error("available_to", refusal)
        return cleaned

    def _require_a_pace(self) -> None:
        pace = "requests_per_second"
        if pace not in self.errors and self.cleaned_data.get(pace) is None:
            words = self.fields[pace].error_messages["required"]
            self.add_error(pace, forms.ValidationError(words, code="required"))

    def refuse_account(self, count: int) -> None:
        """Badges set out between the check and the save."""
        self.add_error("kind", say_tied(count))

    def refuse_name(self) -> None:
        """The name was taken between the check and the save."""
        self.add_error("name", _("Another badge provider of this organization has this name."))

    def _about_the_token(self) -> Any:
        if self.had_token:
            return _(
                "A token is stored. It is never shown; leave this blank to keep it. "
                "Changing the type, the organization id or the API URL clears it unless you enter one here."
            )
        return _("Stored encrypted and never shown again.")

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]


class PauseForm(forms.Form):
    """Why a provider is paused."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        strip=True,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _managed(request: HttpRequest) -> QuerySet[Organization]:
    return managed_organizations(signed_in(request)).order_by("name", "pk")


class ProviderFilter(django_filters.FilterSet):
    """Filters of the list of badge providers."""

    organization = one_of(_("Organization"), _managed)
    kind = django_filters.ChoiceFilter(label=_("Badge Provider Type"), choices=BadgeProvider.Kind.choices)
    enabled = django_filters.BooleanFilter(label=_("Enabled"), field_name="is_enabled")
    paused = django_filters.BooleanFilter(label=_("Paused"), field_name="paused_at", lookup_expr="isnull", exclude=True)


class TemplateFilter(django_filters.FilterSet):
    """Filters of a provider's templates."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=BadgeTemplate.State.choices)
    duplicates = django_filters.BooleanFilter(label=_("Allows duplicates"), field_name="allows_duplicates")
