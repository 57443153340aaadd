"""What is read of the evidence that is kept."""

import datetime as dt

from achievements.explaining.provenance import evidence_of
from tests.factories import PAST, EarnedAchievementFactory, TrainingRecordFactory


def test_what_was_earned_shows_what_was_counted(world, student):
    record = student.training_records.get()
    other = EarnedAchievementFactory.create(user=student)
    earned = EarnedAchievementFactory.create(
        user=student, evidence={"version": 1, "records": [record.pk, 10**9], "earned": [other.pk]}
    )

    [counted] = evidence_of([earned])

    assert (counted.records, counted.awards, counted.unlisted) == ([record], [other], 1)


def test_what_has_no_evidence_shows_none(student):
    [counted] = evidence_of([EarnedAchievementFactory.create(user=student)])

    assert (counted.records, counted.awards, counted.unlisted) == ([], [], 0)


def test_what_counted_is_in_the_order_of_time_a_record_at_its_completion(student):
    begun_first, completed_first, unfinished = (
        TrainingRecordFactory.create(user=student, started_at=PAST + begun, completed_at=completed)
        for begun, completed in (
            (dt.timedelta(0), PAST + dt.timedelta(hours=9)),
            (dt.timedelta(hours=1), PAST + dt.timedelta(hours=2)),
            (dt.timedelta(hours=5), None),
        )
    )
    later, earlier = (
        EarnedAchievementFactory.create(user=student, earned_at=PAST + dt.timedelta(days=days)) for days in (2, 1)
    )
    evidence = {
        "records": [begun_first.pk, completed_first.pk, unfinished.pk],
        "earned": [later.pk, earlier.pk],
        "counted": 5,
    }

    [counted] = evidence_of([EarnedAchievementFactory.create(user=student, evidence=evidence)])

    assert (counted.records, counted.awards, counted.unlisted) == (
        [completed_first, unfinished, begun_first],
        [earlier, later],
        0,
    )


def test_more_may_have_been_counted_than_is_kept(student):
    record = student.training_records.get()
    earned = [
        EarnedAchievementFactory.create(
            user=student, evidence={"records": [record.pk], "earned": [], "counted": number}
        )
        for number in (40, 0)
    ]

    assert [one.unlisted for one in evidence_of(earned)] == [39, 0]


def test_evidence_of_another_shape_is_none(student):
    earned = EarnedAchievementFactory.create(user=student, evidence={"records": "7", "earned": None, "counted": "x"})

    [counted] = evidence_of([earned])

    assert (counted.earned, counted.records, counted.awards, counted.unlisted) == (earned, [], [], 0)


def test_each_has_its_own_in_two_queries(student, django_assert_num_queries):
    records = TrainingRecordFactory.create_batch(2, user=student)
    earned = [
        EarnedAchievementFactory.create(user=student, evidence={"records": [record.pk], "earned": []})
        for record in records
    ]
    earned.append(EarnedAchievementFactory.create(user=student, evidence={"earned": [earned[0].pk]}))

    with django_assert_num_queries(2):
        found = evidence_of(earned)
        kept = [[str(record.course) for record in one.records] for one in found]

    assert kept == [[str(record.course)] for record in records] + [[]]
    assert [one.awards for one in found] == [[], [], [earned[0]]]
