"""One row among thousands, for a filter: who looks for it writes its name, and its id stands in the address.

Up to MOST_DRAWN rows are a select. Of more none is drawn but those with the words: with a script while somebody types, without
one where the words were sent and several rows have them.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django_filters.fields import ModelChoiceField

from operation.searching import searched

# As many lines as somebody reads in a select, and as many as one reads below a field.
MOST_DRAWN, MOST_SUGGESTED = 25, 20
# The field for the words has the filter's name with this behind it. The same words as a search takes, and no more.
NAMED = "_named"
LONGEST_NAME = 200
# Names the field for which rows are suggested while somebody writes.
SUGGEST = "suggest"


class Words(str):
    """What was written in place of a choice."""

    __slots__ = ()


class RowSelect(forms.Select):
    """A select that reads words, too: whoever writes some wants another row than the one chosen before."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """The words, or else the choice."""
        words = str(data.get(f"{name}{NAMED}", "")).strip()
        return Words(words) if words else super().value_from_datadict(data, files, name)


class FoundByName:
    """What fields share whose rows are found by their names. `beside` names what tells rows of one name apart.

    `offered`: those of the rows that are drawn and found; the form says why it does not take the others.
    """

    queryset: Any
    offered: Any = None
    beside: str = ""

    @cached_property
    def drawn(self) -> list[Model]:
        """The first rows: one more than a select shows, where there are more."""
        return list(self._rows[: MOST_DRAWN + 1])

    @property
    def is_long(self) -> bool:
        """Whether a select would be too long."""
        return len(self.drawn) > MOST_DRAWN

    def found(self, words: str) -> list[Model]:
        """The rows with all the words in their names: one more than are suggested, where there are more."""
        if not words or len(words) > LONGEST_NAME or "\0" in words:
            return []
        rows = self._rows.select_related(self.beside) if self.beside else self._rows
        return list(searched(rows, ("name",), words)[: MOST_SUGGESTED + 1])

    @property
    def _rows(self) -> QuerySet[Any]:
        return self.queryset if self.offered is None else self.offered  # type: ignore[no-any-return]

    def words_beside(self, row: Model) -> str:
        """What tells it apart."""
        return str(getattr(row, self.beside)) if self.beside else ""

    def named(self, words: str) -> Model:
        """The row that alone has the words in its name, or that alone is called so. Raises ValidationError."""
        found = self.found(words)
        whole = [row for row in found if str(row).casefold() == words.casefold()]
        if len(found) == 1 or len(whole) == 1:
            return (whole or found)[0]
        several = _("Several have this in their names. Choose one.")
        raise ValidationError(several if found else _("Nothing has this name."), code="invalid_choice")


class RowField(FoundByName, ModelChoiceField):  # type: ignore[misc]  # the package has no types
    """One of the rows, by its id or by words of its name."""

    widget = RowSelect

    def __init__(self, *args: Any, beside: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.beside = beside

    def draw_few(self) -> None:
        """Give the select its lines, of the rows that were read to see how many there are."""
        lines = [(str(row.pk), self.label_from_instance(row)) for row in self.drawn]
        self.widget.choices = [("", self.empty_label), *lines]

    def clean(self, value: Any) -> Any:
        """The row, by its id or by the words."""
        if not isinstance(value, Words):
            return super().clean(value)
        return self.named(value)
