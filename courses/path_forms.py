"""Turns requests into learning paths and the order of their courses, within the person's reach."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from badges.catalogue.images import BadgeImageField
from courses.models import Course, Lab, LearningPath, SubscriptionProfile
from listing.chosen import ChosenIds
from listing.naming_fields import NamedRowField
from operation.choices import keeping
from organizations.access import managed_organizations
from organizations.models import User

NOT_ADDABLE = _(
    "A chosen course cannot be added here. It needs a content provider and a publishing group, and must not be archived. "
    "Choose again."
)


class LearningPathForm(forms.ModelForm):  # type: ignore[type-arg]
    """A learning path, new or edited (S119); its courses are put in order on a page of their own."""

    image = BadgeImageField(
        label=_("Image"),
        required=False,
        help_text=_("PNG, JPEG or WebP of at most 5 MB, or SVG of at most 512 KB."),
        widget=forms.ClearableFileInput,
    )

    class Meta:
        model = LearningPath
        fields = (
            "name",
            "description",
            "image",
            "organization",
            "subscription_profile",
            "audience_level",
            "exam",
            "is_enabled",
        )
        field_classes = {"organization": NamedRowField, "subscription_profile": NamedRowField, "exam": NamedRowField}
        labels = {
            "name": _("Name"),
            "description": _("Description"),
            "organization": _("Organization"),
            "subscription_profile": _("Subscription"),
            "audience_level": _("Audience Level"),
            "exam": _("Exam"),
            "is_enabled": _("Enabled"),
        }
        help_texts = {
            "organization": _("Visible to this organization and those below it."),
            "subscription_profile": _("Students with a course from this subscription see the path, too."),
            "exam": _("A lab that is an exam; to be passed after the courses. Optional."),
            "is_enabled": _("Students see only enabled paths."),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managed = managed_organizations(user)
        path: LearningPath = self.instance
        self._offer("organization", managed, keep=path.organization_id)
        self._offer(
            "subscription_profile", SubscriptionProfile.objects.visible_to(user), keep=path.subscription_profile_id
        )
        self._offer("exam", Lab.objects.visible_to(user).filter(is_exam=True), keep=path.exam_id)
        for name in ("subscription_profile", "exam"):
            self.fields[name].beside = "organization"  # type: ignore[attr-defined]
        if path._state.adding and managed.filter(pk=user.organization_id).exists():
            self.initial.setdefault("organization", user.organization_id)

    def refuse_name(self) -> None:
        """The name was taken between the check and the save."""
        self.add_error("name", _("Another learning path of this subscription has this name."))

    def _offer(self, name: str, rows: QuerySet[Any], *, keep: int | None) -> None:
        self.fields[name].queryset = keeping(rows, keep).order_by("name", "pk")  # type: ignore[attr-defined]


class OrderForm(forms.Form):
    """One press of a button beside a course of a path: its name says what to do, its value with which course.

    A course that was dragged is sent as `drag`, with the `place` where it was dropped, counted from 0.
    """

    up = forms.IntegerField(required=False)
    down = forms.IntegerField(required=False)
    remove = forms.IntegerField(required=False)
    drag = forms.IntegerField(required=False)
    place = forms.IntegerField(required=False, min_value=0)

    def clean(self) -> dict[str, Any]:
        """`act`, which is exactly one of the four, and the id of its course."""
        cleaned = super().clean() or {}
        place = cleaned.pop("place", None)
        acts = [(act, course_id) for act, course_id in cleaned.items() if course_id is not None]
        if len(acts) != 1 or (acts[0][0] == "drag" and place is None):
            raise forms.ValidationError(_("Press one of the buttons beside a course."))
        return {"act": acts[0][0], "course_id": acts[0][1], "place": place}


class AddCoursesForm(forms.Form):
    """Courses to put at the end of a path."""

    courses = forms.ModelMultipleChoiceField(
        label=_("Courses"),
        queryset=Course.objects.none(),
        widget=ChosenIds,
        error_messages={
            "required": _("Choose at least one course."),
            "invalid_choice": NOT_ADDABLE,
            "invalid_pk_value": NOT_ADDABLE,
        },
    )

    def __init__(self, *args: Any, offered: QuerySet[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["courses"].queryset = offered.order_by("name", "pk")  # type: ignore[attr-defined]
