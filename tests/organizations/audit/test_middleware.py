"""Every request is noted with who asked; what somebody may not have, that he or she asked for it."""

import pytest
from django.urls import reverse

from organizations.models import AuditEntry
from tests.factories import BadgeFactory

pytestmark = pytest.mark.django_db


def test_a_press_on_a_page_is_noted_with_its_request(client, world):
    badge = BadgeFactory.create(organization=world.academy, manual_issuance=False)
    client.force_login(world.administrator)

    client.post(
        reverse("badges:manual_issuance", args=[badge.pk]),
        {"is_on": "1"},
        headers={"X-Request-ID": "request-4711"},
        REMOTE_ADDR="198.51.100.7",
    )

    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.address, entry.request_id) == (world.administrator, "198.51.100.7", "request-4711")
    assert (entry.before, entry.after) == ({"manual_issuance": False}, {"manual_issuance": True})


def test_a_refused_page_is_noted_and_a_page_that_is_not_there_is_not(client, world):
    client.force_login(world.student)

    client.get(reverse("badges:list"))
    client.get("/nowhere/")

    entry = AuditEntry.objects.get(kind="")
    assert (entry.action, entry.result, entry.words, entry.actor) == (
        "refused",
        "refused",
        "badges:list",
        world.student,
    )
