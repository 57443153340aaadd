"""What keeps one person's badges back: each with its reason, and what the reader can do about it in place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import FETCH_RAISE, QuerySet
from django.utils.translation import gettext as _

from achievements.log.undelivered import (
    Cause,
    Repair,
    changes_for,
    reason_of,
    source_of,
    undelivered_among,
    waits,
)
from achievements.models import EarnedAchievement, UndeliveredBadge
from badges.held.acting import retry_plan
from badges.held.holding_back import held_back
from badges.held.leading import lead_to_issued
from badges.issuing.obstacles import RecipientAccount, obstacles
from badges.models import Badge, IssuedBadge
from organizations.models import User
from organizations.roles import RETRY_ISSUED

_OF_ADDRESS = {Cause.NO_EMAIL, Cause.BAD_EMAIL}


@dataclass(frozen=True, kw_only=True)
class WithheldBadge:
    """A badge that did not arrive. `issued` is its row, if it was ever issued; then its delivery failed, or it waits for a
    provider that stands still.

    `pk` is that of UndeliveredBadge. `needs_address`: an e-mail address is all that it needs.
    """

    pk: int
    badge: Badge
    issued: IssuedBadge | None
    reason: str
    source: str
    since: datetime
    repairs: list[Repair] = field(default_factory=list)
    can_retry: bool = False
    needs_address: bool = False


def withheld_of(
    earned: QuerySet[EarnedAchievement], issued: QuerySet[IssuedBadge], reader: User, *, is_own: bool
) -> list[WithheldBadge]:
    """Of what one person has earned and was issued, what did not arrive: the newest first.

    `is_own`: the person reads, in no words of a provider. The number of queries does not depend on the number of badges.
    """
    found = undelivered_among(earned, issued).select_related(
        "student__organization",
        "badge__organization",
        "badge__provider__organization",
        "earned__achievement",
        "issued__provider__organization",
        "issued__provider__pace",
    )
    rows = list(found.fetch_mode(FETCH_RAISE).order_by("-since", "-pk"))
    if not rows:
        return []
    repairs = {} if is_own else changes_for(rows, reader)
    retriable = set() if is_own else _retriable(rows, reader)
    lead_to_issued([row.issued for row in rows if row.issued], reader)
    return [
        _withheld(row, is_own=is_own, repairs=repairs.get(row.pk, []), can_retry=row.issued_id in retriable)
        for row in rows
    ]


def _retriable(rows: Sequence[UndeliveredBadge], reader: User) -> set[int]:
    """The issued badges whose delivery the reader may retry from here, and which a retry would send."""
    issued = []
    for row in rows:
        if row.issued is not None:
            row.issued.badge, row.issued.student = row.badge, row.student  # which are at hand
            issued.append(row.issued)
    if not issued or not reader.has_perm(RETRY_ISSUED):
        return set()
    return {one.pk for one in retry_plan(issued, reader).retriable}


def _withheld(row: UndeliveredBadge, *, is_own: bool, repairs: list[Repair], can_retry: bool) -> WithheldBadge:
    codes = {refusal.code for refusal in obstacles(row.badge, RecipientAccount.of(row.student))}
    if not (repairs or can_retry or is_own):
        words = _("Ask an administrator of %(organization)s.") % {"organization": row.badge.organization}
        repairs = [Repair(words)]
    return WithheldBadge(
        pk=row.pk,
        badge=row.badge,
        issued=row.issued,
        reason=_reason(row, is_own=is_own),
        source=source_of(row),
        since=row.since,
        repairs=repairs,
        can_retry=can_retry,
        needs_address=row.issued is None and codes <= _OF_ADDRESS,
    )


def _reason(row: UndeliveredBadge, *, is_own: bool) -> str:
    if row.issued is None or not is_own or waits(row.issued):
        return reason_of(row)
    return held_back(row.issued, is_own=True)
