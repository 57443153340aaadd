"""The lists of badges that the Choose Badge dialogs show, and the form that sends a single choice."""

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from badges.models import Badge, BadgeQuerySet
from tms.lists import Choice, Column, Listing, listing

COLUMNS: list[Column[Badge]] = [
    Column(name="name", label=_("Name"), template="badges/_name.html", order_by=("name",)),
    Column(name="organization", label=_("Organization"), value="organization.name", order_by=("organization__name",)),
    Column(
        name="course",
        label=_("Of the course"),
        value="is_of_course",
        template="badges/_of_course.html",
        order_by=("-is_of_course", "name"),
    ),
]


def badges_to_choose(request: HttpRequest, offered: BadgeQuerySet, choose: Choice) -> Listing[Badge]:
    """A searchable list of the offered badges, those of the course first. `offered` has `is_of_course`."""
    return listing(
        request,
        offered,
        COLUMNS,
        sort="course",
        search=("name__icontains",),
        choose=choose,
        name="choose-badges",
    )


class OneBadgeForm(forms.Form):
    """One badge for one student; `key` is that of the rendered form, so that a double click issues once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    badge = forms.ModelChoiceField(
        queryset=Badge.objects.none(),
        error_messages={
            "required": _("Choose a badge first."),
            "invalid_choice": _("This badge cannot be issued here (any more). Choose another one."),
        },
    )

    def __init__(self, *args: Any, offered: BadgeQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["badge"].queryset = offered  # type: ignore[attr-defined]
        self.fields["key"].initial = uuid.uuid4
