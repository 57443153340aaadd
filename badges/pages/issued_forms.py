"""The forms of what is done to issued badges: chosen lines of a list, a reason, an address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from listing.chosen import MOST_AT_ONCE, ChosenIds, is_id
from operation.characters import ProseFormField


class ChosenField(forms.MultipleChoiceField):
    """Ids of chosen lines, in boxes or in one field; which of them the person may see is the view's to ask."""

    widget = ChosenIds

    def validate(self, value: Any) -> None:
        """Numbers, at least one, and no more than one press may be about."""
        if not value:
            raise forms.ValidationError(_("Select at least one badge."), code="required")
        if len(value) > MOST_AT_ONCE:
            words = _("Select at most %(most)s badges at a time.")
            raise forms.ValidationError(words, code="too_many", params={"most": f"{MOST_AT_ONCE:,}"})
        if not all(map(is_id, value)):
            raise forms.ValidationError(_("Select badges from the list."), code="invalid")

    def clean(self, value: Any) -> list[int]:
        """The ids, each once."""
        return [int(pk) for pk in dict.fromkeys(super().clean(value))]


class ChosenForm(forms.Form):
    """The chosen lines of Find Issued Badges."""

    issued = ChosenField()

    @property
    def refusal(self) -> str:
        """Why nothing can be done with what was chosen."""
        return " ".join(str(error) for error in self.errors["issued"])


class RevokeForm(forms.Form):
    """Why badges are taken back: kept with each, and told to the provider."""

    reason = ProseFormField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Kept with the badge and told to its provider."),
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )


class ReissueForm(forms.Form):
    """`key` is that of the rendered form, so that a double click issues once."""

    key = forms.UUIDField(widget=forms.HiddenInput)


class ReaddressForm(forms.Form):
    """The address that a badge goes to instead."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, now: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_email(self) -> str:
        """Another one than before: the same one is what Send Again is for."""
        email = str(self.cleaned_data["email"])
        if email.casefold() == self.now.casefold():
            raise forms.ValidationError(_("This badge is already sent to that address."), code="same")
        return email
