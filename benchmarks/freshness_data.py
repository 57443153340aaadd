"""`python -m benchmarks.freshness_data STUDENTS`: adds a class that can be completed, to the demo's database.

Prints what benchmarks/freshness.py needs to know of it, as JSON.
"""

import json
import sys

import django

django.setup()

from django.db import transaction  # noqa: E402 - needs the settings

from achievements.models import Achievement  # noqa: E402
from classes.models import Class, Enrollment  # noqa: E402
from classes.training import record_enrollments  # noqa: E402
from organizations.models import User  # noqa: E402
from tests.factories import (  # noqa: E402
    PAST,
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    ClassFactory,
)
from tms.demo.people import PASSWORD  # noqa: E402

INSTRUCTOR = "instructor"


@transaction.atomic
def main() -> None:
    """A class of the demo's instructor, its students, and an achievement on its course with a badge."""
    instructor = User.objects.get(username=INSTRUCTOR)
    organization = instructor.organization
    klass = ClassFactory.create(organization=organization, instructors=[instructor])
    lines = enroll(klass, int(sys.argv[1]))
    achievement = add_achievement(klass)
    what = {
        "class_id": klass.pk,
        "course_id": klass.course_id,
        "badge_id": achievement.badge_id,
        "lines": lines,
        "instructor": INSTRUCTOR,
        "password": PASSWORD,
    }
    print(json.dumps(what))


def enroll(klass: Class, students: int) -> list[int]:
    """So many new students, Enrolled; the ids of their lines."""
    people = User.objects.bulk_create(
        User(
            username=f"fresh{number}",
            email=f"fresh{number}@example.test",
            first_name="Sam",
            last_name=f"Fresh {number}",
            organization=klass.organization,
        )
        for number in range(students)
    )
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(klass=klass, student=one, enrollment_status=Enrollment.Status.ENROLLED, enrolled_at=PAST)
        for one in people
    )
    record_enrollments(enrollments)
    return [enrollment.pk for enrollment in enrollments]


def add_achievement(klass: Class) -> Achievement:
    """Earned by completing the course of the class."""
    owner = klass.organization
    provider = BadgeProviderFactory.create(organization=owner)
    return AchievementFactory.create(
        organization=owner,
        badge=BadgeFactory.create(organization=owner, provider=provider),
        conditions=[{"Subject": 10, "CourseIds": [klass.course_id], "Count": 1, "Complete": True}],
    )


if __name__ == "__main__":
    main()
