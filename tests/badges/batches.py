"""Issuances and their pairs, for the tests of what shows them."""

from django.urls import reverse

from tests.factories import (
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
)

NOT_YET = {"delivered_at": None, "status": "pending"}


def add(batch, badge, **fields):
    """One more pair of the batch that was issued; the fields say where it stands."""
    row = IssuedBadgeFactory.create(badge=badge, batch=batch, via=batch.via, **fields)
    IssuanceItemFactory.create(batch=batch, badge=badge, student=row.student, issued_badge=row, code="", message="")
    return row


def page_of(batch):
    return reverse("badges:issuance", args=[batch.pk])


def made_from(world, via, source_id, **fields):
    fields = {"issued_by": world.instructor, "organization": world.academy} | fields
    return IssuanceBatchFactory.create(via=via, source_id=source_id, **fields)
