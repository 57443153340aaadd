"""What is said of badges goes with each of them."""

import uuid

import pytest
from django.utils import timezone

from badges.issuing import Source, issue_many
from badges.issuing.remarks import Remark, Remarks
from badges.models import IssuedBadge, Via
from tests.factories import BadgeFactory, InstructorFactory, StudentFactory

LINK, OTHER = "https://work.example/all", "https://work.example/one"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (None, Remark("All", LINK)),
        (Remark(), Remark("All", LINK)),
        (Remark("Own"), Remark("Own", LINK)),
        (Remark("", OTHER), Remark("All", OTHER)),
        (Remark("Own", OTHER), Remark("Own", OTHER)),
    ],
)
def test_a_student_s_own_note_and_link_take_the_place_of_those_to_all(own, said):
    remarks = Remarks(Remark("All", LINK), {} if own is None else {7: own})

    assert remarks.to(7) == said
    assert remarks.to(8) == Remark("All", LINK)


@pytest.mark.django_db
def test_each_badge_of_a_batch_says_what_is_said_of_its_student():
    instructor, badges = InstructorFactory.create(), BadgeFactory.create_batch(2)
    ana, ben = StudentFactory.create_batch(2)

    def issue(remarks):
        issue_many(
            badges=badges,
            students=[ana, ben],
            source=Source(Via.ROSTER, 1, "Divers"),
            organization=instructor.organization,
            issued_by=instructor,
            at=timezone.now(),
            key=key,
            remarks=remarks,
        )

    key = uuid.uuid4()
    issue(Remarks(Remark("All", LINK), {ben.pk: Remark("Own")}))
    issue(Remarks(Remark("Pressed twice")))

    said = IssuedBadge.objects.order_by("student", "badge").values_list("student", "note", "link")
    assert list(said) == [(ana.pk, "All", LINK)] * 2 + [(ben.pk, "Own", LINK)] * 2
