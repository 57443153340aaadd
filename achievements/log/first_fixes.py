"""What is to be mended first of each badge that did not arrive, and how many wait for the same repair.

A badge may lack several things. It waits for one of them: the one without which mending the others would not bring it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from achievements.log.undelivered import TEMPLATE_UNUSABLE, undelivered_for
from achievements.models import UndeliveredBadge
from badges.held.acting import may_be_retried_by
from badges.issuing.obstacles import IN_THE_WAY, unsendable
from badges.models import ON_ITS_WAY, IssuedBadge
from organizations.models import User


class Fix(models.TextChoices):
    """Where the repair is made. Each undelivered badge has exactly one."""

    PROVIDER = "provider", _("Badge provider")
    TEMPLATE = "template", _("Badge template")
    ACCOUNT = "account", _("Account")
    ADDRESS = "address", _("E-mail address")
    DELIVERY = "delivery", _("Delivery")


# The code of deliveries that failed and left none.
NO_CODE = "unknown"

_WITHHELD = Q(issued__isnull=True)
_UNSENDABLE = _WITHHELD | unsendable("issued__")
_FAILED = Q(issued__delivery=IssuedBadge.Delivery.FAILED)
_FIX = Case(
    When(Q(issued__delivery__in=ON_ITS_WAY), then=Value(Fix.PROVIDER.value)),
    When(_WITHHELD & IN_THE_WAY["provider_disabled"], then=Value(Fix.PROVIDER.value)),
    When(_UNSENDABLE & IN_THE_WAY["no_template"], then=Value(Fix.TEMPLATE.value)),
    When(Q(issued__failure_code=TEMPLATE_UNUSABLE), then=Value(Fix.TEMPLATE.value)),
    When(_UNSENDABLE & IN_THE_WAY["account_closed"], then=Value(Fix.ACCOUNT.value)),
    When(_WITHHELD & IN_THE_WAY["no_name"], then=Value(Fix.ACCOUNT.value)),
    When(_WITHHELD, then=Value(Fix.ADDRESS.value)),
    default=Value(Fix.DELIVERY.value),
    output_field=models.CharField(),
)
_PROVIDER = Coalesce("issued__provider_id", "badge__provider_id")
_CODE = Coalesce(NullIf("issued__failure_code", Value("")), Value(NO_CODE))


@dataclass(frozen=True, kw_only=True)
class Group:
    """Undelivered badges that one repair brings: of a provider, a badge or a student, and of one kind of failure.

    `failed` of the `count` have to be retried as well, and the reader may. `said` is what their provider answered, to one
    of them.
    """

    fix: str
    provider_id: int | None
    badge_id: int | None
    student_id: int | None
    code: str
    count: int
    failed: int
    since: datetime
    said: str


def groups_for(user: User) -> list[Group]:
    """Of all that the user may see. Three queries, however many badges there are."""
    keys = {
        "of_provider": _key(_PROVIDER, Fix.PROVIDER, Fix.DELIVERY),
        "of_badge": _key(F("badge_id"), Fix.TEMPLATE),
        "of_student": _key(F("student_id"), Fix.ACCOUNT, Fix.ADDRESS),
        "code": Case(When(fix=Fix.DELIVERY, then=_CODE), default=Value("")),
    }
    rows = undelivered_for(user).order_by().annotate(fix=_FIX).annotate(**keys).values("fix", *keys)
    counted = rows.annotate(
        count=Count("pk"),
        failed=Count("pk", filter=_FAILED & may_be_retried_by(user, "issued")),
        oldest_at=Min("since"),
        said=Max("issued__failure_message", default=Value("")),
    )
    return [
        Group(
            fix=row["fix"],
            provider_id=row["of_provider"],
            badge_id=row["of_badge"],
            student_id=row["of_student"],
            code=row["code"],
            count=row["count"],
            failed=row["failed"],
            since=row["oldest_at"],
            said=row["said"],
        )
        for row in counted
    ]


def to_fix(rows: QuerySet[UndeliveredBadge], fix: str) -> QuerySet[UndeliveredBadge]:
    """Those of the rows where this is to be mended first."""
    return rows.alias(fix=_FIX).filter(fix=fix)


def at_provider(rows: QuerySet[UndeliveredBadge], provider_id: int) -> QuerySet[UndeliveredBadge]:
    """Those of the rows that wait for this provider, or failed there."""
    return rows.alias(of_provider=_PROVIDER).filter(of_provider=provider_id)


def with_code(rows: QuerySet[UndeliveredBadge], code: str) -> QuerySet[UndeliveredBadge]:
    """Those of the rows whose delivery failed with this code."""
    return rows.alias(code=_CODE).filter(_FAILED, code=code)


def _key(value: F | Coalesce, *fixes: Fix) -> Case:
    return Case(When(fix__in=fixes, then=value), output_field=models.BigIntegerField())
