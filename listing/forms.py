"""The forms of saved views: the one above a list, and the page of each."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from listing.addresses import VIEW, ListAddress, NoListError, list_address, state_of_address
from listing.downloads import EXPORT
from listing.models import SavedView
from listing.naming_fields import NamedRowField
from listing.paging import PLACE
from operation.characters import validate_one_line
from organizations.access import managed_organizations
from organizations.models import User


class StateForm(forms.Form):
    """The state of a list: `next` is its address."""

    next = forms.CharField(max_length=8000, widget=forms.HiddenInput)

    address: ListAddress

    def clean_next(self) -> str:
        """An address of ours."""
        try:
            self.address = list_address(self.cleaned_data["next"])
        except NoListError:
            raise forms.ValidationError(_("This list does not exist. Reload the page and try again.")) from None
        return str(self.cleaned_data["next"])

    @property
    def query(self) -> str:
        """What a view keeps of it."""
        return state_of_address(self.address.query, (*PLACE, EXPORT, VIEW))


class SaveViewForm(StateForm):
    """The state of a list, and the name to keep it under."""

    name = forms.CharField(label=_("Name"), max_length=200, validators=[validate_one_line])


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]
    """What can be changed of a view: its name, whom it is shared with, and, by its owner, whether the list opens with it."""

    class Meta:
        model = SavedView
        fields = ["name", "is_default", "organization"]
        labels = {"name": _("Name"), "is_default": _("Default"), "organization": _("Shared with")}
        field_classes = {"organization": NamedRowField}

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organization = self.fields["organization"]
        assert isinstance(organization, forms.ModelChoiceField)
        organization.queryset = managed_organizations(by).order_by("name", "pk")
        organization.empty_label = str(_("Only me")) if self.instance.owner == by else str(_("Only its owner"))
        if not organization.queryset.exists():
            del self.fields["organization"]
        if self.instance.owner != by:
            del self.fields["is_default"]
