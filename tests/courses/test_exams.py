import datetime as dt

import pytest

from courses.exams import Exam, Result, best_first
from tests.factories import PAST, LabFactory, TrainingRecordFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def attempts_at(exam, **named):
    """Attempts by name, a day after each other; what is not said of one is that it was not passed."""
    made = {}
    for day, (name, fields) in enumerate(named.items()):
        defaults = {"passed": False, "started_at": PAST + day * DAY}
        made[TrainingRecordFactory.create(course=None, lab=exam, **defaults | fields).pk] = name
    return made


@pytest.mark.parametrize(
    ("named", "order"),
    [
        ({"failed": {}, "passed": {"passed": True}}, ["passed", "failed"]),
        ({"passed": {"passed": True}, "failed": {"score": 7, "max_score": 7}}, ["passed", "failed"]),
        ({"under way": {"completed_at": None}, "failed": {}}, ["failed", "under way"]),
        ({"low": {"score": 3, "max_score": 7}, "high": {"score": 4, "max_score": 7}}, ["high", "low"]),
        ({"of many": {"score": 5, "max_score": 9}, "of few": {"score": 4, "max_score": 7}}, ["of few", "of many"]),
        ({"without": {}, "with": {"score": 0, "max_score": 7}}, ["with", "without"]),
        ({"first": {"passed": True}, "second": {"passed": True}}, ["first", "second"]),
        ({"first": {}, "second": {}}, ["second", "first"]),
        (
            {"first": {}, "second": {"started_at": PAST}, "never done": {"completed_at": None, "passed": True}},
            ["second", "first", "never done"],
        ),
    ],
)
def test_the_best_attempt_is_first(named, order):
    exam = LabFactory.create(is_exam=True)
    made = attempts_at(exam, **named)

    found = best_first(exam.records.all())

    assert [made[attempt.pk] for attempt in found] == order


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"passed": True}, Result.PASSED),
        ({"passed": False}, Result.NOT_PASSED),
        ({"passed": None}, Result.TAKEN),
        ({"passed": None, "completed_at": None}, Result.IN_PROGRESS),
        ({"passed": True, "completed_at": None}, Result.IN_PROGRESS),
    ],
)
def test_an_attempt_has_a_result(fields, result):
    attempt = TrainingRecordFactory.create(course=None, lab=LabFactory.create(is_exam=True), **fields)

    assert attempt.result is result


def test_an_exam_has_the_result_of_its_best_attempt():
    exam = LabFactory.create(is_exam=True)
    attempts_at(exam, passed={"passed": True}, failed={})

    found = Exam(best_first(exam.records.all()))

    assert (found.result, found.is_passed, found.best) == (Result.PASSED, True, exam.records.get(passed=True))


def test_an_exam_that_nobody_took_has_no_best_attempt():
    found = Exam([])

    assert (found.result, found.is_passed, found.best) == (Result.NOT_TAKEN, False, None)


@pytest.mark.parametrize(
    ("score", "max_score", "percent"), [(7, 7, 100), (5, 7, 71), (0, 7, 0), (199, 200, 99), (None, None, None)]
)
def test_the_percentage_is_rounded_down(score, max_score, percent):
    attempt = TrainingRecordFactory.create(course=None, lab=LabFactory.create(), score=score, max_score=max_score)

    assert attempt.score_percent == percent
