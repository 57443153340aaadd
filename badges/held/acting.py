"""Who may do what to an issued badge: retry, revoke, issue again, send again, give to another address."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from badges.held.revoking import Kept
from badges.issuing.obstacles import UNSENDABLE, in_the_way_of
from badges.issuing.reports import Failure, Pair, Refusal
from badges.models import IssuedBadge, IssuedBadgeQuerySet, Via
from badges.providers.opening import capabilities_of
from organizations.access import managed_organizations
from organizations.models import User
from organizations.roles import ISSUE_IN_ASSIGNMENTS, ISSUE_IN_CLASSES, RETRY_ISSUED, REVOKE_ISSUED
from organizations.scope import people_in_scope

Delivery, Status = IssuedBadge.Delivery, IssuedBadge.Status

_BY_HAND = {Via.ROSTER: ISSUE_IN_CLASSES, Via.ASSIGNMENT: ISSUE_IN_ASSIGNMENTS}


@dataclass(frozen=True)
class Actions:
    """What the user may do to one issued badge as it is now."""

    can_retry: bool = False
    can_revoke: bool = False
    can_reissue: bool = False
    can_resend: bool = False
    can_readdress: bool = False


@dataclass(frozen=True)
class RevocationPlan:
    """Of the chosen badges, those that would be revoked now, and those that would be kept, each with its reason."""

    revocable: list[IssuedBadge] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


@dataclass(frozen=True)
class RetryPlan:
    """Of the chosen badges, those whose delivery would be retried now, and those that would not, each with its reason."""

    retriable: list[IssuedBadge] = field(default_factory=list)
    left: list[Failure] = field(default_factory=list)


def managed_by(user: User) -> IssuedBadgeQuerySet:
    """The issued badges of the organizations the user manages: a student's organization alone gives no say in them."""
    return IssuedBadge.objects.filter(badge__organization__in=managed_organizations(user))


def of_own_issuances(user: User, to: str = "") -> Q:
    """What the user issued by hand, while he or she may issue there; `to` leads to the issued badge."""
    start = f"{to}__" if to else ""
    vias = [via for via, permission in _BY_HAND.items() if user.has_perm(permission)]
    return Q((f"{start}batch__issued_by", user), (f"{start}via__in", vias))


def may_retry_any(user: User) -> bool:
    """Whether there can be deliveries that the user may retry."""
    return any(user.has_perm(name) for name in (RETRY_ISSUED, *_BY_HAND.values()))


def may_be_retried_by(user: User, to: str = "") -> Q:
    """Those whose delivery the user may retry: of managed organizations, and of the own issuances while one may issue.

    `to` leads to the issued badge.
    """
    own = of_own_issuances(user, to)
    if not user.has_perm(RETRY_ISSUED):
        return own
    return own | Q((f"{to}__badge__organization__in" if to else "badge__organization__in", managed_organizations(user)))


def retriable_by(user: User) -> IssuedBadgeQuerySet:
    """See may_be_retried_by."""
    return IssuedBadge.objects.filter(may_be_retried_by(user))


def actions_for(issued: IssuedBadge, user: User) -> Actions:
    """What the page of one issued badge offers. Badge, student and provider are to be at hand."""
    is_managed = managed_by(user).filter(pk=issued.pk).exists()
    may_revoke = is_managed and user.has_perm(REVOKE_ISSUED)
    may_retry = is_managed and user.has_perm(RETRY_ISSUED)
    return Actions(
        can_retry=may_retry and issued.delivery == Delivery.FAILED,
        can_revoke=may_revoke and not issued.is_revoked,
        can_reissue=may_revoke and issued.is_revoked and not _is_held_again(issued),
        can_resend=may_retry and _can_resend(issued),
        can_readdress=may_retry and issued.student.is_active and _waits(issued) and knows_address(issued, user),
    )


def knows_address(issued: IssuedBadge, user: User) -> bool:
    """Whether the user may see, and so change, the address that the badge goes to."""
    return people_in_scope(user).filter(pk=issued.student_id).exists()


def revocation_plan(rows: Collection[IssuedBadge], user: User) -> RevocationPlan:
    """What revoking the rows would do, before anybody does it."""
    managed = set(managed_by(user).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    plan = RevocationPlan()
    for row in rows:
        if row.pk not in managed:
            plan.kept.append(Kept(row, _of_others(row)))
        elif row.is_revoked:
            plan.kept.append(Kept(row, _("The badge is revoked already.")))
        else:
            plan.revocable.append(row)
    return plan


def retry_plan(rows: Collection[IssuedBadge], user: User) -> RetryPlan:
    """What retrying the rows would do, before anybody does it. Badge with its provider, and student, are to be at hand."""
    allowed = retriable_by(user).filter(pk__in=[row.pk for row in rows])
    is_unsendable = dict(allowed.annotate(is_unsendable=UNSENDABLE).values_list("pk", "is_unsendable"))
    plan = RetryPlan()
    for row in rows:
        refusal = None
        if row.delivery != Delivery.FAILED:
            refusal = Refusal("not_failed", _("The delivery has not failed."))
        elif row.pk not in is_unsendable:
            refusal = Refusal("not_managed", _of_others(row))
        elif is_unsendable[row.pk]:
            refusal = in_the_way_of(row)
        if refusal is None:
            plan.retriable.append(row)
        else:
            plan.left.append(Failure(Pair(row.badge, row.student), refusal))
    return plan


def _of_others(row: IssuedBadge) -> str:
    words = _("The badge belongs to %(organization)s, which you do not manage.")
    return words % {"organization": row.badge.organization}


def _is_held_again(issued: IssuedBadge) -> bool:
    """Whether the student has a later row for the same badge."""
    return IssuedBadge.objects.unrevoked().filter(badge=issued.badge_id, student=issued.student_id).exists()


def _can_resend(issued: IssuedBadge) -> bool:
    """Where the provider writes the letter, only while the badge waits there; ours can be written while it is valid."""
    if issued.has_ended(timezone.now()) or not issued.student.is_active:
        return False
    if capabilities_of(issued.provider).writes_letters:
        return _waits(issued) and bool(issued.external_id)
    return not issued.is_revoked and issued.delivery == Delivery.DELIVERED


def _waits(issued: IssuedBadge) -> bool:
    """Whether the student has not answered yet and no worker is just about to ask the provider."""
    is_busy = issued.delivery in (Delivery.SENDING, Delivery.UNCERTAIN)
    return not issued.is_revoked and issued.status == Status.PENDING and not is_busy
