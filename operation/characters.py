"""Which characters a text may hold: one rule for pages, administration, imports and signed documents."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

# What programs write for a line break, besides the line feed. Word processors write U+000B for Shift and Enter.
_LINE_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
# Controls, halves of characters, and places in Unicode that stand for no character.
_NEVER = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
# Marks that turn the direction of the text around them: a name would read as another one.
_TURNS = "\u202a-\u202e\u2066-\u2069"

LINE_BREAK = re.compile(f"\r\n|[{_LINE_BREAKS}]")
NOT_ON_ONE_LINE = re.compile(f"[{_NEVER}{_LINE_BREAKS}\t\n{_TURNS}]")
NOT_IN_PROSE = re.compile(f"[{_NEVER}]")


def with_line_feeds(text: str) -> str:
    """The text with every kind of line break written as a line feed."""
    return LINE_BREAK.sub("\n", text)


def printable(text: str) -> str:
    """A text from elsewhere on one line, without what no line holds."""
    return NOT_ON_ONE_LINE.sub("", " ".join(re.split(f"[{_LINE_BREAKS}\t\n]+", text))).strip()


def printable_prose(text: str) -> str:
    """A text from elsewhere with its lines, without control characters."""
    return NOT_IN_PROSE.sub("", with_line_feeds(text))


def validate_one_line(text: str) -> None:
    """Refuse line breaks, control characters, and marks that turn the direction of the text. Raises ValidationError."""
    if NOT_ON_ONE_LINE.search(text):
        raise ValidationError(
            _("This holds a line break or a control character. Write it on one line, without them."), code="characters"
        )


def validate_prose(text: str) -> None:
    """Refuse control characters; tabs and line breaks are none here. Raises ValidationError."""
    if NOT_IN_PROSE.search(text):
        raise ValidationError(
            _("This holds a control character. Delete it, or type the text again."), code="characters"
        )


class ProseFormField(forms.CharField):
    """The same rule in a form: browsers send a line break as two characters, which is no change of the text."""

    default_validators = [validate_prose]

    def to_python(self, value: Any) -> Any:
        """With line feeds."""
        return with_line_feeds(super().to_python(value) or "")


class ProseField(models.TextField):  # type: ignore[type-arg]
    """A text of several lines. Every kind of line break becomes a line feed; control characters are refused."""

    default_validators = [validate_prose]

    def to_python(self, value: Any) -> Any:
        """With line feeds, whatever door it comes through."""
        value = super().to_python(value)
        return with_line_feeds(value) if isinstance(value, str) else value

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        """A field that cleans as the column does."""
        return super().formfield(*args, **{"form_class": ProseFormField, **kwargs})
