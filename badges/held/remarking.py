"""The form piece of every page that issues by hand: a note and a link that go with the badges (N19)."""

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from badges.issuing.remarks import Remark
from badges.models import LONGEST_LINK, LONGEST_NOTE
from operation.characters import ProseFormField
from operation.web_addresses import WebAddressField


class RemarkForm(forms.Form):
    """A note and a link, drawn by templates/badges/_remark.html: folded until something is in it."""

    note = ProseFormField(label=_("Note"), required=False, max_length=LONGEST_NOTE)
    link = WebAddressField(label=_("Link"), required=False, max_length=LONGEST_LINK)

    @cached_property
    def is_used(self) -> bool:
        """Whether something was entered, right or wrong."""
        return any(self[name].value() for name in ("note", "link"))

    @property
    def is_refused(self) -> bool:
        """Whether what was entered cannot be issued with a badge."""
        return bool(self["note"].errors or self["link"].errors)

    @property
    def remark(self) -> Remark:
        """What was entered; of a valid form."""
        return Remark(self.cleaned_data["note"], self.cleaned_data["link"])


def remark_of_student(data: Any, student_id: int) -> RemarkForm:
    """The same for one student of many, by fields of their own."""
    return RemarkForm(data, prefix=f"student-{student_id}")
