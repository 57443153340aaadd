"""Issued badges as the world sees them, for the tests of public pages."""

import io

from django.urls import reverse
from PIL import Image

from badges.models import BadgeProvider, IssuedBadge, Via
from badges.openbadges.credentials import sign
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory, StudentFactory

PAYLOAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&gt;&lt;img src=x onerror=alert(2)&gt;"


def built_in(world, *, is_signed=True):
    """A badge of the built-in issuer, given to Zoë Ångström on a roster."""
    badge = BadgeFactory.create(
        name="Network Defender",
        description="Defends networks.",
        criteria="Pass the exam.",
        organization=world.academy,
        provider__name="Academy of Laurels",
        provider__website="https://academy.test/",
    )
    student = StudentFactory.create(organization=world.academy, first_name="Zoë", last_name="Ångström")
    issued = IssuedBadgeFactory.create(
        badge=badge, student=student, via=Via.ROSTER, source_words="Securing Networks", issued_by=world.instructor
    )
    if is_signed:
        sign(issued)
    return issued


def pending_at_credly(world):
    """A badge of a Credly provider that the student has not accepted yet."""
    provider = BadgeProvider.objects.create(
        name="Credly",
        organization=world.academy,
        kind=BadgeProvider.Kind.CREDLY,
        provider_organization_id="1",
        api_url="https://api.credly.com/v1",
    )
    badge = BadgeFactory.create(organization=world.academy, provider=provider)
    return IssuedBadgeFactory.create(badge=badge, student=world.student, status=IssuedBadge.Status.PENDING)


def png(width, height):
    output = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(output, format="PNG")
    return output.getvalue()


def page_of(issued, name="badge_page"):
    return reverse(f"badges:{name}", args=[issued.public_id])


def oembed(client, issued, **query):
    url = f"https://laurel.test{page_of(issued)}"
    return client.get(reverse("badges:oembed"), {"url": url, **query})


def change(issued, **values):
    IssuedBadge.objects.filter(pk=issued.pk).update(**values)


def revoke(issued, reason=""):
    change(issued, status="revoked", revoked_at=PAST, revocation_reason=reason)


def verdicts(response):
    return [check.is_good for check in response.context["checks"]]


def sharing_of(issued):
    return reverse("badges:sharing", args=[issued.public_id])


def decision(issued):
    return IssuedBadge.objects.values_list("is_name_public", "is_listed").get(pk=issued.pk)
