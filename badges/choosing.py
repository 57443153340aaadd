"""What the Choose Badge dialogs share: the list of badges, the form that sends a single choice, and issuing it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from badges.issuing import GoneError, KeyUsedError, Refusal, Source, issue_many
from badges.models import Badge, BadgeQuerySet
from tms.lists import Choice, Column, Listing, listing
from tms.models import Organization, User

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

    def refuse(self, sentence: str) -> None:
        """Say why the badge was not issued, under a new key: the next choice is another request, not this one's twin."""
        self.add_error("badge", sentence)
        self.data = {"badge": self.data.get("badge"), "key": str(uuid.uuid4())}


def issue_chosen(
    form: OneBadgeForm,
    *,
    student: User,
    source: Source,
    organization: Organization,
    issued_by: User,
    at: datetime,
    refusals: Mapping[int, Refusal],
) -> bool:
    """Issue the badge of a valid form to one student; when it is refused, the form says why (S23)."""
    try:
        report = issue_many(
            badges=[form.cleaned_data["badge"]],
            students=[student],
            source=source,
            organization=organization,
            issued_by=issued_by,
            at=at,
            key=form.cleaned_data["key"],
            refusals=refusals,
        )
    except KeyUsedError:
        form.refuse(gettext("This form was sent before, for something else. Press the button again to send it anew."))
        return False
    except GoneError:
        form.refuse(gettext("This badge or this student is not there any more. Nothing was issued."))
        return False
    if report.failed:
        form.refuse(report.failed[0].sentence)
    return not report.failed
