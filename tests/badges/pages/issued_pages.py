"""Issued badges whose delivery failed, and the pages of one and what they say."""

from django.urls import reverse

from tests.factories import (
    IssuedBadgeFactory,
)


def failed(badge, **fields):
    return IssuedBadgeFactory.create(
        badge=badge, delivery="failed", failure_code="refused", failure_message="No", delivered_at=None, **fields
    )


def of(name, row):
    return reverse(f"badges:{name}", args=[row.pk])


def said(response):
    return [str(message) for message in response.context["messages"]]
