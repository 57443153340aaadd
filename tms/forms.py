"""The form that belongs to every list: its Output Options."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from listing.addresses import NoListError, list_address
from organizations.models import languages

MOST_COLUMNS = 60


class LanguageForm(forms.Form):
    """The language to read in, and the page to go on with."""

    language = forms.ChoiceField(choices=languages)
    next = forms.CharField(max_length=4000, required=False)


class OutputOptionsForm(forms.Form):
    """Which columns a list shows, and how many results: `next` is the list's own address and names the page."""

    next = forms.CharField(max_length=4000)
    per_page = forms.IntegerField(required=False, min_value=1, max_value=1000)

    page_name = ""

    def clean_next(self) -> str:
        """A path of ours, and of a page that there is."""
        wanted = str(self.cleaned_data["next"])
        try:
            self.page_name = list_address(wanted).page_name
        except NoListError:
            raise forms.ValidationError(_("This list does not exist. Reload the page and try again.")) from None
        return wanted

    def clean(self) -> dict[str, Any]:
        """The columns have no field: their names are the list's, and the list ignores those it does not know."""
        cleaned = super().clean() or {}
        assert isinstance(self.data, MultiValueDict)
        names = self.data.getlist("columns")
        if len(names) > MOST_COLUMNS or any(len(name) > MOST_COLUMNS for name in names):
            raise forms.ValidationError(_("This list does not exist. Reload the page and try again."))
        return {**cleaned, "columns": names}

    @property
    def address(self) -> str:
        """Back to the list, with the results per page."""
        parts = urlsplit(self.cleaned_data["next"])
        query = parse_qsl(parts.query, keep_blank_values=True)
        if self.cleaned_data["per_page"]:
            query.append(("per_page", str(self.cleaned_data["per_page"])))
        return f"{parts.path}?{urlencode(query)}" if query else parts.path
