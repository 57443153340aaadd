"""Issued badges that the stand-in for Credly knows, without going through delivery."""

import uuid
from typing import Any

from badges.delivery.pacing import at_work
from badges.models import BadgeProvider, IssuedBadge
from badges.providers.base import Issued, IssueRequest, Recipient
from tests.credly.running import Credly
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory


def issue_at(credly: Credly, provider: BadgeProvider, **fields: Any) -> IssuedBadge:
    """A badge as it stands after a delivery that went well: pending at the provider, whose id for it is known."""
    template = credly.template()
    badge = BadgeFactory.create(provider=provider, organization=provider.organization, provider_template_id=template)
    issued = IssuedBadgeFactory.create(badge=badge, status=IssuedBadge.Status.PENDING, **fields)
    student = issued.student
    recipient = Recipient(student.email, student.first_name, student.last_name, str(student.earner_id))
    with at_work(provider) as opened:
        answer = opened.issue(IssueRequest(template, recipient, PAST, uuid.uuid4()))
    assert isinstance(answer, Issued)
    issued.external_id, issued.accept_url = answer.badge.external_id, answer.badge.accept_url
    issued.provider_changed_at = answer.badge.changed_at
    issued.save()
    return issued
