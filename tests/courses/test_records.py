import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses.models import Course, Lab, TrainingRecord
from courses.records import BATCH, COLUMNS, Attempt, look_again_at, record, record_many, record_selected, withdraw
from operation.models import SweepHint
from tests.factories import PAST, CourseFactory, LabFactory, StudentFactory

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def attempt(db) -> Attempt:
    course = CourseFactory.create()
    student = StudentFactory.create(organization=course.organization)
    return Attempt(
        user_id=student.pk,
        source=TrainingRecord.Source.IMPORT,
        source_id="one",
        course_id=course.pk,
        started_at=PAST,
        completed_at=PAST + HOUR,
        passed=True,
        minutes_spent=60,
    )


def stored() -> list[Attempt]:
    rows = TrainingRecord.objects.order_by("source", "source_id").values(*COLUMNS.split(", "))
    return [Attempt(**row) for row in rows]


def hinted() -> list[int | None]:
    return list(SweepHint.objects.order_by("id").values_list("student_id", flat=True))


def test_record_writes_every_field_and_a_hint(attempt):
    record(attempt)

    assert stored() == [attempt]
    assert hinted() == [attempt.user_id]


def test_record_writes_the_lab_and_what_is_not_known(attempt):
    lab = LabFactory.create()
    launched = replace(attempt, lab_id=lab.pk, completed_at=None, passed=None, minutes_spent=0)

    record(launched)

    assert stored() == [launched]


@pytest.fixture
def sitting(attempt: Attempt) -> Attempt:
    """An attempt at an exam that is passed from 70 percent; nobody says yet what came of it."""
    exam = LabFactory.create(is_exam=True, passing_score=70)
    return replace(attempt, course_id=None, lab_id=exam.pk, passed=None)


def passing_score(sitting: Attempt, score: int | None) -> None:
    Lab.objects.filter(is_exam=True).update(passing_score=score)


@pytest.mark.parametrize(
    ("score", "max_score", "needed", "passed"),
    [
        (7, 7, 70, True),
        (5, 7, 71, True),
        (5, 7, 72, False),
        (7, 10, 70, True),
        (6, 10, 70, False),
        (0, 7, 70, False),
        (0, 7, 0, True),
        (7, 7, 100, True),
        (32_766, 32_767, 100, False),
        (7, 7, None, None),
        (None, None, 70, None),
    ],
)
@pytest.mark.parametrize("times", [1, BATCH + 1])
def test_passed_follows_from_the_score(sitting, score, max_score, needed, passed, times):
    passing_score(sitting, needed)

    record_many([replace(sitting, score=score, max_score=max_score)] * times)

    assert stored() == [replace(sitting, score=score, max_score=max_score, passed=passed)]


@pytest.mark.parametrize(("score", "passed"), [(7, False), (0, True)])
def test_what_is_said_of_passing_wins_over_the_score(sitting, score, passed):
    said = replace(sitting, score=score, max_score=7, passed=passed)

    record(said)

    assert stored() == [said]


def test_each_score_is_held_against_its_own_lab(sitting):
    easy = replace(sitting, source_id="easy", lab_id=LabFactory.create(passing_score=50).pk, score=4, max_score=7)
    hard = replace(sitting, source_id="hard", score=4, max_score=7)

    record_many([easy, hard])

    assert [row.passed for row in stored()] == [True, False]


def test_a_score_that_is_recorded_again_changes_nothing(sitting):
    scored = replace(sitting, score=5, max_score=7)
    record(scored)
    first = recorded_at()

    written = record_many([scored])

    assert (written, recorded_at()) == (0, first)


def test_a_better_score_of_the_same_attempt_is_judged_anew(sitting):
    record(replace(sitting, score=4, max_score=7))

    record(replace(sitting, score=5, max_score=7))

    assert [row.passed for row in stored()] == [True]


def test_a_passing_score_that_changes_leaves_what_was_recorded(sitting):
    record(replace(sitting, score=5, max_score=7))

    passing_score(sitting, 100)

    assert [row.passed for row in stored()] == [True]


def test_scores_in_the_database_are_judged_too(sitting):
    record(replace(sitting, score=300, max_score=400))
    copied = COLUMNS.replace("source,", "'lab',").replace("passed", "NULL::boolean")

    record_selected(
        f"SELECT {COLUMNS}, position FROM (SELECT {copied}, id FROM courses_trainingrecord) AS row ({COLUMNS}, position)"
    )

    assert [(row.source, row.passed) for row in stored()] == [("import", True), ("lab", True)]


