"""Wraps a class up: who completed it is saved first, then the badges are issued. If the first is refused, so is the second."""

import itertools
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from badges.issuing import issue_many
from badges.issuing.remarks import Remarks
from badges.issuing.reports import Refusal, Report
from badges.models import Badge
from classes import rosters
from classes.models import Class, Enrollment, EnrollmentQuerySet
from classes.rosters import Change, SavedRoster
from organizations.models import User

Completion = Enrollment.Completion


def not_set(klass: Class, user: User) -> EnrollmentQuerySet:
    """The Enrolled lines that the user sees of whom nobody has said yet whether they completed the class."""
    return rosters.lines(klass, user).enrolled().filter(completion_status=Completion.UNKNOWN)


def as_complete(lines: Iterable[Enrollment]) -> list[Change]:
    """The changes that set these lines to Complete."""
    return [
        Change(
            enrollment_id=line.pk,
            was_enrollment=line.enrollment_status,
            was_completion=line.completion_status,
            enrollment_status=line.enrollment_status,
            completion_status=Completion.COMPLETE,
        )
        for line in lines
    ]


def save_completion(klass: Class, user: User, changes: Sequence[Change], *, at: datetime) -> SavedRoster:
    """Save Changes (see `rosters.save_changes`). What somebody has set to the same meanwhile is no conflict.

    So a second press of the same form finds nothing left to save.
    """
    via = Enrollment.CompletionVia.WRAP_UP
    saved = rosters.save_changes(klass, user, changes, via=via, at=at)
    if not saved.errors:
        return saved
    now = {line.pk: line for line in rosters.lines(klass, user).filter(pk__in=[one.enrollment_id for one in changes])}
    left = [change for change in changes if not _is_done(change, now.get(change.enrollment_id))]
    return rosters.save_changes(klass, user, left, via=via, at=at) if len(left) < len(changes) else saved


def issue_pairs(
    klass: Class,
    user: User,
    badges: Sequence[Badge],
    students: Sequence[User],
    pairs: Collection[tuple[int, int]],
    *,
    key: uuid.UUID,
    at: datetime,
    left_out: Mapping[tuple[int, int], Refusal] | None = None,
    remarks: Remarks | None = None,
) -> Report:
    """Issue these pairs of (badge id, student id), of these badges and students, from the roster; see `issue_many`.

    The report tells of those others that are `left_out` for a reason.
    """
    told = left_out or {}
    others = {key: told.get(key) for key in itertools.product(_ids(badges), _ids(students)) if key not in pairs}
    return issue_many(
        badges=badges,
        students=students,
        source=rosters.source(klass),
        organization=klass.organization,
        issued_by=user,
        at=at,
        key=key,
        refusals=rosters.refusals(klass, user, students),
        leave_out=others,
        remarks=remarks,
    )


def _ids(rows: Iterable[Badge | User]) -> list[int]:
    return [row.pk for row in rows]


def _is_done(change: Change, line: Enrollment | None) -> bool:
    wanted = change.enrollment_status, change.completion_status
    return line is not None and (line.enrollment_status, line.completion_status) == wanted
