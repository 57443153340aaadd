"""What the Choose Badge dialogs share: the list of badges, the form of a single choice, issuing and delivering it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from badges.delivery.rounds import deliver_now, retry
from badges.delivery.standstills import silence_of
from badges.held.remarking import RemarkForm
from badges.issuing import GoneError, KeyUsedError, Source, issue_many
from badges.issuing.obstacles import not_retriable
from badges.issuing.remarks import Remarks
from badges.issuing.reports import Pair, Refusal, failure_of
from badges.models import Badge, BadgeQuerySet, IssuedBadge, IssuedBadgeQuerySet
from listing.chosen import numbers
from listing.lists import Choice, Column, Listing, listing
from organizations.models import Organization, User

# How long a person waits for the provider's answer, in seconds; what takes longer continues in the background.
PATIENCE = 4.0

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


def badges_to_choose(
    request: HttpRequest, offered: BadgeQuerySet, choose: Choice, chosen: Sequence[int] = ()
) -> Listing[Badge]:
    """A searchable list of the offered badges, those of the course first. `offered` has `is_of_course`."""
    return listing(
        request,
        offered,
        COLUMNS,
        sort="course",
        search=("name",),
        choose=choose,
        chosen=chosen,
        name="choose-badges",
    )


def badge_to_choose(request: HttpRequest, offered: BadgeQuerySet) -> Listing[Badge]:
    """The same list for one badge; after a refusal it is still chosen, and so it is where the address names it."""
    chosen = numbers((request.POST or request.GET).getlist("badge"))
    return badges_to_choose(request, offered, Choice("badge", form="choose", many=False), chosen)


class OneBadgeForm(RemarkForm):
    """One badge for one student, with what is said of it; `key` is that of the rendered form, so that a double click issues once.

    `retry` is sent by the button that stands beside a badge that was issued and not delivered; `offers_retry` shows it.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    retry = forms.BooleanField(required=False)
    badge = forms.ModelChoiceField(
        queryset=Badge.objects.none(),
        error_messages={
            "required": _("Choose a badge first."),
            "invalid_choice": _("This badge is not available here. Choose another one."),
        },
    )

    def __init__(self, *args: Any, offered: BadgeQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["badge"].queryset = offered  # type: ignore[attr-defined]
        self.fields["key"].initial = uuid.uuid4
        self.offers_retry = False

    def refuse(self, sentence: str) -> None:
        """Say why the badge was not issued, under a new key: the next choice is another request, not this one's twin."""
        self.add_error("badge", sentence)
        kept = {name: self.data.get(name) for name in ("badge", "note", "link")}
        self.data = {**kept, "key": str(uuid.uuid4())}


def issue_chosen(
    form: OneBadgeForm,
    *,
    student: User,
    source: Source,
    organization: Organization,
    issued_by: User,
    at: datetime,
    refusals: Mapping[int, Refusal],
) -> IssuedBadge | None:
    """Issue the badge of a valid form to one student, or retry it, and wait a little for its provider.

    The row as it is then: delivered, or on its way. None when it was refused here or by the provider; the
    form then says why (S23, S34).
    """
    badge = form.cleaned_data["badge"]
    held = IssuedBadge.objects.unrevoked().filter(badge=badge, student=student)
    if form.cleaned_data["retry"]:
        return _retried(form, held, student)
    try:
        report = issue_many(
            badges=[badge],
            students=[student],
            source=source,
            organization=organization,
            issued_by=issued_by,
            at=at,
            key=form.cleaned_data["key"],
            refusals=refusals,
            remarks=Remarks(form.remark),
        )
    except KeyUsedError:
        form.refuse(gettext("This form was already sent. Press the button again to send it as it is now."))
        return None
    except GoneError:
        form.refuse(gettext("This badge or student no longer exists. Nothing was issued."))
        return None
    if report.failed:
        form.refuse(replace(report.failed[0], pair=Pair(badge, student)).sentence)
        form.offers_retry = held.filter(delivery=IssuedBadge.Delivery.FAILED).exists()
        return None
    return _delivered(form, held.first(), student)


def say_issued(row: IssuedBadge) -> str:
    """What a page without a script says of a success: that the badge is there, or that its provider is still silent."""
    said = gettext("Successfully Issued Badge: %(badge)s to %(student)s.") % {
        "badge": row.badge,
        "student": row.student,
    }
    return f"{said} {silence_of(row)}".rstrip()


def closing_after(row: IssuedBadge) -> dict[str, int]:
    """How long the dialog stays, in milliseconds, for the words in it to be read (S21)."""
    is_over_soon = row.delivery == IssuedBadge.Delivery.DELIVERED or row.is_undoable  # Undo waits behind the dialog
    return {"after": 2000 if is_over_soon else 6000}


def _retried(form: OneBadgeForm, held: IssuedBadgeQuerySet, student: User) -> IssuedBadge | None:
    if not retry(held) and (left := not_retriable(held)):
        form.refuse(replace(left[0], pair=Pair(left[0].pair.badge, student)).sentence)
        return None
    return _delivered(form, held.first(), student)


def _delivered(form: OneBadgeForm, row: IssuedBadge | None, student: User) -> IssuedBadge | None:
    """The row after its provider was asked; None, and words in the form, when it is gone or was refused."""
    if row is None:
        form.refuse(gettext("The badge was revoked in the meantime. Press the button again to issue it again."))
        return None
    answered = deliver_now(row.pk, patience=PATIENCE)
    answered.student = student  # as the page names the student
    failure = failure_of(answered)
    if failure is None:
        return answered
    form.refuse(failure.sentence)
    form.offers_retry = answered.delivery == IssuedBadge.Delivery.FAILED
    return None
