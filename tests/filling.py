"""`python -m tests.filling JSON STUDENTS`: issues badges to so many students, in the database of the environment.

With 0 students, to all who are there, or to the first `"most"`; with `"issues": false`, nothing yet. With `"undoes": true`
undoes what was issued last, and with `"sends": true` sends it at once.
"""

import json
import sys
import uuid
from dataclasses import asdict
from typing import Any

import django
from django.utils import timezone

django.setup()

from badges.held.undoing import send_now, undo  # noqa: E402 - needs the settings
from badges.issuing import Source, issue_many  # noqa: E402
from badges.models import Badge, BadgeProvider, IssuanceBatch, Via  # noqa: E402
from badges.secrets import encrypt  # noqa: E402
from organizations.models import Organization, User  # noqa: E402
from tests.credly.running import ORGANIZATION, TOKEN  # noqa: E402
from tests.factories import BadgeFactory, BadgeProviderFactory, OrganizationFactory, UserFactory  # noqa: E402


def main() -> None:
    what, students = json.loads(sys.argv[1]), int(sys.argv[2])
    if students:
        prepare(what, students)
    if what.get("issues"):
        issue(what.get("most"))
    if what.get("undoes") or what.get("sends"):
        batch = IssuanceBatch.objects.latest("pk")
        issuer = User.objects.get(issuance_batches=batch)
        told = undo(batch, by=issuer) if what.get("undoes") else send_now(batch, by=issuer)
        print(json.dumps(asdict(told)))


def prepare(what: dict[str, Any], students: int) -> None:
    organization = OrganizationFactory.create()
    provider = BadgeProviderFactory.create(
        organization=organization,
        kind=BadgeProvider.Kind.CREDLY,
        provider_organization_id=ORGANIZATION,
        encrypted_token=encrypt(TOKEN),
        api_url=what["url"],
        requests_per_second=what["rate"],
    )
    for template in what["templates"]:
        BadgeFactory.create(organization=organization, provider=provider, provider_template_id=template)
    User.objects.bulk_create(
        User(
            username=f"s{number}",
            email=f"s{number}@example.test",
            first_name="Sam",
            last_name=f"Student {number}",
            organization=organization,
        )
        for number in range(students)
    )


def issue(most: int | None = None) -> None:
    organization = Organization.objects.get()
    issue_many(
        badges=list(Badge.objects.order_by("pk")),
        students=list(User.objects.filter(last_name__startswith="Student ").order_by("pk")[:most]),
        source=Source(Via.ADMIN, None, "a test"),
        organization=organization,
        issued_by=UserFactory.create(organization=organization, username=str(uuid.uuid4()), email=""),
        at=timezone.now(),
        key=uuid.uuid4(),
    )


if __name__ == "__main__":
    main()
