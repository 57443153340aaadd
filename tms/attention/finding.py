"""Finds what waits for a person, cause by cause, within what he or she may see: numbers and ids, no words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, F, Max, OuterRef, Q

from achievements.log.first_fixes import Fix, Group, groups_for
from achievements.log.freshness import measure
from achievements.log.undelivered import may_open
from achievements.models import Hold, Sweep, SweepProblem
from badges.accounts.standing import TOKEN_WARNING
from badges.delivery.standstills import NEEDS_A_PERSON
from badges.models import BadgeProvider
from classes.wrapping_up import needing_attention
from organizations.models import User

SEE_HOLDS, SEE_SWEEPS = "achievements.view_hold", "achievements.view_sweep"
SEE_PROVIDERS, CHANGE_PROVIDERS = "badges.view_badgeprovider", "badges.change_badgeprovider"
SEE_ROSTERS = "classes.view_enrollment"
# Whoever has one of these has the page.
PERMISSIONS = ("achievements.view_earnedachievement", SEE_HOLDS, SEE_SWEEPS, SEE_PROVIDERS, SEE_ROSTERS)


class Kind(StrEnum):
    """What is to be done. Those from `PROVIDER` to `DELIVERY` bring badges."""

    SWEEP = "sweep"
    PROVIDER = Fix.PROVIDER.value
    TEMPLATE = Fix.TEMPLATE.value
    ACCOUNT = Fix.ACCOUNT.value
    ADDRESS = Fix.ADDRESS.value
    DELIVERY = Fix.DELIVERY.value
    AWARDS = "awards"
    EVALUATION = "evaluation"
    CLASS = "class"
    TOKEN = "token"  # noqa: S105 - a kind of trouble


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A cause. `about` is the id of the provider, badge, account, hold, achievement or class, and 0 of the sweep; `number`
    badges or awards wait.

    `said` is what a provider or the database answered; `failed` deliveries the user may retry; `sweep_id` found it.
    """

    kind: Kind
    about: int
    number: int = 0
    since: datetime | None = None
    failed: int = 0
    code: str = ""
    said: str = ""
    sweep_id: int | None = None


def is_open_to(user: User) -> bool:
    """Whether the user has the page."""
    return any(user.has_perm(name) for name in PERMISSIONS)


def find(user: User, *, at: datetime) -> list[Finding]:
    """Everything that waits, at this moment, in no order. Ten queries at most, whatever there is."""
    groups = groups_for(user) if may_open(user) else []
    waited_for = {group.about for group in groups if group.fix == Fix.PROVIDER}
    return [
        *_of_sweep(user, at),
        *map(_of_group, groups),
        *_of_providers(user, at, passing_over=waited_for),
        *_of_holds(user),
        *_of_evaluation(user),
        *_of_classes(user, at),
    ]


def _of_sweep(user: User, at: datetime) -> Iterator[Finding]:
    """That awards do not come within the hour, as the page of sweeps says it."""
    if not user.has_perm(SEE_SWEEPS):
        return
    now = measure(at=at)
    if now.is_late:
        is_sweep = now.is_sweep_late
        yield Finding(
            kind=Kind.SWEEP,
            about=0,
            since=now.due_since if is_sweep else now.oldest_waiting_at,
            code="full_sweep" if is_sweep else "oldest_record",
        )


def _of_group(group: Group) -> Finding:
    return Finding(
        kind=Kind(group.fix),
        about=group.about,
        number=group.count,
        since=group.since,
        failed=group.failed,
        code=group.code,
        said=group.said,
    )


def _of_providers(user: User, at: datetime, *, passing_over: set[int]) -> Iterator[Finding]:
    """Those that stand still though no badge waits for them yet, and tokens that end soon or have ended."""
    if not user.has_perm(SEE_PROVIDERS):
        return
    changes = (
        BadgeProvider.objects.changeable_by(user) if user.has_perm(CHANGE_PROVIDERS) else BadgeProvider.objects.none()
    )
    rows = (
        BadgeProvider.objects.visible_to(user)
        .filter(is_enabled=True)
        .annotate(
            stands_still=NEEDS_A_PERSON,
            ends_soon=Q(Exists(changes.filter(pk=OuterRef("pk"))), token_expires_at__lte=at + TOKEN_WARNING),
        )
        .filter(Q(stands_still=True) | Q(ends_soon=True))
    )
    found = rows.values_list("pk", "stands_still", "ends_soon", "paused_at", "last_success_at", "token_expires_at")
    for pk, stands_still, ends_soon, paused_at, last_success_at, ends_at in found:
        if stands_still and pk not in passing_over:
            yield Finding(kind=Kind.PROVIDER, about=pk, since=paused_at or last_success_at)
        if ends_soon:
            yield Finding(kind=Kind.TOKEN, about=pk, since=ends_at)


def _of_holds(user: User) -> Iterator[Finding]:
    """Awards that await approval."""
    if not user.has_perm(SEE_HOLDS):
        return
    waiting = Hold.objects.visible_to(user).filter(decision=Hold.Decision.WAITING)
    for pk, count, held_at in waiting.values_list("pk", "count", "held_at"):
        yield Finding(kind=Kind.AWARDS, about=pk, number=count, since=held_at)


def _of_classes(user: User, at: datetime) -> Iterator[Finding]:
    """Classes that ended and are not wrapped up."""
    if not user.has_perm(SEE_ROSTERS):
        return
    for pk, ends_at in needing_attention(user, at=at).values_list("pk", "ends_at"):
        yield Finding(kind=Kind.CLASS, about=pk, since=ends_at)


def _of_evaluation(user: User) -> Iterator[Finding]:
    """Achievements that the last full sweep could not evaluate and nobody has edited since."""
    if not user.has_perm(SEE_SWEEPS):
        return
    last = Sweep.objects.filter(kind=Sweep.Kind.FULL, finished_at__isnull=False).order_by("-pk").values("pk")[:1]
    rows = SweepProblem.objects.visible_to(user).filter(
        sweep=last,
        code="evaluation",
        achievement__is_enabled=True,
        achievement__modified_at__lte=F("sweep__started_at"),
    )
    found = rows.order_by().values("achievement")
    for row in found.annotate(said=Max("message"), at=Max("sweep__started_at"), run=Max("sweep_id")):
        yield Finding(
            kind=Kind.EVALUATION, about=row["achievement"], since=row["at"], said=row["said"], sweep_id=row["run"]
        )
