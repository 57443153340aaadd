import datetime as dt

import pytest
from django.db import connection, transaction

from classes import rosters
from classes.models import Class, Enrollment
from classes.rosters import Change
from courses.models import TrainingRecord
from operation.models import SweepHint
from organizations.models import User
from organizations.roles import install_roles
from tests.factories import PAST, BadgeFactory, ClassFactory, CourseFactory, EnrollmentFactory, StudentFactory
from tests.racing import at_once

Status, Completion, CompletionVia = Enrollment.Status, Enrollment.Completion, Enrollment.CompletionVia
BEFORE = PAST - dt.timedelta(days=1)


def change(line, **to):
    return Change(
        enrollment_id=line.pk,
        was_enrollment=line.enrollment_status,
        was_completion=line.completion_status,
        enrollment_status=to.get("enrollment", line.enrollment_status),
        completion_status=to.get("completion", line.completion_status),
    )


def save(world, *changes, at=PAST, user=None):
    return rosters.save_changes(world.klass, user or world.administrator, changes, via=CompletionVia.ROSTER, at=at)


def test_a_contract_instructor_sees_the_whole_class(world):
    assert set(rosters.lines(world.klass, world.contractor)) == {world.enrollment, world.guest_enrollment}


def test_an_organization_instructor_sees_only_the_own_students(world):
    assert set(rosters.lines(world.klass, world.instructor)) == {world.enrollment}


def test_an_administrator_of_the_class_sees_the_whole_class(world):
    assert set(rosters.lines(world.klass, world.administrator)) == {world.enrollment, world.guest_enrollment}


def test_an_instructor_of_another_class_sees_nobody(world):
    other = ClassFactory.create(organization=world.academy)

    assert list(rosters.lines(other, world.instructor)) == []


def test_lines_come_with_student_organization_and_class(world, django_assert_num_queries):
    world.contractor.get_all_permissions()  # cached from here on

    with django_assert_num_queries(1):
        named = {(line.klass, line.student.organization) for line in rosters.lines(world.klass, world.contractor)}

    assert named == {(world.klass, world.academy), (world.klass, world.partner)}


@pytest.mark.parametrize("status", [s for s in Status if s != Status.ENROLLED])
def test_only_enrolled_students_are_offered(world, status):
    EnrollmentFactory.create(klass=world.klass, enrollment_status=status)

    assert set(rosters.issuable_students(world.klass, world.contractor)) == {world.student, world.guest}


def test_offered_badges_are_of_the_class_organization_and_manually_issuable_the_courses_own_first(world):
    plain = BadgeFactory.create(organization=world.academy, name="A plain one")
    of_course = BadgeFactory.create(organization=world.academy, name="Z of the course")
    world.course.badges.add(of_course)
    BadgeFactory.create(organization=world.academy, manual_issuance=False)
    BadgeFactory.create(organization=world.umbrella)
    BadgeFactory.create(organization=world.umbrella).available_to.add(world.academy)

    assert list(rosters.offered_badges(world.klass)) == [of_course, plain]


def test_badges_are_offered_by_name_and_those_of_another_course_are_not_of_this_one(world):
    last, first = (BadgeFactory.create(organization=world.academy, name=name) for name in ("Zeta", "Alpha"))
    CourseFactory.create(organization=world.academy).badges.add(last)

    offered = list(rosters.offered_badges(world.klass))

    assert [(badge, vars(badge)["is_of_course"]) for badge in offered] == [(first, False), (last, False)]


def test_offered_badges_come_with_provider_and_organization(world, django_assert_num_queries):
    badge = BadgeFactory.create(organization=world.academy)

    with django_assert_num_queries(1):
        named = [(one.provider, one.organization) for one in rosters.offered_badges(world.klass)]

    assert named == [(badge.provider, world.academy)]


def test_badges_are_offered_to_those_who_may_issue_one_and_have_somebody_to_give_it(world):
    empty = ClassFactory.create(organization=world.academy, course=world.course, instructors=[world.instructor])
    before = rosters.offers_badges(world.klass, world.instructor)
    BadgeFactory.create(organization=world.academy)

    answers = [
        rosters.offers_badges(world.klass, world.instructor),
        rosters.offers_badges(empty, world.instructor),
        rosters.offers_badges(world.klass, world.student),
        rosters.offers_badges(world.klass, world.stranger),
    ]

    assert (before, answers) == (False, [True, False, False, False])


