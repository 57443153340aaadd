"""`python -m tests.filling JSON STUDENTS`: issues badges to so many students, in the database of the environment."""

import json
import sys
import uuid

import django
from django.utils import timezone

django.setup()

from badges.issuing import Source, issue_many  # noqa: E402 - needs the settings
from badges.models import BadgeProvider, Via  # noqa: E402
from badges.secrets import encrypt  # noqa: E402
from tests.credly.running import ORGANIZATION, TOKEN  # noqa: E402
from tests.factories import BadgeFactory, BadgeProviderFactory, OrganizationFactory, UserFactory  # noqa: E402
from tms.models import User  # noqa: E402


def main() -> None:
    what, students = json.loads(sys.argv[1]), int(sys.argv[2])
    organization = OrganizationFactory.create()
    provider = BadgeProviderFactory.create(
        organization=organization,
        kind=BadgeProvider.Kind.CREDLY,
        provider_organization_id=ORGANIZATION,
        encrypted_token=encrypt(TOKEN),
        api_url=what["url"],
        requests_per_second=what["rate"],
    )
    badges = [
        BadgeFactory.create(organization=organization, provider=provider, provider_template_id=template)
        for template in what["templates"]
    ]
    people = User.objects.bulk_create(
        User(
            username=f"s{number}",
            email=f"s{number}@example.test",
            first_name="Sam",
            last_name=f"Student {number}",
            organization=organization,
        )
        for number in range(students)
    )
    issue_many(
        badges=badges,
        students=people,
        source=Source(Via.ADMIN, None, "a test"),
        organization=organization,
        issued_by=UserFactory.create(organization=organization),
        at=timezone.now(),
        key=uuid.uuid4(),
    )


if __name__ == "__main__":
    main()
