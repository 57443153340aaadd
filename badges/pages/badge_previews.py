"""What students will see of the badge in a form, saved or not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from badges.models.skills import MOST, Skill, read_skills
from badges.pages.forms import BadgeForm
from badges.providers.base import Capabilities
from badges.providers.opening import capabilities_of
from operation.templatetags.display import day_in
from organizations.brands import ShownBrand, brand_of

# More characters of a name that is refused for its length, or of prose, than anybody reads in a preview.
MOST_OF_NAME, MOST_OF_PROSE = 255, 1200


@dataclass(frozen=True, kw_only=True)
class BadgePreview:
    """A badge as its public page and its letter would show it. What is not typed or chosen yet is empty."""

    name: str
    description: str
    skills: tuple[Skill, ...]
    issuer: str
    can: Capabilities | None
    brand: ShownBrand | None
    expires_on: str


def preview_of(form: BadgeForm, *, at: datetime | None = None) -> BadgePreview:
    """Of the form as it stands, whatever else is wrong in it; expiry as if it were earned at this moment.

    Two queries beyond those of the form: what is chosen, and the brand of the organization.
    """
    provider, organization = form.chosen("provider"), form.chosen("organization")
    return BadgePreview(
        name=_typed(form, "name")[:MOST_OF_NAME],
        description=_typed(form, "description")[:MOST_OF_PROSE],
        skills=_skills(form),
        issuer=provider.name if provider else "",
        can=capabilities_of(provider) if provider else None,
        brand=brand_of(organization) if organization else None,
        expires_on=_expiry(form, at or timezone.now(), zone=organization.time_zone if organization else "UTC"),
    )


def _typed(form: BadgeForm, name: str) -> str:
    return str(form[name].value() or "").strip()


def _skills(form: BadgeForm) -> tuple[Skill, ...]:
    """Those that would be kept; of lines that are refused their names alone, so that no address leads anywhere."""
    if not form.is_bound:
        return read_skills(form.instance.skills)
    if "skills" in form.cleaned_data:
        return read_skills(form.cleaned_data["skills"])
    names = (line["name"].strip() for line in form["skills"].value())
    return tuple(Skill(name) for name in names if name)[:MOST]


def _expiry(form: BadgeForm, at: datetime, *, zone: str) -> str:
    days = form.cleaned_data.get("valid_days") if form.is_bound else form.initial.get("valid_days")
    return day_in(at + timedelta(days=days), zone) if days else ""