def test_refusals_name_the_students_who_are_not_enrolled_any_more(world):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(enrollment_status=Status.CANCELLED)

    found = rosters.refusals(world.klass, world.contractor, [world.student, world.guest])

    assert {pk: refusal.code for pk, refusal in found.items()} == {world.student.pk: "not_enrolled"}


@pytest.mark.parametrize(
    ("persona", "may"),
    [("administrator", True), ("instructor", True), ("contractor", True), ("student", False), ("stranger", False)],
)
def test_who_may_issue_from_a_roster(world, persona, may):
    assert rosters.may_issue(world.klass, world.personas[persona]) is may


def test_summary_counts_every_status_of_the_whole_class(world):
    EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.AUDIT)
    EnrollmentFactory.create()

    counted = {standing.status: standing.count for standing in rosters.summary(world.klass)}

    assert counted == dict.fromkeys(Status, 0) | {Status.ENROLLED: 2, Status.AUDIT: 1}


def test_save_changes_saves_a_completion_and_records_it(world):
    saved = save(world, change(world.enrollment, completion=Completion.COMPLETE))

    world.enrollment.refresh_from_db()
    assert (saved.changed, saved.errors) == (1, [])
    assert (world.enrollment.completion_status, world.enrollment.completed_at) == (Completion.COMPLETE, PAST)
    record = TrainingRecord.objects.get(user=world.student)
    assert (record.course, record.completed_at) == (world.course, PAST)
    assert list(SweepHint.objects.values_list("student_id", flat=True)) == [world.student.pk]


def test_a_completion_taken_back_is_taken_back_from_the_record(world):
    save(world, change(world.enrollment, completion=Completion.COMPLETE))
    world.enrollment.refresh_from_db()

    save(world, change(world.enrollment, completion=Completion.INCOMPLETE))

    assert TrainingRecord.objects.get(user=world.student).completed_at is None


def test_who_set_a_completion_and_by_which_way_is_kept_with_it(world):
    def setter():
        world.enrollment.refresh_from_db()
        return world.enrollment.completion_set_by, world.enrollment.completion_set_via

    save(world, change(world.enrollment, completion=Completion.ATTENDING), user=world.instructor)
    first = setter()
    Enrollment.objects.filter(pk=world.enrollment.pk).update(
        enrollment_status=Status.AUDIT, completion_status="unknown"
    )
    world.enrollment.refresh_from_db()
    save(world, change(world.enrollment, enrollment=Status.ENROLLED))
    second = setter()
    save(world, change(world.enrollment, completion=Completion.COMPLETE))
    third = setter()
    save(world, change(world.enrollment, completion=Completion.UNKNOWN))

    assert first == second == (world.instructor, "roster")  # who only changes the enrollment has set no completion
    assert third == (world.administrator, "roster")
    assert setter() == (None, "")


def test_a_student_who_is_cancelled_has_no_record(world):
    save(world, change(world.enrollment, completion=Completion.ATTENDING))
    world.enrollment.refresh_from_db()
    world.klass.starts_at = PAST + dt.timedelta(days=9)
    world.klass.ends_at = PAST + dt.timedelta(days=10)
    world.klass.save()

    saved = save(world, change(world.enrollment, enrollment=Status.CANCELLED, completion=Completion.UNKNOWN))

    assert saved.errors == []
    assert not TrainingRecord.objects.filter(user=world.student).exists()


def test_who_leaves_the_waiting_list_is_enrolled_from_then_on(world):
    waiting = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED, enrolled_at=BEFORE)

    save(world, change(waiting, enrollment=Status.ENROLLED))

    waiting.refresh_from_db()
    assert waiting.enrolled_at == PAST


def test_who_is_enrolled_already_stays_enrolled_since_then(world):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(enrolled_at=BEFORE)
    waiting = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED, enrolled_at=BEFORE)

    save(world, change(world.enrollment, completion=Completion.COMPLETE), change(waiting, enrollment=Status.AUDIT))

    since = Enrollment.objects.filter(pk__in=[world.enrollment.pk, waiting.pk])
    assert list(since.values_list("enrolled_at", flat=True)) == [BEFORE, BEFORE]


