"""How far ahead of the clock training may be dated: what has not happened cannot have been earned."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

# Clocks and time zones may be wrong by hours. What is ahead by less counts when its moment has come.
MOST_AHEAD = timedelta(days=1)


def is_too_far_ahead(moment: datetime) -> bool:
    """Whether training may not be dated by this moment."""
    return moment > timezone.now() + MOST_AHEAD


def refuse_moments_ahead(form: ModelForm, names: Iterable[str]) -> None:
    """Add an error to each of these fields that is too far ahead. What stands there already may stay."""
    for name in names:
        moment = form.cleaned_data.get(name)
        if moment is not None and moment != getattr(form.instance, name) and is_too_far_ahead(moment):
            form.add_error(name, _("This is more than a day ahead. Enter it when it has happened."))