def test_a_score_of_a_course_is_refused(attempt):
    with pytest.raises(IntegrityError, match="training_record_score_is_of_a_lab"), transaction.atomic():
        record(replace(attempt, score=7, max_score=7))


def test_record_again_updates_the_same_row(attempt):
    record(attempt)
    longer = replace(attempt, completed_at=PAST + 2 * HOUR, passed=None)

    record(longer)

    assert stored() == [longer]
    assert hinted() == [attempt.user_id, attempt.user_id]


def test_record_of_what_is_known_writes_nothing_and_hints_nobody(attempt):
    record(attempt)

    written = record_many([attempt])

    assert written == 0
    assert hinted() == [attempt.user_id]


def recorded_at() -> dt.datetime:
    return TrainingRecord.objects.values_list("recorded_at", flat=True).get()


def test_record_says_when_it_was_recorded(attempt):
    before = dt.datetime.now(dt.UTC)
    record(attempt)

    assert before <= recorded_at() <= dt.datetime.now(dt.UTC)


def test_changed_record_is_recorded_anew(attempt):
    record(attempt)
    first = recorded_at()

    record(replace(attempt, minutes_spent=61))

    assert recorded_at() > first


@pytest.mark.parametrize("times", [1, BATCH + 1])
def test_unchanged_record_stays_recorded_as_of_the_first_time(attempt, times):
    record(attempt)
    first = recorded_at()

    record_many([attempt] * times)

    assert recorded_at() == first


def test_record_many_hints_only_students_whose_rows_changed(attempt):
    other = replace(attempt, user_id=StudentFactory.create().pk, source_id="two")
    record_many([attempt, other])
    SweepHint.objects.all().delete()

    written = record_many([attempt, replace(other, minutes_spent=61)])

    assert written == 1
    assert hinted() == [other.user_id]


def test_record_many_hints_each_student_once(attempt):
    written = record_many(replace(attempt, source_id=str(number)) for number in range(20))

    assert written == 20
    assert hinted() == [attempt.user_id]


def test_record_many_of_nothing(db):
    assert record_many([]) == 0
    assert hinted() == []


def test_record_many_keeps_the_later_of_two_equal_keys(attempt):
    later = replace(attempt, minutes_spent=90)

    written = record_many([attempt, later])

    assert written == 1
    assert stored() == [later]


def test_the_same_id_of_another_source_is_another_record(attempt):
    lab = replace(attempt, source=TrainingRecord.Source.LAB)

    written = record_many([attempt, lab])

    assert written == 2
    assert stored() == [attempt, lab]


def test_record_many_gathers_what_exceeds_a_batch(attempt):
    attempts = [replace(attempt, source_id=f"{number:05}") for number in range(BATCH + 1)]
    twice = [*attempts, replace(attempts[0], minutes_spent=1)]

    written = record_many(twice)

    assert written == BATCH + 1
    assert stored() == [twice[-1], *attempts[1:]]
    assert hinted() == [attempt.user_id]


def test_record_many_gathers_several_times_in_one_transaction(attempt):
    attempts = [replace(attempt, source_id=f"{number:05}") for number in range(BATCH + 1)]

    written = [record_many(attempts), record_many(attempts)]

    assert written == [BATCH + 1, 0]


def test_record_many_reads_an_iterable_that_queries(attempt):
    def attempts():
        for number in range(BATCH + 1):
            if number % 1000 == 0:
                TrainingRecord.objects.count()
            yield replace(attempt, source_id=str(number))

    assert record_many(attempts()) == BATCH + 1


def test_record_many_takes_one_statement_up_to_a_batch(attempt):
    with CaptureQueriesContext(connection) as queries:
        record_many(replace(attempt, source_id=str(number)) for number in range(500))

    assert len(queries) == 1


def test_record_many_is_undone_with_the_outer_transaction(attempt):
    with transaction.atomic():
        record_many(replace(attempt, source_id=str(number)) for number in range(BATCH + 1))
        transaction.set_rollback(True)

    assert stored() == []
    assert hinted() == []


