"""An import beside people who save the same rows, with real threads and real commits."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from classes.models import Class, Enrollment
from classes.rosters import Change, save_changes
from classes.training import record_again
from courses.models import TrainingRecord
from tests.achievements.processes import another_session, how_many_wait, somebody_waits, wait_until
from tests.factories import PAST, ClassFactory, EnrollmentFactory, InstructorFactory, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

Completion = Enrollment.Completion


@pytest.fixture
def klass():
    """A class that has begun, with two lines."""
    organization = OrganizationFactory.create(name="Acme")
    instructor = InstructorFactory.create(organization=organization)
    klass = ClassFactory.create(organization=organization, number="K1", instructors=[instructor])
    for username in ("ana", "ben"):
        EnrollmentFactory.create(
            klass=klass, enrolled_at=PAST, student__username=username, student__organization=organization
        )
    return klass


@pytest.fixture
def enrollments(tmp_path):
    """A file of both lines, the later one first, that says nothing of completion."""
    path = tmp_path / "enrollments.csv"
    path.write_text(
        "organization,class,username,enrolled_at\n"
        + "".join(f"Acme,K1,{username},{PAST:%Y-%m-%d %H:%M}\n" for username in ("ben", "ana"))
    )
    return path


def run(*paths):
    try:
        call_command("import_training", *map(str, paths), stdout=StringIO())
    finally:
        connection.close()


def complete(enrollment):
    [instructor] = enrollment.klass.instructors.all()
    change = Change(
        enrollment_id=enrollment.pk,
        was_enrollment=enrollment.enrollment_status,
        was_completion=enrollment.completion_status,
        enrollment_status=enrollment.enrollment_status,
        completion_status=Completion.COMPLETE,
    )
    return save_changes(
        enrollment.klass, instructor, [change], via=Enrollment.CompletionVia.ROSTER, at=PAST + dt.timedelta(days=30)
    )


def test_a_completion_that_is_saved_during_an_import_is_recorded(klass, enrollments):
    run(enrollments)
    ana = Enrollment.objects.get(student__username="ana")

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert complete(ana).changed == 1
            imported = pool.submit(run, enrollments)
            wait_until(somebody_waits)
        imported.result()

    ana.refresh_from_db()
    record = TrainingRecord.objects.get(user=ana.student)
    assert ana.completion_status == Completion.COMPLETE
    assert (ana.completed_at, record.completed_at) == (PAST + dt.timedelta(days=30),) * 2


def test_a_class_that_moves_during_an_import_has_its_records_at_the_new_course(klass, enrollments):
    run(enrollments)
    course = ClassFactory.create(organization=klass.organization).course

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Class.objects.filter(pk=klass.pk).update(course=course)
            record_again(Enrollment.objects.filter(klass=klass))
            imported = pool.submit(run, enrollments)
            wait_until(somebody_waits)
        imported.result()

    assert set(TrainingRecord.objects.values_list("course", flat=True)) == {course.pk}


def test_an_import_locks_lines_in_the_order_in_which_the_roster_does(klass, enrollments):
    run(enrollments)
    ana, ben = Enrollment.objects.order_by("pk")
    Enrollment.objects.filter(pk=ana.pk).update(enrolled_at=PAST)  # now ana's row lies behind ben's
    enrollments.write_text(enrollments.read_text().replace(f"{PAST:%Y}", f"{PAST.year - 1}"))

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Enrollment.objects.select_for_update(no_key=True).get(pk=ana.pk)
            imported = pool.submit(run, enrollments)
            wait_until(somebody_waits)
            free = Enrollment.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=ben.pk)
            assert list(free) == [ben]
        imported.result()

    assert set(Enrollment.objects.values_list("enrolled_at", flat=True)) == {PAST.replace(year=PAST.year - 1)}


def let_the_import_go_on_once_two_wait(other):
    """It is the last one to wait then, and looks when there is something to find: each looks once."""
    try:
        wait_until(lambda: how_many_wait() == 2)
    finally:
        other.rollback()
        connection.close()


def test_an_import_that_loses_a_deadlock_says_to_try_again(klass, enrollments, tmp_path):
    organizations = tmp_path / "organizations.csv"
    organizations.write_text("organization,time_zone\nAcme,Europe/Paris\n")

    ana, ben = Enrollment.objects.order_by("pk")

    with ThreadPoolExecutor(2) as pool, another_session() as other, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '10min'")  # the import looks first, and finds it
        Enrollment.objects.select_for_update(no_key=True).get(pk=ben.pk)
        other.execute("SELECT FROM classes_enrollment WHERE id = %s FOR UPDATE", [ana.pk])
        imported = pool.submit(run, organizations, enrollments)
        wait_until(somebody_waits)
        let_go = pool.submit(let_the_import_go_on_once_two_wait, other)
        type(klass.organization).objects.select_for_update(no_key=True).get(pk=klass.organization_id)
        let_go.result()

    with pytest.raises(CommandError) as refusal:
        imported.result()
    assert str(refusal.value).splitlines() == [
        "import: somebody was saving the same rows at the same time, and went first; try again.",
        "Nothing was imported.",
    ]
