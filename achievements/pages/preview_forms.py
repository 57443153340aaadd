"""Turns what stands in the editor into an achievement to be previewed, and never to be saved."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from achievements.conditions.reach import out_of_reach
from achievements.definitions.editing import refuse_badge_of_form
from achievements.definitions.widening import changed_in, refuse_form
from achievements.editor.building import names_sought
from achievements.editor.fields import NAMES_SOUGHT, ConditionsField
from achievements.models import Achievement
from badges.models import Badge
from operation.choices import keeping
from organizations.access import managed_organizations
from organizations.models import User

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Achievement]
else:
    ModelForm = forms.ModelForm


class DraftForm(ModelForm):
    """The fields of the editor that decide who earns it or gets its badge, under the editor's names; the name may be
    missing still.

    With an instance, it is the one edited. Ids out of reach, a reach too wide, and a badge that is not available to the
    organization are refused as the editor refuses them: a preview would count other organizations' training and people, and
    promise a badge that no one can get.
    """

    conditions = ConditionsField(label=_("Conditions"))

    class Meta:
        model = Achievement
        fields = (
            "organization",
            "frequency",
            "frequency_type",
            "badge",
            "is_global",
            "reaches_all_trees",
            "conditions",
        )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.is_superuser:
            del self.fields["reaches_all_trees"]
        self.fields["organization"].queryset = managed_organizations(user)  # type: ignore[attr-defined]
        self.fields["badge"].queryset = keeping(Badge.objects.visible_to(user), self.instance.badge_id)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What no single field can tell."""
        cleaned = super().clean() or {}
        owner, parsed = cleaned.get("organization"), cast("ConditionsField", self.fields["conditions"]).parsed
        if owner and parsed and {"conditions", "organization"}.intersection(changed_in(cleaned, self.instance)):
            for error in out_of_reach(parsed, owner, achievement_id=self.instance.pk):
                self.add_error("conditions", str(error))
        refuse_badge_of_form(self, cleaned)
        if names_sought(self.data):
            self.add_error("conditions", NAMES_SOUGHT)
        refuse_form(self, cleaned, by=self.user)
        return cleaned

    @property
    def warnings(self) -> list[str]:
        """What is allowed in the conditions, and often not what was meant."""
        return cast("ConditionsField", self.fields["conditions"]).warnings(self.instance)
