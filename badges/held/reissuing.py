"""Issues a revoked badge again to the same student, by the rules of issuing by hand."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from badges.delivery.rounds import deliver_now
from badges.held.choosing import PATIENCE, say_issued
from badges.issuing import GoneError, KeyUsedError, Source, issue_many, preflight
from badges.issuing.reports import failure_of
from badges.models import IssuedBadge, Via
from organizations.models import User


@dataclass(frozen=True)
class Reissued:
    """The new row and the words of its success, or of its provider's refusal; or no row and why."""

    issued: IssuedBadge | None
    words: str
    is_refused: bool = False


def refusal_of(revoked: IssuedBadge) -> str:
    """Why the badge cannot be issued again now, or nothing. Badge and student are to be at hand."""
    refused = preflight([revoked.badge], [revoked.student])
    return next((refusal.message for refusal in refused.values()), "")


def issue_again(revoked: IssuedBadge, *, by: User, at: datetime, key: uuid.UUID) -> Reissued:
    """Issue the badge anew, and wait a little for its provider. Safe to repeat with the same key.

    It says that it was earned as the revoked one was. Who issued it again, and when, is said by its batch.
    """
    try:
        report = issue_many(
            badges=[revoked.badge],
            students=[revoked.student],
            source=Source(Via.ADMIN, revoked.pk, _("Reissued after revocation")),
            organization=revoked.badge.organization,
            issued_by=by,
            at=at,
            key=key,
            former=revoked,
        )
    except (KeyUsedError, GoneError):
        return Reissued(None, _("This form is out of date, and nothing was issued. Open the page again."))
    if report.failed:
        return Reissued(None, report.failed[0].sentence)
    row = IssuedBadge.objects.filter(batch=report.batch).latest("pk")
    answered = deliver_now(row.pk, patience=PATIENCE)
    failure = failure_of(answered)
    return Reissued(answered, failure.sentence if failure else say_issued(answered), is_refused=failure is not None)
