"""What is to be mended first of each badge that did not arrive, and how many wait for the same repair.

A badge may lack several things. It waits for one of them: the one without which mending the others would not bring it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, NullIf
from django.utils.translation import gettext_lazy as _

from achievements.log.undelivered import TEMPLATE_UNUSABLE, parts_for
from achievements.models import UndeliveredBadge
from badges.held.acting import may_be_retried_by
from badges.issuing.obstacles import IN_THE_WAY, in_the_way, unsendable
from badges.models import ON_ITS_WAY, IssuedBadge
from organizations.models import User


class Fix(models.TextChoices):
    """Where the repair is made. Each undelivered badge has exactly one."""

    PROVIDER = "provider", _("Badge provider")
    TEMPLATE = "template", _("Badge template")
    ACCOUNT = "account", _("Account")
    ADDRESS = "address", _("E-mail address")
    DELIVERY = "delivery", _("Delivery")


_APART = "/"
# Where the id of what is to be mended stands, of a row that was earned and of one that was issued.
_ABOUT_WITHHELD = {
    Fix.PROVIDER: "achievement__badge__provider_id",
    Fix.TEMPLATE: "achievement__badge_id",
    Fix.ACCOUNT: "user_id",
}
_ABOUT_FAILED = {Fix.TEMPLATE: "badge_id", Fix.ACCOUNT: "student_id"}
_NONE, _NOTHING = Value(0), Value("")
# The code of deliveries that failed and left none.
NO_CODE = "unknown"

_FAILED = Q(issued__delivery=IssuedBadge.Delivery.FAILED)
_WITHHELD = Q(issued__isnull=True)
_PROVIDER = Coalesce("issued__provider_id", "badge__provider_id")


def _of_withheld(badge: str, student: str) -> list[tuple[Q, Fix]]:
    """What is mended first of what was never issued, of rows with a badge and a student at these paths; else the address."""
    ways = in_the_way(badge=badge, student=student)
    return [
        (ways["provider_disabled"], Fix.PROVIDER),
        (ways["no_template"], Fix.TEMPLATE),
        (ways["account_closed"] | ways["no_name"], Fix.ACCOUNT),
    ]


def _of_failed(to: str = "") -> list[tuple[Q, Fix]]:
    """The same of deliveries that failed, of rows with a badge, a student, and the issued badge at this path; else they
    are retried.
    """
    is_unusable = Q((f"{to}failure_code", TEMPLATE_UNUSABLE))
    return [
        ((unsendable(to) & IN_THE_WAY["no_template"]) | is_unusable, Fix.TEMPLATE),
        (unsendable(to) & IN_THE_WAY["account_closed"], Fix.ACCOUNT),
    ]


def _code(to: str = "") -> Coalesce:
    return Coalesce(NullIf(f"{to}failure_code", Value("")), Value(NO_CODE))


_FIX = Case(
    When(Q(issued__delivery__in=ON_ITS_WAY), then=Value(Fix.PROVIDER.value)),
    *(When(_WITHHELD & is_so, then=Value(fix.value)) for is_so, fix in _of_withheld("badge__", "student__")),
    When(_WITHHELD, then=Value(Fix.ADDRESS.value)),
    *(When(is_so, then=Value(fix.value)) for is_so, fix in _of_failed("issued__")),
    default=Value(Fix.DELIVERY.value),
    output_field=models.CharField(),
)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Undelivered badges that one repair brings: of a provider, a badge or an account, whose id is `about`, and of one kind
    of failure.

    `failed` of the `count` have to be retried as well, and the reader may. `said` is what their provider answered, to one
    of them.
    """

    fix: str
    about: int
    code: str = ""
    count: int
    failed: int
    since: datetime
    said: str

    def with_more(self, other: "Group") -> "Group":
        """Both, which the same repair brings."""
        return replace(
            self,
            count=self.count + other.count,
            failed=self.failed + other.failed,
            since=min(self.since, other.since),
            said=max(self.said, other.said),
        )


def groups_for(user: User) -> list[Group]:
    """Of all that the user may see. Three queries, however many badges there are."""
    parts = parts_for(user)
    counted: list[QuerySet[Any, Any]] = [
        *(_counted(rows, _KEY_OF_WITHHELD, since=F("earned_at")) for rows in parts.withheld),
        _counted(parts.waiting, _key(Fix.PROVIDER, "provider_id"), since=Coalesce("revoked_at", "created_at")),
        _counted(
            parts.failed,
            _KEY_OF_FAILED,
            since=Coalesce("failed_at", "issued_at"),
            failed=Count("pk", filter=may_be_retried_by(user)),
            said=Max("failure_message"),
        ),
    ]
    first, *others = counted
    found: dict[str, Group] = {}
    for key, count, failed, since, said in first.union(*others, all=True):
        fix, about, code = key.split(_APART, 2)
        group = Group(fix=fix, about=int(about), code=code, count=count, failed=failed, since=since, said=said)
        found[key] = found[key].with_more(group) if key in found else group
    return list(found.values())


def how_many_undelivered(user: User) -> int:
    """How many badges did not arrive, of all that the user may see. Three queries."""
    return sum(group.count for group in groups_for(user))


def to_fix(rows: QuerySet[UndeliveredBadge], fix: str) -> QuerySet[UndeliveredBadge]:
    """Those of the rows where this is to be mended first."""
    return rows.alias(fix=_FIX).filter(fix=fix)


def at_provider(rows: QuerySet[UndeliveredBadge], provider_id: int) -> QuerySet[UndeliveredBadge]:
    """Those of the rows that wait for this provider, or failed there."""
    return rows.alias(of_provider=_PROVIDER).filter(of_provider=provider_id)


def with_code(rows: QuerySet[UndeliveredBadge], code: str) -> QuerySet[UndeliveredBadge]:
    """Those of the rows whose delivery failed with this code."""
    return rows.alias(code=_code("issued__")).filter(_FAILED, code=code)


def _key(fix: Fix, about: str, code: Value | Coalesce = _NOTHING) -> Concat:
    """One text for what is grouped by: of several expressions each would be worked out for itself, row by row."""
    number = Cast(about, models.TextField())
    return Concat(Value(f"{fix.value}{_APART}"), number, Value(_APART), code, output_field=models.TextField())


def _counted(
    rows: QuerySet[Any],
    key: Case | Concat,
    *,
    since: F | Coalesce,
    failed: Count | Value = _NONE,
    said: Max | Value = _NOTHING,
) -> QuerySet[Any, Any]:
    """By the key, how many rows there are, how many of them failed, since when, and what was said."""
    grouped = rows.order_by().annotate(key=key).values("key")
    counted: QuerySet[Any, Any] = grouped.annotate(count=Count("pk"), failed=failed, oldest_at=Min(since), said=said)
    return counted.values_list("key", "count", "failed", "oldest_at", "said")


_KEY_OF_WITHHELD = Case(
    *(
        When(is_so, then=_key(fix, _ABOUT_WITHHELD[fix]))
        for is_so, fix in _of_withheld("achievement__badge__", "user__")
    ),
    default=_key(Fix.ADDRESS, "user_id"),
    output_field=models.TextField(),
)
_KEY_OF_FAILED = Case(
    *(When(is_so, then=_key(fix, _ABOUT_FAILED[fix])) for is_so, fix in _of_failed()),
    default=_key(Fix.DELIVERY, "provider_id", _code()),
    output_field=models.TextField(),
)
