"""The words of a condition's sentence as fields of a form: one of two words, what counts, and ids."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import pgettext_lazy

LAB, COURSE, TAG, POINTS, ACHIEVEMENTS = KINDS = ("lab", "course", "tag", "points", "achievements")

KIND_WORDS = {
    LAB: (pgettext_lazy("a condition on one", "lab"), pgettext_lazy("a condition on several", "labs")),
    COURSE: (pgettext_lazy("a condition on one", "course"), pgettext_lazy("a condition on several", "courses")),
    TAG: (
        pgettext_lazy("a condition on one", "course with a tag"),
        pgettext_lazy("a condition on several", "courses with a tag"),
    ),
    POINTS: (pgettext_lazy("a condition on several", "points from other achievements"),) * 2,
    ACHIEVEMENTS: (pgettext_lazy("a condition on several", "other achievements"),) * 2,
}


class WordsOfOneOrOther(forms.Select):
    """One of two words of a sentence, in place of a box."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        """Whether it is so; what a box sends is read as well."""
        return bool(forms.CheckboxInput().value_from_datadict(data, files, name))

    def format_value(self, value: Any) -> list[str]:
        """The option of the value."""
        return ["on" if value else ""]


class IdsInput(forms.TextInput):
    """Ids as a text, also where each is sent by itself."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        """All that was sent, with commas."""
        sent = data.getlist(name) if isinstance(data, QueryDict) else [data[name]] if name in data else []
        return ", ".join(sent) if sent else None


class KindSelect(forms.Select):
    """What counts, as a word of the sentence: of one, or of several."""

    is_one = False

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option with both words; js/builder.js changes them with the number."""
        one, several = KIND_WORDS[value]
        option = super().create_option(name, value, str(one if self.is_one else several), *args, **kwargs)
        option["attrs"] |= {"data-one": str(one), "data-several": str(several)}
        return option
