"""Turns a roster's requests into students, badges and changes of lines, each within the person's reach."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import django_filters
from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from badges.held.remarking import RemarkForm
from badges.issuing.remarks import Remarks
from badges.issuing.reports import Refusal
from badges.models import Badge
from classes import rosters
from classes.enrolling import FIRST_STATUSES, candidates, free_seats
from classes.matrix import eligible
from classes.models import Class, Enrollment, Selection
from classes.rosters import Change, people
from classes.selecting import Edit, key_of
from classes.wrapping_up import needing_attention, to_wrap_up
from listing.chosen import ChosenIds, is_id, numbers
from listing.filters import days
from listing.narrowing import STANDS
from organizations.models import User, UserQuerySet

# One press of Issue Badges: the page says it before the press, and the button is off above it.
MAX_PAIRS = 20_000
ALL, ALL_BUT_CANCELLED = "all", "all_but_cancelled"


class ClassFilter(django_filters.FilterSet):
    """Filters of the list of classes."""

    when = django_filters.ChoiceFilter(
        label=gettext_lazy("When"),
        choices=[
            ("running", gettext_lazy("Running now")),
            ("to_come", gettext_lazy("Upcoming")),
            ("past", gettext_lazy("Past")),
            ("to_wrap_up", gettext_lazy("To wrap up")),
            ("attention", gettext_lazy("Needs attention")),
        ],
        method="filter_when",
    )
    starts_at = days("starts_at", gettext_lazy("Starts between"))
    mine = django_filters.BooleanFilter(
        label=gettext_lazy("Taught by me"), method="filter_mine", widget=forms.CheckboxInput
    )

    def filter_when(self, queryset: QuerySet[Class], _name: str, wanted: str) -> QuerySet[Class]:
        """By the clock of now."""
        now = timezone.now()
        if wanted == "to_wrap_up":
            return queryset.filter(pk__in=to_wrap_up(self.request.user, at=now).values("pk"))
        if wanted == "attention":
            return queryset.filter(pk__in=needing_attention(self.request.user, at=now).values("pk"))
        if wanted == "running":
            return queryset.filter(starts_at__lte=now, ends_at__gt=now)
        return queryset.filter(starts_at__gt=now) if wanted == "to_come" else queryset.filter(ends_at__lte=now)

    def filter_mine(self, queryset: QuerySet[Class], _name: str, wanted: bool) -> QuerySet[Class]:  # noqa: FBT001
        """Only the classes that the person teaches."""
        if not wanted:
            return queryset
        return queryset.filter(pk__in=Class.objects.taught_by(self.request.user).values("pk"))


class RosterFilter(django_filters.FilterSet):
    """Filters of the roster (S94): both stand there; All But Cancelled until somebody asks for something else."""

    enrollment = django_filters.ChoiceFilter(
        label=gettext_lazy("Enrollment Status"),
        choices=[
            (ALL_BUT_CANCELLED, gettext_lazy("All But Cancelled")),
            (ALL, gettext_lazy("All")),
            *Enrollment.Status.choices,
        ],
        empty_label=None,
        initial=ALL_BUT_CANCELLED,
        method="filter_enrollment",
        widget=forms.Select(attrs={STANDS: True}),
    )
    completion = django_filters.ChoiceFilter(
        label=gettext_lazy("Completion Status"),
        choices=Enrollment.Completion.choices,
        empty_label=gettext_lazy("All"),
        field_name="completion_status",
        widget=forms.Select(attrs={STANDS: True}),
    )

    eligible = django_filters.BooleanFilter(
        label=gettext_lazy("Eligible, not issued"), method="filter_eligible", widget=forms.CheckboxInput
    )

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        data = data.copy()
        data.setdefault("enrollment", ALL_BUT_CANCELLED)
        super().__init__(data, *args, **kwargs)

    def filter_enrollment(self, queryset: QuerySet[Enrollment], _name: str, wanted: str) -> QuerySet[Enrollment]:
        """Only the lines at this status."""
        if wanted == ALL_BUT_CANCELLED:
            return queryset.exclude(enrollment_status=Enrollment.Status.CANCELLED)
        return queryset if wanted == ALL else queryset.filter(enrollment_status=wanted)

    def filter_eligible(self, queryset: QuerySet[Enrollment], _name: str, wanted: bool) -> QuerySet[Enrollment]:  # noqa: FBT001
        """Only those who completed the class and could get a badge of its course now: whom Wrap up proposes one."""
        line = queryset.select_related("klass__course").first() if wanted else None
        if line is None:
            return queryset
        return queryset.filter(student__in=eligible(line.klass, self.request.user))


class LineForm(forms.Form):
    """The two statuses of one line as they were sent, with what the person saw when the page was made."""

    was_enrollment = forms.ChoiceField(choices=Enrollment.Status)
    was_completion = forms.ChoiceField(choices=Enrollment.Completion)
    enrollment = forms.ChoiceField(choices=Enrollment.Status, required=False)
    completion = forms.ChoiceField(choices=Enrollment.Completion, required=False)

    def __init__(self, data: QueryDict, line: Enrollment) -> None:
        super().__init__(data, prefix=f"line-{line.pk}")
        self.line = line

    def change(self) -> Change:
        """What the person asks for; a status that the page did not let change stays as it was."""
        said = self.cleaned_data
        return Change(
            enrollment_id=self.line.pk,
            was_enrollment=said["was_enrollment"],
            was_completion=said["was_completion"],
            enrollment_status=said["enrollment"] or said["was_enrollment"],
            completion_status=said["completion"] or said["was_completion"],
        )


def changes_of(data: QueryDict, shown: Iterable[Enrollment]) -> list[Change]:
    """The changes that a posted roster asks for; a line it does not name, or names with nonsense, is not changed."""
    forms_ = [LineForm(data, enrollment) for enrollment in shown]
    return [form.change() for form in forms_ if form.is_valid()]


class AddStudentsForm(forms.Form):
    """Whom to put on the roster, at which status. That somebody is on it already is for the rule to find, and to tell."""

    status = forms.TypedChoiceField(
        label=gettext_lazy("Enrollment Status"),
        coerce=Enrollment.Status,
        choices=[(status.value, status.label) for status in FIRST_STATUSES],
        widget=forms.Select(attrs={"form": "choose"}),
    )
    students = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Students"),
        queryset=User.objects.none(),
        widget=ChosenIds,
        error_messages={
            "required": gettext_lazy("Choose at least one student."),
            "invalid_choice": gettext_lazy("A student you chose can no longer be added here. Choose again."),
            "invalid_pk_value": gettext_lazy("A student you chose can no longer be added here. Choose again."),
        },
    )

    def __init__(self, data: QueryDict | None, *, klass: Class, user: User) -> None:
        super().__init__(data)
        seats = {"free": max(0, free_seats(klass)), "maximum": klass.max_students}
        self.fields["status"].initial = Enrollment.Status.ENROLLED if seats["free"] else Enrollment.Status.WAIT_LISTED
        self.fields["status"].help_text = _("Free seats: %(free)d of %(maximum)d. Only Enrolled takes one.") % seats
        by_name = candidates(user).order_by("last_name", "first_name", "username", "pk")
        self.fields["students"].queryset = by_name  # type: ignore[attr-defined]


def moment_of(word: str) -> datetime | None:
    """The moment that an address names in ISO format; None for anything else."""
    try:
        return datetime.fromisoformat(word)
    except ValueError:
        return None


@dataclass(frozen=True)
class Chosen[Row: Model]:
    """What was chosen and is within reach, in the order chosen, and how many of the ids are not."""

    rows: Sequence[Row]
    missing: int

    @classmethod
    def among(cls, rows: QuerySet[Row], ids: Collection[int]) -> "Chosen[Row]":
        """Those of `rows` that have one of the ids."""
        by_id = rows.in_bulk(list(ids))
        return cls([by_id[pk] for pk in ids if pk in by_id], len(ids) - len(by_id))


def out_of_reach(badges: Chosen[Badge], students: Chosen[User]) -> list[str]:
    """What to say of badges and students that were chosen and are out of reach now."""
    said = []
    if badges.missing:
        said.append(
            ngettext(
                "%(count)s badge you chose is no longer available. We removed it from the list.",
                "%(count)s badges you chose are no longer available. We removed them from the list.",
                badges.missing,
            )
            % {"count": localize(badges.missing)}
        )
    if students.missing:
        said.append(
            ngettext(
                "%(count)s student you chose is no longer on your roster. We removed the student from the list.",
                "%(count)s students you chose are no longer on your roster. We removed them from the list.",
                students.missing,
            )
            % {"count": localize(students.missing)}
        )
    return said


class IssueBadgesForm:
    """The selection of the Issue Badges page, and what its button sends.

    `not_ready` are the pairs that the page showed with a reason: only the others are sent, and fail if they are refused
    in between.

    A badge or student that is out of reach (deleted, of another organization, forged) is `missing`: it is told, and
    nothing is issued before the person has seen what is left. One that is in reach but may no longer be issued
    (un-enrolled, manual issuance switched off) stays: issuing reports it as a failure, with its reason.
    """

    def __init__(self, data: QueryDict, selection: Selection, *, klass: Class, user: User) -> None:
        self.selection = selection
        self.errors: list[str] = []
        self.key = key_of(data.get("key", ""))
        self.not_ready = pairs_of(data.get("not_ready", ""))
        self.remark = RemarkForm(data or None)
        self._klass, self._user = klass, user
        of_organization = Badge.objects.filter(organization_id=klass.organization_id).select_related("provider")
        self.badges = Chosen.among(of_organization, selection.badge_ids)
        self.students = Chosen.among(people(klass, user), selection.student_ids)

    def completed(self) -> UserQuerySet:
        """Who completed the class and is not chosen yet."""
        return rosters.completed_students(self._klass, self._user).exclude(pk__in=self.selection.student_ids)

    @property
    def pairs(self) -> int:
        """How many badges the button would issue, if all were ready."""
        return len(self.badges.rows) * len(self.students.rows)

    @property
    def is_too_many(self) -> bool:
        """Whether that is more than one press may issue."""
        return self.pairs > MAX_PAIRS

    @property
    def remarks(self) -> Remarks:
        """What is said of the badges; of a valid form."""
        return Remarks(self.remark.remark)

    def edits(self, data: QueryDict) -> list[Edit]:
        """What a press beside Issue Badges changes, after what was found missing has left."""
        removed = data.get("remove", "")
        edits = self.left()
        if data.get("choose") == "badges":
            edits.append(Edit(of="badge_ids", chosen=numbers(data.getlist("badges"))))
        if data.get("choose") == "students":
            edits.append(Edit(of="student_ids", chosen=numbers(data.getlist("students"))))
        if "completed" in data:
            by_name = self.completed().order_by("last_name", "first_name", "username", "pk")
            wanted = [*self.selection.student_ids, *by_name.values_list("pk", flat=True)]
            edits.append(Edit(of="student_ids", chosen=wanted))
        if removed == "badges" or removed.startswith("badge-"):
            edits.append(_without("badge_ids", removed.removeprefix("badge-")))
        if removed == "students" or removed.startswith("student-"):
            edits.append(_without("student_ids", removed.removeprefix("student-")))
        if removed == "not-ready":
            ids = never_ready(self.badges.rows, self.students.rows, self.not_ready)
            edits.append(Edit(of="student_ids", taken_off=ids))
        return edits

    def left(self) -> list[Edit]:
        """What leaves only those that are within reach."""
        badges, students = ([row.pk for row in rows] for rows in (self.badges.rows, self.students.rows))
        gone_badges = set(self.selection.badge_ids).difference(badges)
        gone_students = set(self.selection.student_ids).difference(students)
        return [Edit(of="badge_ids", taken_off=gone_badges), Edit(of="student_ids", taken_off=gone_students)]

    def is_valid(self) -> bool:
        """Whether it can be issued as it stands; `errors` says why not, in sentences."""
        self.errors = list(self._complaints())
        return not self.errors

    def refuse(self, sentence: str) -> None:
        """Say why nothing was issued; the next press is another request, under a new key."""
        self.errors = [sentence]
        self.key = None

    def complain_of_missing(self) -> list[str]:
        """What was chosen and is out of reach now."""
        return out_of_reach(self.badges, self.students)

    def _complaints(self) -> Iterable[str]:
        yield from self.complain_of_missing()
        if self.remark.is_refused:
            yield remark_refused()
        if not self.badges.rows:
            yield _("Add at least one badge.")
        if not self.students.rows:
            yield _("Add at least one student.")
        if self.is_too_many:
            yield too_many()
        if self.not_ready and self._nothing_is_ready():
            yield _("No badge can be issued. See the reasons beside the students.")
        if self.key is None:
            yield _("This form was not complete. Review the lists, and press Issue Badges again.")

    def _nothing_is_ready(self) -> bool:
        return all(
            (badge.pk, student.pk) in self.not_ready for badge in self.badges.rows for student in self.students.rows
        )


def seen_as(pairs: Iterable[tuple[int, int]]) -> str:
    """Pairs of (badge id, student id), for a hidden field."""
    return " ".join(f"{badge_id}-{student_id}" for badge_id, student_id in pairs)


def pairs_of(words: str) -> frozenset[tuple[int, int]]:
    """What `seen_as` wrote; what is no pair of ids is left out."""
    found = (numbers(word.split("-")) for word in words.split())
    return frozenset(
        (ids[0], ids[-1]) for word, ids in zip(words.split(), found, strict=True) if word.count("-") == 1 and ids
    )


def _without(of: Literal["badge_ids", "student_ids"], word: str) -> Edit:
    """All taken off, or the one with this id."""
    return Edit(of=of, taken_off=numbers([word])) if is_id(word) else Edit(of=of, chosen=[])


def remark_refused() -> str:
    """Why nothing was issued where a note or a link is wrong, and what to do."""
    return _("Nothing was issued. Correct the note or the link that is marked, and press again.")


def too_many() -> str:
    """Why one press cannot issue what is chosen, and what to do."""
    words = _("That is more than %(most)s badges at once. Take some badges or students off, and issue the rest next.")
    return words % {"most": localize(MAX_PAIRS)}


def why_not(
    not_ready: Iterable[tuple[int, int]], refused: Mapping[tuple[int, int], Refusal]
) -> dict[tuple[int, int], Refusal]:
    """By pair, why those are left out that were not ready when the page was shown: what is `refused` now, or was before."""
    before = Refusal("not_ready", _("It could not be issued when you reviewed the lists. It can be now."))
    return {key: refused.get(key, before) for key in not_ready}


def never_ready(
    badges: Sequence[Badge], students: Sequence[User], not_ready: Container[tuple[int, int]]
) -> frozenset[int]:
    """The ids of those who are ready for none of the badges."""
    return frozenset(
        student.pk for student in students if badges and all((badge.pk, student.pk) in not_ready for badge in badges)
    )
