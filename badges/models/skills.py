"""The skills that a badge certifies: free words, or a place in a framework of skills, as a list in the badge's row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from operation.characters import validate_one_line

MOST = 20
# How long each part of a skill may be, in the order in which they are asked for.
LENGTHS = {"name": 120, "framework": 120, "code": 60, "url": 500}

_validate_url = URLValidator(schemes=["https", "http"])


@dataclass(frozen=True)
class Skill:
    """A skill; of a framework, if it has an address there."""

    name: str
    framework: str = ""
    code: str = ""
    url: str = ""

    @property
    def place(self) -> str:
        """Where it stands in its framework, in words."""
        return " ".join(part for part in (self.framework, self.code) if part)

    @property
    def host(self) -> str:
        """Where its address leads."""
        return urlsplit(self.url).hostname or ""


def read_skills(stored: Sequence[Mapping[str, str]]) -> tuple[Skill, ...]:
    """Those of a badge's row."""
    return tuple(Skill(**skill) for skill in stored)


def kept_skills(lines: Sequence[Skill]) -> list[dict[str, str]]:
    """The same as they are kept: lines with nothing in them, and empty parts, are left out."""
    return [{name: part for name, part in asdict(skill).items() if part} for skill in lines if skill != Skill("")]


def validate_skills(stored: Any) -> None:
    """Refuse what is no list of skills, by its line. Raises ValidationError."""
    if not isinstance(stored, list) or not all(_is_skill(line) for line in stored):
        raise ValidationError(_("This is no list of skills."), code="skills")
    if len(kept_skills(lines := [Skill(**{"name": "", **line}) for line in stored])) > MOST:
        raise ValidationError(_("Enter at most %(most)s skills."), code="too_many", params={"most": MOST})
    seen = set[str]()
    errors: list[ValidationError] = []
    for number, skill in enumerate(lines, start=1):
        refusals = list(_refusals(skill))
        if skill.name and skill.name.casefold() in seen:
            refusals.append(_("This skill stands there already. Empty one of the lines."))
        seen.add(skill.name.casefold())
        errors += [
            ValidationError(_("Line %(line)s: %(words)s"), code="skill", params={"line": number, "words": words})
            for words in refusals
        ]
    if errors:
        raise ValidationError(errors)


def _is_skill(line: Any) -> bool:
    return isinstance(line, dict) and all(name in LENGTHS and isinstance(part, str) for name, part in line.items())


def _refusals(skill: Skill) -> Iterator[Any]:
    """What is wrong with a line. One with nothing in it is no skill."""
    parts = asdict(skill)
    for name, most in LENGTHS.items():
        if len(parts[name]) > most:
            yield _("“%(start)s…” is longer than %(most)s characters. Shorten it.") % {
                "start": parts[name][:20],
                "most": most,
            }
        try:
            validate_one_line(parts[name])
        except ValidationError as refusal:
            yield refusal.messages[0]
    if skill == Skill(""):
        return
    if not skill.name:
        yield _("Enter the skill, or empty the line.")
    if skill.url and not _is_address(skill.url):
        yield _("Enter a whole web address that begins with https://.")
    if skill.place and not skill.url:
        yield _("Enter the skill's web address in its framework, or empty framework and code.")


def _is_address(url: str) -> bool:
    try:
        _validate_url(url)
    except ValidationError:
        return False
    return True
