"""Who may have an achievement reach further than its own organization: over its tree, or over all trees (S83)."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from achievements.models import Achievement
from organizations.access import administers_tree_of
from organizations.models import Organization, User

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Achievement]
else:
    ModelForm = forms.ModelForm

# What of an achievement decides how far it reaches, and for whom.
REACH = ("organization", "is_global", "reaches_all_trees", "is_enabled")


class WideReachError(ValidationError):
    """It would reach people of organizations that whoever saves it does not administer."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="wide_reach")


def may_reach(user: User | None, organization: Organization, *, all_trees: bool = False) -> bool:
    """Whether the user may make an achievement of this organization global; None, the system, may."""
    if user is None or user.is_superuser:
        return True
    return not all_trees and administers_tree_of(user, organization)


def refuse_wide_reach(reach: Mapping[str, Any], *, changed: Collection[str], by: User | None) -> None:
    """Raises WideReachError for a global achievement of which `by` may not decide that it reaches so far.

    `reach` has the values of REACH. Whatever was `changed`: conditions and badge would reach as far. Anybody may
    disable it.
    """
    is_only_disabled = set(changed) == {"is_enabled"} and not reach["is_enabled"]
    if not reach["is_global"] or not changed or is_only_disabled:
        return
    if reach["reaches_all_trees"] and not may_reach(by, reach["organization"], all_trees=True):
        raise WideReachError(_("It reaches other trees of organizations. Only a superuser may save it."))
    if not may_reach(by, reach["organization"]):
        root = Organization.objects.above(reach["organization"].pk).get(parent__isnull=True)
        said = _("Global reaches all organizations of %(root)s. Untick it, or ask an administrator of %(root)s.")
        raise WideReachError(said % {"root": root})


def changed_in(cleaned: Mapping[str, Any], stored: Achievement) -> set[str]:
    """The names of the fields that a form would change; all of a new achievement's.

    Not as the form was drawn: what it said then comes back from the browser, and can be forged.
    """
    if stored._state.adding:
        return set(cleaned)
    return {name for name, value in cleaned.items() if value != getattr(stored, name, value)}


def refuse_form(form: ModelForm, cleaned: Mapping[str, Any], *, by: User) -> None:
    """Add to the form, whose instance is as it is stored, what `refuse_wide_reach` says of it."""
    if cleaned.get("reaches_all_trees") and not cleaned.get("is_global"):
        form.add_error("reaches_all_trees", _("This goes with Global only. Tick Global, too."))
    reach = {name: cleaned.get(name, getattr(form.instance, name, None)) for name in REACH}
    if reach["organization"] is None:
        return
    try:
        refuse_wide_reach(reach, changed=changed_in(cleaned, form.instance), by=by)
    except WideReachError as refusal:
        form.add_error("is_global", refusal)
