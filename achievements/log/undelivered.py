"""The badges that did not arrive, each student and badge once until it is mended: why not, and where to mend it (N14).

Withheld are those that were earned and cannot be issued; of the others the delivery failed, or their provider stands
still until somebody does something about it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from achievements.log.kept_back import withheld_among, withheld_for
from achievements.models import (
    EarnedAchievement,
    Sweep,
    SweepProblem,
    UndeliveredBadge,
)
from badges.delivery.standstills import NEEDS_A_PERSON, Standstill
from badges.held.acting import of_own_issuances
from badges.issuing.obstacles import (
    IN_THE_WAY,
    RecipientAccount,
    obstacles,
)
from badges.models import ON_ITS_WAY, Badge, BadgeProvider, IssuedBadge, IssuedBadgeQuerySet, Via, undoable
from classes.models import Class
from operation.among import Among
from organizations.access import changeable_accounts
from organizations.models import Organization, User

# The list names people by what they earned and by what was issued to them.
PERMISSIONS = ("achievements.view_earnedachievement", "badges.view_issuedbadge")
# Who teaches has the part of it that was issued by hand.
TEACHES = "classes.view_enrollment"


class Cause(models.TextChoices):
    """Why a badge did not arrive: what is in the way, by its code, or its delivery. One badge may have several."""

    NO_EMAIL = "no_email", gettext_lazy("No e-mail address")
    BAD_EMAIL = "bad_email", gettext_lazy("E-mail address not valid")
    ACCOUNT_CLOSED = "account_closed", gettext_lazy("Account closed")
    NO_NAME = "no_name", gettext_lazy("First or last name missing")
    PROVIDER_OFF = "provider_disabled", gettext_lazy("Badge provider switched off")
    NO_TEMPLATE = "no_template", gettext_lazy("Template missing or gone")
    FAILED = "failed", gettext_lazy("Delivery failed")
    WAITS = "waits", gettext_lazy("Badge provider stands still")


class State(models.TextChoices):
    """How far a badge came that did not arrive. Each has one."""

    WITHHELD = "withheld", gettext_lazy("Withheld")
    FAILED = Cause.FAILED.value, gettext_lazy("Delivery failed")
    WAITS = Cause.WAITS.value, gettext_lazy("Badge provider stands still")


TEMPLATE_UNUSABLE = "template_unusable"
# What is to be changed, by the code of an obstacle or of a failure.
ACCOUNT, BADGE, PROVIDER = "account", "badge", "provider"
_TO_CHANGE: dict[str, str] = {
    **dict.fromkeys(
        (Cause.NO_EMAIL, Cause.BAD_EMAIL, Cause.ACCOUNT_CLOSED, Cause.NO_NAME, "student_inactive"), ACCOUNT
    ),
    **dict.fromkeys((Cause.NO_TEMPLATE, TEMPLATE_UNUSABLE), BADGE),
    Cause.PROVIDER_OFF: PROVIDER,
}


@dataclass(frozen=True)
class Repair:
    """What to do so that the badge arrives; without a `url`, whom to ask."""

    words: str
    url: str = ""


def may_open(user: User) -> bool:
    """Whether the user may see the list."""
    return _administers(user) or user.has_perm(TEACHES)


@dataclass(frozen=True)
class Parts:
    """What did not arrive, each student and badge in one of these once: withheld, failed, or waiting for its provider."""

    withheld: Sequence[QuerySet[EarnedAchievement]]
    failed: QuerySet[IssuedBadge]
    waiting: QuerySet[IssuedBadge]

    @classmethod
    def of(cls, withheld: Sequence[QuerySet[EarnedAchievement]], issued: QuerySet[IssuedBadge]) -> "Parts":
        """Of what was issued those that failed, and those whose provider stands still, as the view has them."""
        same = IssuedBadge.objects.filter(badge=OuterRef("badge"), student=OuterRef("student"))
        failures, is_newer = Q(delivery=IssuedBadge.Delivery.FAILED), Q(pk__gt=OuterRef("pk"))
        later = same.filter(failures | Q(is_newer, delivery__in=ON_ITS_WAY))
        still = BadgeProvider.objects.filter(NEEDS_A_PERSON).values("pk")
        return cls(
            withheld,
            failed=issued.filter(failures, ~Exists(same.filter(failures & is_newer))),
            waiting=issued.filter(~undoable(), ~Exists(later), delivery__in=ON_ITS_WAY, provider__in=still),
        )


def parts_for(user: User) -> Parts:
    """Of all that the user may see. Two queries, none for who does not administer.

    Who administers sees what is of the organizations managed; who teaches, what was issued by hand there: see `_taught`.
    """
    return Parts.of(withheld_for(user) if _administers(user) else [], _issued_for(user))


def undelivered_for(user: User, *, student: User | None = None) -> QuerySet[UndeliveredBadge]:
    """Each student and badge that the user may see, once; of one student, where only that is asked for. Four queries."""
    if student is None:
        return _rows_of(parts_for(user))
    earned = EarnedAchievement.objects.visible_to(user).filter(user=student)
    return undelivered_among(earned if _administers(user) else earned.none(), _issued_for(user).filter(student=student))


def undelivered_among(earned: QuerySet[EarnedAchievement], issued: QuerySet[IssuedBadge]) -> QuerySet[UndeliveredBadge]:
    """Each student and badge of these, of one person, once. Four queries."""
    return _rows_of(Parts.of(withheld_among(earned), issued))


def _rows_of(parts: Parts) -> QuerySet[UndeliveredBadge]:
    """The view is one of all that was ever earned: read by ids, it is as quick as its tables."""
    withheld, stuck = _ids(*parts.withheld), _ids(parts.failed, parts.waiting)
    return UndeliveredBadge.objects.filter(Q(Among("earned", withheld)) | Q(Among("issued", stuck)))


def _ids(*rows: QuerySet[Any]) -> list[int]:
    first, *others = [some.order_by().values_list("pk", flat=True) for some in rows] or [
        EarnedAchievement.objects.none()
    ]
    return list(first.union(*others, all=True))


def _administers(user: User) -> bool:
    return user.has_perms(PERMISSIONS)


def _taught(user: User) -> IssuedBadgeQuerySet:
    """What the user issued by hand, and what was issued from the rosters of the classes that the user teaches: of these an
    organization's instructor only what is of the own students, a contract instructor all (S29).
    """
    own = of_own_issuances(user)
    if not user.has_perm(TEACHES):
        return IssuedBadge.objects.filter(own)
    from_rosters = Q(via=Via.ROSTER, source_id__in=Class.objects.taught_by(user).values("pk"))
    if not user.is_contract_instructor:
        from_rosters &= Q(student__organization_id=user.organization_id)
    return IssuedBadge.objects.filter(own | from_rosters)


def _issued_for(user: User) -> IssuedBadgeQuerySet:
    if not _administers(user):
        return _taught(user)
    seen = IssuedBadge.objects.visible_to(user)
    return seen if user.is_superuser else seen | _taught(user)


def because_of(cause: str) -> Q:
    """Those of undelivered_for that have this cause."""
    if cause == Cause.FAILED:
        return Q(issued__delivery=IssuedBadge.Delivery.FAILED)
    if cause == Cause.WAITS:
        return Q(issued__delivery__in=ON_ITS_WAY)
    if cause == Cause.NO_TEMPLATE:
        return IN_THE_WAY[cause] | Q(issued__failure_code=TEMPLATE_UNUSABLE)
    return IN_THE_WAY[cause]


def in_state(state: str) -> Q:
    """Those of undelivered_for that came so far."""
    return Q(issued=None) if state == State.WITHHELD else because_of(state)


def failed_in(sweep: Sweep | int) -> Exists:
    """Those of undelivered_for that this sweep tried to issue, and could not."""
    return Exists(
        SweepProblem.objects.filter(sweep=sweep, student=OuterRef("student"), achievement__badge=OuterRef("badge"))
    )


@dataclass(frozen=True)
class StillOpen:
    """How many badges that a sweep could not issue did not arrive yet; not `is_all` where it kept only some problems."""

    count: int
    is_all: bool


def still_open(sweep: Sweep, *, user: User) -> StillOpen:
    """Of what the sweep could not issue. Five queries; six for a superuser, who alone is told of problems not kept."""
    is_all = not user.is_superuser or sweep.problems.count() >= sweep.failed
    return StillOpen(undelivered_for(user).filter(failed_in(sweep)).count(), is_all)


def reason_of(row: UndeliveredBadge) -> str:
    """Why the badge did not arrive, in words. Reads the student, the badge with its provider, and the issued badge with its
    own, the organization and pace of which it names.
    """
    if row.issued is None:
        refusals = obstacles(row.badge, RecipientAccount.of(row.student))
        return " ".join(refusal.message for refusal in refusals)
    reason = Standstill(row.issued.provider).words if waits(row.issued) else row.issued.failure_message
    if row.issued.is_revoked:
        words = _("The badge provider was not told that the badge is revoked: %(reason)s")
        return words % {"reason": reason}
    return reason


def state_of(row: UndeliveredBadge) -> str:
    """Whether it was never issued, or how its delivery stands."""
    return row.issued.status_words if row.issued else _("Withheld")


def source_of(row: UndeliveredBadge) -> str:
    """The achievement that earned it, or where it was issued from."""
    if row.issued is not None:
        return row.issued.source_words or row.issued.get_via_display()
    assert row.earned is not None, "the view has nothing else"
    return row.earned.achievement.name


def repairs_of(rows: Collection[UndeliveredBadge], user: User) -> dict[int, list[Repair]]:
    """By the id of the row, what the user can do, or whom to ask. At most three queries, however many rows."""
    changes = changes_for(rows, user)
    return {
        row.pk: changes[row.pk] + ([_of_issued(row, row.issued, user)] if row.issued and not waits(row.issued) else [])
        for row in rows
    }


def changes_for(rows: Collection[UndeliveredBadge], user: User) -> dict[int, list[Repair]]:
    """The same without what can be done to the issued badge itself: what is to be changed before it can go out."""
    wanted = {row.pk: list(dict.fromkeys(_to_change(row))) for row in rows}
    named: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        for what in wanted[row.pk]:
            named[what].add(_changed(row, what).pk)
    reach = {what: changeable(what, ids, user) for what, ids in named.items()}
    return {
        row.pk: [_repair(row, what, is_mine=_changed(row, what).pk in reach[what]) for what in wanted[row.pk]]
        for row in rows
    }


def waits(issued: IssuedBadge) -> bool:
    """Whether its provider stands still, of those of undelivered_for that were issued; otherwise its delivery failed."""
    return issued.delivery in ON_ITS_WAY


def _to_change(row: UndeliveredBadge) -> Iterable[str]:
    if row.issued is not None and waits(row.issued):
        return [PROVIDER]
    codes = [refusal.code for refusal in obstacles(row.badge, RecipientAccount.of(row.student))]
    if row.issued is not None:  # it has an address of its own, and its provider has seen the name
        codes = [code for code in codes if code in {Cause.ACCOUNT_CLOSED, Cause.NO_TEMPLATE, Cause.PROVIDER_OFF}]
        codes.append(row.issued.failure_code)
    return [_TO_CHANGE[code] for code in codes if code in _TO_CHANGE]


def _changed(row: UndeliveredBadge, what: str) -> User | Badge | BadgeProvider:
    if what == ACCOUNT:
        return row.student
    if what == BADGE:
        return row.badge
    return row.issued.provider if row.issued is not None and waits(row.issued) else row.badge.provider


def changeable(what: str, ids: Collection[int], user: User) -> set[int]:
    """Those of the ids that the user may change where the link leads."""
    if what == ACCOUNT:
        may, found = user.is_staff and user.has_perm("organizations.change_user"), changeable_accounts(user)
        return set(found.filter(pk__in=ids).values_list("pk", flat=True)) if may else set()
    if what == BADGE:
        badges = Badge.objects.changeable_by(user).filter(pk__in=ids).values_list("pk", flat=True)
        return set(badges) if user.has_perm("badges.change_badge") else set()
    providers = BadgeProvider.objects.changeable_by(user).filter(pk__in=ids).values_list("pk", flat=True)
    return set(providers) if user.has_perm("badges.change_badgeprovider") else set()


def _repair(row: UndeliveredBadge, what: str, *, is_mine: bool) -> Repair:
    changed = _changed(row, what)
    if not is_mine:
        return Repair(_ask(changed.organization))
    if what == ACCOUNT:
        return Repair(_("Edit the account"), reverse("admin:organizations_user_change", args=[changed.pk]))
    if what == BADGE:
        return Repair(_("Edit the badge"), reverse("badges:edit", args=[changed.pk]))
    if row.issued is not None and waits(row.issued):
        return Repair(_("Open the badge provider"), reverse("badges:provider", args=[changed.pk]))
    return Repair(_("Edit the badge provider"), reverse("badges:provider_edit", args=[changed.pk]))


def _of_issued(row: UndeliveredBadge, issued: IssuedBadge, user: User) -> Repair:
    if _administers(user):
        return Repair(_("Retry or revoke"), reverse("badges:issued_badge", args=[issued.pk]))
    if issued.issued_by_id == user.pk and issued.batch_id is not None:
        return Repair(_("Open the issuance"), reverse("badges:issuance", args=[issued.batch_id]))
    return Repair(_ask(row.badge.organization))


def _ask(organization: Organization) -> str:
    return _("Ask an administrator of %(organization)s.") % {"organization": organization}
