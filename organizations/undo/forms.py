"""Turns a request into the seconds for which what is issued by hand can be undone."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from organizations.models import Organization
from organizations.models.people import LONGEST_UNDO
from organizations.undo.words import said_of
from organizations.undo_times import UndoTime


class UndoForm(forms.ModelForm):  # type: ignore[type-arg]
    """An organization's own seconds; `inherited` is what holds without any. The page says the bounds beside the field."""

    class Meta:
        model = Organization
        fields = ("undo_seconds",)

    def __init__(self, *args: Any, inherited: UndoTime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["undo_seconds"]
        field.label = _("Seconds to undo")
        field.help_text = _(
            "From 0 to %(most)s. 0 switches Undo off: badges leave at once. Leave empty to use %(inherited)s."
        ) % {"most": LONGEST_UNDO, "inherited": said_of(inherited)}
        field.widget.attrs |= {"min": 0, "max": LONGEST_UNDO, "inputmode": "numeric"}