def test_a_failure_inside_a_savepoint_leaves_the_way_free(attempt):
    backwards = replace(attempt, completed_at=PAST - HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        record_many(replace(backwards, source_id=str(number)) for number in range(BATCH + 1))

    written = record_many(replace(attempt, source_id=str(number)) for number in range(BATCH + 1))

    assert written == BATCH + 1


def test_record_selected_takes_rows_of_the_database(attempt):
    record(attempt)
    copied = COLUMNS.replace("source,", "'lab',")

    written = record_selected(
        f"SELECT {COLUMNS}, position FROM (SELECT {copied}, id FROM courses_trainingrecord WHERE user_id = %(user)s) "
        f"AS row ({COLUMNS}, position)",
        {"user": attempt.user_id},
    )

    assert written == 1
    assert stored() == [attempt, replace(attempt, source=TrainingRecord.Source.LAB)]


def test_withdraw_takes_away_the_records_of_these_rows_alone(attempt):
    record_many(replace(attempt, source_id=source_id) for source_id in ("1", "2", "3"))
    record(replace(attempt, source=TrainingRecord.Source.LAB, source_id="1"))
    SweepHint.objects.all().delete()

    withdraw(source=TrainingRecord.Source.IMPORT, source_ids=["1", "3", "4"])

    assert [(row.source, row.source_id) for row in stored()] == [("import", "2"), ("lab", "1")]
    assert hinted() == [attempt.user_id]


def test_withdraw_of_what_is_not_there_hints_nobody(db):
    withdraw(source=TrainingRecord.Source.IMPORT, source_ids=["1"])

    assert hinted() == []


@pytest.mark.django_db(transaction=True)
def test_records_are_refused_outside_a_transaction():
    attempt = Attempt(user_id=1, source=TrainingRecord.Source.LAB, source_id="1", started_at=PAST, lab_id=1)

    with pytest.raises(
        transaction.TransactionManagementError, match=r"^Training records are written inside a transaction\.$"
    ):
        record(attempt)
    with pytest.raises(
        transaction.TransactionManagementError, match=r"^Training records are written inside a transaction\.$"
    ):
        withdraw(source=attempt.source, source_ids=["1"])


def test_a_transaction_that_writes_many_times_wakes_the_worker_once(attempt, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        record(attempt)
        with transaction.atomic():
            record_many(replace(attempt, source_id=str(number)) for number in range(3))
        withdraw(source=attempt.source, source_ids=["1"])

    assert len(callbacks) == 1


def test_a_transaction_that_writes_nothing_new_wakes_nobody(attempt, django_capture_on_commit_callbacks):
    record(attempt)
    with django_capture_on_commit_callbacks() as callbacks:
        record(attempt)
        withdraw(source=attempt.source, source_ids=["unknown"])

    assert callbacks == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [400, BATCH + 400])
def test_two_writers_of_the_same_records_in_opposite_order_do_not_deadlock(size):
    student, lab = StudentFactory.create(), LabFactory.create()
    attempts = [
        Attempt(
            user_id=student.pk,
            source=TrainingRecord.Source.IMPORT,
            source_id=str(number),
            started_at=PAST,
            lab_id=lab.pk,
        )
        for number in range(size)
    ]
    start = Barrier(2)

    def write(mine: list[Attempt], minutes: int) -> int:
        written = 0
        for round_ in range(5):
            start.wait(timeout=60)
            with transaction.atomic():
                written += record_many(replace(each, minutes_spent=minutes + round_) for each in mine)
        connection.close()
        return written

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, attempts, 100), pool.submit(write, attempts[::-1], 200)]
        written = [writer.result() for writer in writers]

    assert written == [5 * size, 5 * size]
    assert len(stored()) == size


def test_courses_that_count_otherwise_have_each_of_their_students_looked_at_again(attempt):
    another, elsewhere = CourseFactory.create(), CourseFactory.create()
    student, stranger = StudentFactory.create_batch(2)
    record_many(
        [
            attempt,
            replace(attempt, source_id="two"),
            replace(attempt, source_id="three", user_id=student.pk, course_id=another.pk),
            replace(attempt, source_id="four", user_id=stranger.pk, course_id=elsewhere.pk),
        ]
    )
    SweepHint.objects.all().delete()
    Course.objects.update(switched_at=PAST)

    look_again_at(Course.objects.filter(pk__in=[attempt.course_id, another.pk]))

    assert hinted() == [attempt.user_id, student.pk]
    switched = Course.objects.filter(switched_at__gt=PAST).order_by("pk")
    assert list(switched.values_list("pk", flat=True)) == [attempt.course_id, another.pk]


def test_attempts_of_a_third_statement_are_written_as_well(attempt):
    many = 2 * BATCH + 1

    written = record_many(replace(attempt, source_id=str(number)) for number in range(many))

    assert (written, TrainingRecord.objects.count()) == (many, many)
