import pytest

from classes import columns
from classes.models import Enrollment
from tests.factories import PAST, BadgeFactory, EnrollmentFactory, IssuedBadgeFactory


@pytest.mark.django_db
def test_the_badges_of_a_line_are_named_with_what_is_remarkable():
    line = EnrollmentFactory.create()
    for name, fields in (
        ("Diver", {}),
        ("Owl", {"status": "revoked", "revoked_at": PAST}),
        ("Fox", {"delivery": "failed", "status": "pending"}),
    ):
        IssuedBadgeFactory.create(badge=BadgeFactory.create(name=name), student=line.student, **fields)
    line = Enrollment.objects.get()
    vars(line.student)["badges_here"] = list(line.student.issued_badges.order_by("pk"))
    [badges] = [column for column in columns.ROSTER if column.name == "badges"]

    assert badges.of(line) == "Diver, Owl (Revoked), Fox (Failed)"
