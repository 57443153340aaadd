"""The form field for conditions: text in either form of JSON comes in, canonical JSON goes to the database and back."""

import contextlib
from itertools import chain
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from achievements.conditions.parsing import Parsed, parse, parse_stored
from achievements.conditions.syntax import ConditionError
from achievements.conditions.terms import canonical
from achievements.definitions.cycles import warnings_of_cycles
from achievements.editor.building import PREFIX, ROWS, as_text, of_request
from achievements.models import Achievement


def canonical_text(stored: Any) -> str:
    """Stored conditions, one to a line, each in the canonical order, where they are understood."""
    with contextlib.suppress(ConditionError):
        stored = canonical(parse_stored(stored))
    return as_text(stored)


class ConditionsText(forms.Textarea):
    """The text of conditions; beside the rows of a builder, what counts of the two."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The text that the rows make where they were changed, and not the text."""
        if name == PREFIX and isinstance(data, QueryDict) and ROWS in data:
            return of_request(data).text
        return super().value_from_datadict(data, files, name)


class ConditionsField(forms.Field):
    """Cleans to the canonical list; `parsed` then holds terms, warnings and the places of ids."""

    widget = ConditionsText(attrs={"rows": 10, "spellcheck": "false"})
    parsed: Parsed | None = None

    def warnings(self, achievement: Achievement) -> list[str]:
        """What is allowed in the conditions that were cleaned for this achievement, and often not what was meant."""
        if self.parsed is None:
            return []
        of_cycles = warnings_of_cycles(self.parsed.conditions, achievement.organization, achievement_id=achievement.pk)
        return [*(one.message for one in self.parsed.warnings), *chain.from_iterable(of_cycles)]

    def prepare_value(self, value: Any) -> Any:
        """Stored conditions one to a line; what somebody just wrote stays as written.

        The database keeps no order of names: the canonical one is made again. What no parser has written is shown as
        it is stored, for somebody to mend.
        """
        if not isinstance(value, list):
            return value
        return canonical_text(value)

    def to_python(self, value: Any) -> Any:
        """The canonical conditions. Raises ValidationError that says where the text is wrong."""
        if not isinstance(value, str) or not value.strip():
            return None
        try:
            self.parsed = parse(value)
        except ConditionError as error:
            raise ValidationError(str(error), code="conditions") from error
        return canonical(self.parsed.conditions)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the conditions say something else; another spelling of the same is no change."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


CONDITIONS_HELP = _(
    "A list of conditions that must all hold, such as [{Subject:10, CourseIds:[2345], Complete:True}]. "
    "Subject is 0 for labs, 10 for courses, 20 for course tags, 40 for other achievements."
)
NAMES_SOUGHT = _("A name in the conditions is not chosen yet. Choose one of what is found, or empty the field.")
