"""Turns one press of a button into the achievement for completing a learning path."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from achievements.conditions.parsing import parse
from achievements.conditions.reach import out_of_reach
from achievements.definitions.widening import refuse_form
from achievements.models import Achievement
from badges.models import Badge
from organizations.models import User


class PathAwardForm(forms.Form):
    """One of the buttons beside an achievement of a path."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("update", "link", "unlink")])


class PathBadgeForm(forms.ModelForm):  # type: ignore[type-arg]
    """The achievement of a path: what cannot be read from the path itself. `instance` is its draft."""

    class Meta:
        model = Achievement
        fields = ("badge", "name", "points", "is_global", "reaches_all_trees", "is_enabled")
        labels = {
            "badge": _("Badge"),
            "name": _("Name"),
            "points": _("Points"),
            "is_global": _("Global"),
            "reaches_all_trees": _("Global across all trees"),
            "is_enabled": _("Enabled"),
        }
        help_texts = {
            "is_global": _("Students of all organizations of the tree that take part earn it."),
            "is_enabled": _(
                "If on, everyone who has completed the path gets the badge now. If off, no one does until you enable it."
            ),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.is_superuser:
            del self.fields["reaches_all_trees"]
        badges = Badge.objects.visible_to(user).usable_by(self.instance.organization_id)
        self.fields["badge"].queryset = badges.order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["badge"].required = True
        self.offers_badges = badges.exists()

    def clean(self) -> dict[str, Any]:
        """The courses and the exam of the path, as every condition's, must be within the organization's reach."""
        cleaned = super().clean() or {}
        conditions = parse(json.dumps(self.instance.conditions))
        for error in out_of_reach(conditions, self.instance.organization):
            self.add_error(None, error.message)
        refuse_form(self, cleaned, by=self.user)
        return cleaned

    def refuse_name(self) -> None:
        """Another achievement has the name."""
        self.add_error("name", _("Another achievement of this organization has this name."))
