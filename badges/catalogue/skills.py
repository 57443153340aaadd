"""The lines in which the skills of a badge are edited: some more than there are, so that it works without a script."""

import itertools
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from badges.models.skills import LENGTHS, MOST, Skill, kept_skills, read_skills, validate_skills

SPARE = 3
_LABELS = {"name": _("Skill"), "framework": _("Framework"), "code": _("Code"), "url": _("Web address")}


class SkillLines(forms.Widget):
    """A line of inputs for each skill, and some empty ones."""

    template_name = "badges/_skill_lines.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Of each line, its inputs with their labels."""
        lines = list(value or [])
        lines += [{}] * max(0, min(SPARE, MOST - len(lines)))
        described = (attrs or {}).get("aria-describedby", "")
        parts = [
            [
                {
                    "name": f"{name}-{number}-{part}",
                    "label": _LABELS[part],
                    "value": line.get(part, ""),
                    "type": "url" if part == "url" else "text",
                    "maxlength": LENGTHS[part],
                }
                for part in LENGTHS
            ]
            for number, line in enumerate(lines)
        ]
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context | {"lines": parts, "described": described}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """The lines as they were sent, also the empty ones between them: a refusal names a line by its number."""
        sent = itertools.takewhile(lambda number: f"{name}-{number}-name" in data, range(10 * MOST))
        return [{part: str(data.get(f"{name}-{number}-{part}", "")).strip() for part in LENGTHS} for number in sent]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether the form did not ask for them: then a badge keeps what it has."""
        return f"{name}-0-name" not in data


class SkillsField(forms.Field):
    """The skills of a badge, as its row keeps them."""

    widget = SkillLines

    def to_python(self, value: Any) -> list[dict[str, str]]:
        """Without what is empty. Raises ValidationError, which names the line."""
        lines = value or []
        validate_skills(lines)
        return kept_skills([Skill(**{"name": "", **line}) for line in lines])

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another skill would be kept."""
        return kept_skills(read_skills(initial or [])) != kept_skills(read_skills(data or []))


def skills_field() -> SkillsField:
    """The field, for the badge's page and for the administration."""
    return SkillsField(
        label=_("Skills"),
        required=False,
        help_text=_(
            "Shown with the badge and signed into Open Badges. Credly shows the skills of its own template. "
            "Save to get more lines."
        ),
    )