@pytest.mark.django_db(transaction=True)
def test_saving_keeps_nobody_from_adding_a_line_or_changing_a_student(world):
    newcomer = StudentFactory.create(organization=world.academy)

    def another() -> int:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '5s'")
            EnrollmentFactory.create(klass=world.klass, student=newcomer)
            return User.objects.filter(pk=world.student.pk).update(first_name="Ada")

    with transaction.atomic():
        save(world, change(world.enrollment, completion=Completion.COMPLETE))
        changed = at_once(another)

    install_roles()
    assert changed == [1]


def test_an_unchanged_line_is_not_saved(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        saved = save(world, change(world.enrollment))

    assert (saved.changed, saved.errors) == (0, [])


def refused(world, *changes, **kwargs):
    saved = save(world, *changes, **kwargs)
    assert saved.changed == 0
    return [(error.enrollment_id, error.message) for error in saved.errors]


def test_enrolled_cannot_be_changed_after_the_class_has_begun(world):
    assert refused(world, change(world.enrollment, enrollment=Status.CANCELLED)) == [
        (world.enrollment.pk, "Enrollment is locked once the class has started.")
    ]


def test_completion_cannot_be_set_before_the_class_has_begun(world):
    assert refused(world, change(world.enrollment, completion=Completion.COMPLETE), at=BEFORE) == [
        (world.enrollment.pk, "You can set completion once the class has started.")
    ]


def test_only_an_enrolled_student_has_a_completion(world):
    line = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.AUDIT)

    assert refused(world, change(line, completion=Completion.COMPLETE)) == [
        (line.pk, "Only an Enrolled student has a completion status.")
    ]


def test_nobody_overwrites_what_somebody_else_has_changed_meanwhile(world):
    mine = change(world.enrollment, completion=Completion.FAILED)
    save(world, change(world.enrollment, completion=Completion.COMPLETE))

    assert refused(world, mine) == [
        (world.enrollment.pk, "Someone else just changed this student to Enrolled, Complete.")
    ]


def test_a_line_out_of_sight_is_refused(world):
    assert refused(world, change(world.guest_enrollment, completion=Completion.COMPLETE), user=world.instructor) == [
        (world.guest_enrollment.pk, "This student is no longer on the roster.")
    ]


def test_one_refused_line_keeps_all_from_being_saved(world):
    good = change(world.enrollment, completion=Completion.COMPLETE)
    bad = change(world.guest_enrollment, enrollment=Status.DENIED)

    assert [pk for pk, _message in refused(world, good, bad)] == [world.guest_enrollment.pk]
    world.enrollment.refresh_from_db()
    assert world.enrollment.completion_status == Completion.UNKNOWN


def test_nobody_is_enrolled_beyond_the_maximum(world):
    world.klass.max_students = 3
    world.klass.save()
    first, second = EnrollmentFactory.create_batch(2, klass=world.klass, enrollment_status=Status.WAIT_LISTED)

    found = refused(world, change(first, enrollment=Status.ENROLLED), change(second, enrollment=Status.ENROLLED))

    assert found == [(second.pk, "The class is full: its maximum is 3.")]


def test_the_maximum_that_counts_is_the_one_of_now(world):
    waiting = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED)
    Class.objects.filter(pk=world.klass.pk).update(max_students=2)

    assert refused(world, change(waiting, enrollment=Status.ENROLLED)) == [
        (waiting.pk, "The class is full: its maximum is 2.")
    ]


def test_a_seat_that_is_left_in_the_same_press_is_free(world):
    world.klass.max_students = 2
    world.klass.save()
    waiting = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED)

    saved = save(
        world,
        change(world.enrollment, enrollment=Status.CANCELLED),
        change(waiting, enrollment=Status.ENROLLED),
        at=BEFORE,
    )

    assert (saved.changed, saved.errors) == (2, [])


def test_audit_takes_no_seat(world):
    world.klass.max_students = 2
    world.klass.save()
    waiting = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED)

    assert save(world, change(waiting, enrollment=Status.AUDIT)).errors == []


def test_many_changes_take_no_more_queries_than_few(world, django_assert_num_queries):
    lines = EnrollmentFactory.create_batch(30, klass=world.klass, student__organization=world.academy)
    world.klass.max_students = 50
    world.klass.save()

    world.administrator.get_all_permissions()  # cached from here on

    with django_assert_num_queries(6):
        save(world, change(world.enrollment, completion=Completion.COMPLETE))
    with django_assert_num_queries(6):
        save(world, *(change(line, completion=Completion.COMPLETE) for line in lines))
