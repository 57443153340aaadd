"""Draws the two statuses of each line of a roster: one select each, or words where the status cannot be changed."""

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from classes.models import Enrollment


@dataclass(frozen=True)
class LineChoices:
    """One line as its roster shows it, in the form with the id `form`. Of one that was sent and refused, `sent` is what was
    chosen.

    A roster has a hundred lines: what a form with its fields and templates would draw takes ten times as long.
    """

    line: Enrollment
    has_begun: bool
    may_change: bool = True
    sent: QueryDict | None = None
    form: str = "roster"

    @property
    def may_change_enrollment(self) -> bool:
        """Until the class begins; a student who is enrolled then stays so."""
        return self.may_change and not (self._is_enrolled and self.has_begun)

    @property
    def may_change_completion(self) -> bool:
        """Once the class has begun, of those who are enrolled."""
        return self.may_change and self._is_enrolled and self.has_begun

    def seen(self) -> SafeString:
        """Hidden: what the line says now, against which a change is saved. To save again is to answer to that."""
        values = {"enrollment": self.line.enrollment_status, "completion": self.line.completion_status}
        fields = ((f"line-{self.line.pk}-was_{name}", value, self.form) for name, value in values.items())
        return format_html_join("", '<input type="hidden" name="{}" value="{}" form="{}">', fields)

    def enrollment(self) -> SafeString:
        """The enrollment status."""
        if not self.may_change_enrollment:
            return _word(Enrollment.Status, self.line.enrollment_status)
        words = _("Enrollment Status of %(student)s") % {"student": self.line.student}
        return self._select("enrollment", Enrollment.Status, self.line.enrollment_status, words)

    def completion(self) -> SafeString:
        """The completion status."""
        if not self.may_change_completion:
            return _word(Enrollment.Completion, self.line.completion_status)
        words = _("Completion Status of %(student)s") % {"student": self.line.student}
        return self._select("completion", Enrollment.Completion, self.line.completion_status, words)

    @property
    def _is_enrolled(self) -> bool:
        return self.line.enrollment_status == Enrollment.Status.ENROLLED

    def _select(self, name: str, choices: type[TextChoices], now: str, words: str) -> SafeString:
        name = f"line-{self.line.pk}-{name}"
        chosen = self.sent.get(name, now) if self.sent is not None else now
        options = _options(choices, chosen if chosen in choices else now, get_language())
        return format_html('<select name="{}" aria-label="{}" form="{}">{}</select>', name, words, self.form, options)


def _word(choices: type[TextChoices], now: str) -> SafeString:
    return format_html("{}", choices(now).label)


@lru_cache(maxsize=256)
def _options(choices: type[TextChoices], chosen: str, _language: str | None) -> SafeString:
    each = ((value, SafeString(" selected" if value == chosen else ""), label) for value, label in choices.choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', each)
