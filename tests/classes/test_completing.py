import uuid

from badges.models import IssuedBadge
from classes import completing
from classes.models import Enrollment
from tests.factories import PAST, BadgeFactory, EnrollmentFactory

Status, Completion = Enrollment.Status, Enrollment.Completion


def save(world, lines, user=None):
    changes = completing.as_complete(lines)
    return completing.save_completion(world.klass, user or world.contractor, changes, at=PAST)


def statuses():
    return list(Enrollment.objects.order_by("pk").values_list("completion_status", flat=True))


def test_not_set_are_the_enrolled_of_whom_nothing_was_said(world):
    EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED)
    EnrollmentFactory.create(klass=world.klass, completion_status=Completion.ATTENDING)

    assert set(completing.not_set(world.klass, world.contractor)) == {world.enrollment, world.guest_enrollment}
    assert set(completing.not_set(world.klass, world.instructor)) == {world.enrollment}


def test_completions_are_saved_as_on_the_roster(world):
    saved = save(world, [world.enrollment, world.guest_enrollment])

    assert (saved.changed, list(saved.errors)) == (2, [])
    assert statuses() == [Completion.COMPLETE] * 2
    setters = Enrollment.objects.values_list("completion_set_by", "completion_set_via")
    assert list(setters) == [(world.contractor.pk, "wrap_up")] * 2


def test_what_somebody_set_to_the_same_meanwhile_is_no_conflict(world):
    save(world, [world.enrollment])

    again = save(world, [world.enrollment, world.guest_enrollment])  # both as they were seen before

    assert (again.changed, list(again.errors)) == (1, [])
    assert statuses() == [Completion.COMPLETE] * 2


def test_what_somebody_set_to_something_else_is_refused_with_all_the_rest(world):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status=Completion.FAILED)

    saved = save(world, [world.enrollment, world.guest_enrollment])

    assert [error.enrollment_id for error in saved.errors] == [world.enrollment.pk]
    assert statuses() == [Completion.FAILED, Completion.UNKNOWN]


def test_a_line_out_of_sight_is_refused(world):
    saved = save(world, [world.guest_enrollment], user=world.instructor)

    assert [error.message for error in saved.errors] == ["This student is no longer on the roster."]


def test_any_pairs_are_issued_and_no_others(world):
    badges = BadgeFactory.create_batch(2, organization=world.academy)
    students = [world.student, world.guest]
    pairs = {(badges[0].pk, world.student.pk), (badges[1].pk, world.guest.pk)}

    report = completing.issue_pairs(world.klass, world.contractor, badges, students, pairs, key=uuid.uuid4(), at=PAST)

    assert {pair.key for pair in report.issued} == pairs
    assert set(IssuedBadge.objects.values_list("badge_id", "student_id")) == pairs
    assert report.batch.source_id == world.klass.pk


def test_who_is_not_enrolled_fails_with_the_reason(world):
    badge = BadgeFactory.create(organization=world.academy)
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(enrollment_status=Status.CANCELLED)
    students = [world.student, world.guest]
    pairs = {(badge.pk, student.pk) for student in students}

    report = completing.issue_pairs(world.klass, world.contractor, [badge], students, pairs, key=uuid.uuid4(), at=PAST)

    assert [failure.refusal.code for failure in report.failed] == ["not_enrolled"]
    assert [pair.student for pair in report.issued] == [world.student]
