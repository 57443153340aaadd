"""Asks for a full sweep: a row in the database, which a worker picks up when it is woken, or by itself within seconds."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from achievements.models import Sweep
from achievements.sweep import underway
from operation.models import SweepHint
from operation.wake import award_if_due_now, drain_soon
from organizations.models import Organization, User


@dataclass(frozen=True)
class AskedSweep:
    """The full sweep to watch; not `is_new` when one waited or ran already, not `is_woken` when the broker is away."""

    sweep: Sweep
    is_new: bool
    is_woken: bool = True


def ask_for_full_sweep(*, by: User, at: datetime) -> AskedSweep:
    """Have a worker run a full sweep, unless one is under way. Safe to repeat, also at the same moment.

    The task carries nothing: who asked stands in the row, and without a broker the row waits for beat, for the hourly
    sweep or for `manage.py sweep`.
    """
    running = underway.running()
    if running is not None:
        return AskedSweep(running, is_new=False)
    sweep, is_new = underway.ask(by=by, at=at)
    return AskedSweep(sweep, is_new=is_new, is_woken=award_if_due_now())


def look_at_organizations(organizations: QuerySet[Organization]) -> None:
    """Have a drain look at these organizations: their achievements and their people. Asked twice, it looks once."""
    waiting = SweepHint.objects.filter(organization_id__isnull=False).values("organization_id")
    asked = organizations.exclude(pk__in=waiting).order_by("pk").values_list("pk", flat=True)
    with transaction.atomic():
        SweepHint.objects.bulk_create(SweepHint(organization_id=pk) for pk in asked)
        drain_soon()
