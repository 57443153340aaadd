"""What is written of those who were found, and with which badge."""

import datetime as dt

import pytest
from django.db import connection

from achievements.conditions.events import EVERYBODY, People
from achievements.models import Achievement, EarnedAchievement, Sweep
from achievements.sweep import found, sweeper, writing
from achievements.sweep.earning import Earner
from achievements.sweep.found import LOOK
from achievements.sweep.gathering import gather
from achievements.sweep.runs import Problem, Run, Written
from achievements.sweep.writing import issue_missing, prove, prove_at_once, put_off, student_at, write
from badges.models import IssuedBadge, Via
from organizations.models import Organization, User
from tests.achievements.sweep.ruled import EARNED_AT, NOW, complete, outcome, ruled
from tests.factories import (
    PAST,
    AchievementFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    StudentFactory,
)

DAY = dt.timedelta(days=1)


def test_issued_badge_says_where_it_came_from(world, achievement):
    complete(world.student, world.course)

    sweeper.award_everybody(at=NOW)

    issued = IssuedBadge.objects.get()
    assert (issued.badge, issued.student, issued.issued_at) == (achievement.badge, world.student, EARNED_AT)
    assert (issued.via, issued.source_id, issued.source_words) == (Via.ACHIEVEMENT, achievement.pk, "Finisher")


def test_earning_again_adds_a_row_and_no_badge(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(frequency=3)
    for day in range(2):
        complete(world.student, world.course, started_at=PAST + dt.timedelta(days=day))

    done = sweeper.award_everybody(at=NOW)

    assert outcome(done) == {"achievements": 1, "skipped": 0, "earned": 2, "issued": 1, "failed": 0}


@pytest.mark.parametrize("status", [IssuedBadge.Status.ACCEPTED, IssuedBadge.Status.REVOKED])
def test_holder_and_revoked_get_no_second_badge_and_fail_not(world, achievement, status):
    IssuedBadgeFactory.create(
        badge=achievement.badge,
        student=world.student,
        status=status,
        revoked_at=PAST if status == IssuedBadge.Status.REVOKED else None,
    )
    complete(world.student, world.course)

    done = sweeper.award_everybody(at=NOW)

    assert (done.earned, done.issued, done.failed) == (1, 0, 0)


def test_changed_conditions_take_nothing_back(world, achievement):
    complete(world.student, world.course)
    sweeper.award_everybody(at=NOW)
    Achievement.objects.filter(pk=achievement.pk).update(conditions=[{"Subject": 0, "Count": 99}], version=2)

    sweeper.award_everybody(at=NOW)

    assert list(achievement.earned.values_list("user_id", "version")) == [(world.student.pk, 1)]


@pytest.fixture
def run(db):
    run = Run(Sweep(kind=Sweep.Kind.DRAIN, started_at=NOW))
    run.save()
    return run


@pytest.fixture
def students(world, achievement):
    """Two who completed the course, by their ids."""
    made = StudentFactory.create_batch(2, organization=world.academy)
    for student in made:
        complete(student, world.course, recorded_at=EARNED_AT)
    return [student.pk for student in made]


def proven(several, *, since=None):
    """As a step finds and proves them; how many rows there are to write."""
    found.begin()
    found.add_new([one.rule for one in several])
    return prove(several, EVERYBODY, since or {})


def awards():
    return list(EarnedAchievement.objects.order_by("pk").values_list("achievement_id", "user_id", "nth"))


def test_awards_are_written_in_the_order_of_achievements_and_of_users(world, achievement, students, run):
    other = AchievementFactory.create(organization=world.academy)
    several = [ruled(other), ruled(achievement)]

    count = proven(several)
    written = write(several, after=0, up_to=count, run=run)

    assert count == 4
    assert awards() == [(one.pk, pk, 1) for one in (other, achievement) for pk in students]
    assert [(one.achievement, one.earned, one.issued) for one in written] == [(other, 2, 0), (achievement, 2, 2)]


@pytest.mark.parametrize("frequency", [1, 2])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("way", ["at once", "alone", "together"])
def test_an_award_names_what_it_was_given_for(world, run, way, count, frequency):
    days = range(2 * count * frequency)
    written_last_first = [complete(world.student, world.course, started_at=PAST + n * DAY) for n in reversed(days)]
    records = written_last_first[::-1]
    condition = {"Subject": 10, "Count": count, "CourseIds": [world.course.pk], "Complete": True}
    achievement = AchievementFactory.create(
        organization=world.academy, frequency=frequency, conditions=[condition], version=3
    )
    one = ruled(achievement)

    if way == "at once":
        assert prove_at_once(one) == frequency
        write([one], after=0, up_to=frequency, run=run, tables=LOOK)
    else:
        several = [one] if way == "alone" else [one, ruled(AchievementFactory.create(organization=world.partner))]
        assert proven(several) == frequency
        write(several, after=0, up_to=frequency, run=run)

    fields = ("nth", "earned_at", "version", "created_at", "sweep_id", "evidence")
    assert list(EarnedAchievement.objects.order_by("nth").values_list(*fields)) == [
        (
            nth,
            EARNED_AT + (nth * count - 1) * DAY,
            3,
            EarnedAchievement.objects.latest("pk").created_at,
            run.sweep.pk,
            {
                "version": 3,
                "counted": count,
                "records": sorted(one.pk for one in records[(nth - 1) * count : nth * count]),
                "earned": [],
            },
        )
        for nth in range(1, frequency + 1)
    ]
    assert NOW <= EarnedAchievement.objects.latest("pk").created_at <= run.now


def test_a_winner_whom_no_step_gathered_is_proven_by_all_that_there_is(world, students, run):
    limited = AchievementFactory.create(
        organization=world.academy, frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT
    )
    one, those = ruled(limited), gather(students[1:], at=NOW).people
    found.begin()
    found.add(one.rule, [Earner(students[0], 1, EARNED_AT)])

    write([one], after=0, up_to=prove([one], those, {}), run=run)

    record = User.objects.get(pk=students[0]).training_records.get()
    assert limited.earned.get().evidence == {"version": 1, "counted": 1, "records": [record.pk], "earned": []}


@pytest.mark.parametrize(("chunk", "indexes"), [(1, 1), (2, 0)])
def test_what_takes_more_than_one_chunk_has_an_index(achievement, students, monkeypatch, chunk, indexes):
    monkeypatch.setattr(writing, "CHUNK", chunk)

    proven([ruled(achievement)])

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'step_proven'")
        assert cursor.fetchone() == (indexes,)


def test_one_chunk_is_written_at_a_time(achievement, students, run):
    one = [ruled(achievement)]
    proven(one)

    earned = [write(one, after=after, up_to=after + 1, run=run)[0].earned for after in (1, 0, 2)]

    assert (earned, awards()) == ([1, 1, 0], [(achievement.pk, pk, 1) for pk in reversed(students)])


def test_what_somebody_else_has_written_meanwhile_is_left_out(achievement, students, run):
    one = [ruled(achievement)]
    proven(one)
    EarnedAchievementFactory.create(achievement=achievement, user_id=students[0])

    [written] = write(one, after=0, up_to=2, run=run)

    assert (written.earned, written.issued) == (1, 1)
    assert awards() == [(achievement.pk, pk, 1) for pk in students]


def disable(achievement):
    Achievement.objects.filter(pk=achievement.pk).update(is_enabled=False)


def change_conditions(achievement):
    Achievement.objects.filter(pk=achievement.pk).update(version=2)


def switch_off(achievement):
    Organization.objects.filter(pk=achievement.organization_id).update(achievements_enabled=False)


@pytest.mark.parametrize("change", [disable, change_conditions, switch_off])
def test_what_was_changed_since_it_was_proven_is_left_to_its_own_look(achievement, students, run, change):
    one = [ruled(achievement)]
    count = proven(one)
    change(achievement)

    [written] = write(one, after=0, up_to=count, run=run)

    assert (written.earned, awards()) == (0, [])


def test_each_refused_badge_is_a_problem_of_its_achievement(world, achievement, students, run):
    User.objects.filter(pk=students[1]).update(email="")
    other = AchievementFactory.create(organization=world.academy)
    several = [ruled(achievement), ruled(other)]

    written = write(several, after=0, up_to=proven(several), run=run)

    [problem] = written[0].problems
    assert (problem.code, problem.student_id, written[0].issued) == ("no_email", students[1], 1)
    assert (written[1].problems, written[1].earned) == ([], 2)


def days_waited():
    """For each award, between its being due and its being written: whole days, and so much as the test itself takes."""
    delays = EarnedAchievement.objects.order_by("pk").values_list("delay", flat=True)
    return [delay // DAY for delay in delays if delay is not None]


@pytest.mark.parametrize("last", ["record", "approved", "switched", "modified"])
def test_an_award_is_due_since_the_last_that_it_needed(world, achievement, students, run, last):
    """All was there for long, but for one thing two days ago."""
    long_ago, lately = NOW - 30 * DAY, NOW - 2 * DAY
    User.objects.update(switched_at=None)
    Organization.objects.update(switched_at=None)
    Achievement.objects.update(modified_at=lately if last == "modified" else long_ago)
    for student in User.objects.filter(pk__in=students):
        student.training_records.update(recorded_at=lately if last == "record" else long_ago)
    if last == "switched":
        User.objects.update(switched_at=lately)
    one = [ruled(Achievement.objects.select_related("organization").get(pk=achievement.pk))]

    count = proven(one, since={achievement.pk: lately} if last == "approved" else {})
    write(one, after=0, up_to=count, run=run)

    assert days_waited() == [2, 2]


def test_an_award_is_due_since_the_organization_of_its_achievement_takes_part(world, students, run):
    achievement = AchievementFactory.create(organization=world.umbrella, is_global=True)
    Achievement.objects.update(modified_at=NOW - 30 * DAY)
    Organization.objects.update(switched_at=None)
    Organization.objects.filter(pk=world.umbrella.pk).update(switched_at=NOW - 2 * DAY)
    one = [ruled(achievement)]

    write(one, after=0, up_to=proven(one), run=run)

    assert days_waited() == [2, 2]


def test_what_one_look_can_find_and_prove_at_once(world, students):
    """One condition on records that nobody has earned, unless the first record of any kind is enough."""

    def at_once(**fields):
        return prove_at_once(ruled(AchievementFactory.create(organization=world.academy, **fields)))

    courses = {"Subject": 10, "Count": 1, "CourseIds": [world.course.pk]}
    assert at_once(conditions=[courses]) == 2
    assert at_once(conditions=[{"Subject": 10, "Count": 1}], frequency=2) == 2
    assert at_once(conditions=[{"Subject": 10, "Count": 1}]) is None
    assert at_once(conditions=[courses, {"Subject": 10, "Count": 1}]) is None
    assert at_once(conditions=[{"Subject": 40, "Points": 5}]) is None


def test_what_somebody_has_earned_takes_two_steps(world, students):
    conditions = [{"Subject": 10, "Count": 1, "CourseIds": [world.course.pk]}]
    achievement = AchievementFactory.create(organization=world.academy, conditions=conditions)
    EarnedAchievementFactory.create(achievement=achievement)

    assert prove_at_once(ruled(achievement)) is None


def test_a_look_knows_whose_row_it_is_and_can_date_what_is_due(world, students, run):
    conditions = [{"Subject": 10, "Count": 1, "CourseIds": [world.course.pk]}]
    achievement = AchievementFactory.create(organization=world.academy, conditions=conditions)
    Achievement.objects.update(modified_at=PAST)
    one = ruled(Achievement.objects.get(pk=achievement.pk))
    assert prove_at_once(one) == 2

    put_off({achievement.pk: NOW - DAY})
    write([one], after=0, up_to=2, run=run, tables=LOOK)

    assert [student_at(position) for position in (1, 2)] == students
    assert days_waited() == [1, 1]


def test_missing_badges_are_issued_chunk_by_chunk_in_the_order_of_users(achievement, students, monkeypatch):
    monkeypatch.setattr(writing, "CHUNK", 1)
    for pk in students:
        EarnedAchievementFactory.create(achievement=achievement, user_id=pk)
    EarnedAchievementFactory.create(achievement=achievement, user_id=students[0], nth=2)
    one = ruled(achievement)

    done = []
    for after_user in (0, *students):
        written, after = issue_missing(one, EVERYBODY, after_user=after_user)
        done.append((written.issued, written.earned, after))

    assert done == [(1, 0, students[0]), (1, 0, students[1]), (0, 0, None)]
    assert list(IssuedBadge.objects.order_by("pk").values_list("student_id", flat=True)) == students


def test_missing_badges_are_issued_to_those_asked_for_while_it_is_enabled(achievement, students):
    for pk in students:
        EarnedAchievementFactory.create(achievement=achievement, user_id=pk)
    one = ruled(achievement)

    some = issue_missing(one, People(user_ids=students[1:]), after_user=0)
    none = issue_missing(one, People(user_ids=students[1:]), after_user=0)
    disable(achievement)
    rest = issue_missing(one, EVERYBODY, after_user=0)

    assert some == (Written(achievement=achievement, issued=1, problems=[]), None)
    assert none == (Written(achievement=achievement), None)
    assert rest == (Written(achievement=achievement, problems=[]), None)


def test_a_missing_badge_that_is_refused_is_a_problem(achievement, students):
    User.objects.filter(pk=students[0]).update(email="")
    EarnedAchievementFactory.create(achievement=achievement, user_id=students[0])

    written, _end = issue_missing(ruled(achievement), EVERYBODY, after_user=0)

    words = "The student's account has no e-mail address."
    assert written.problems == [Problem("no_email", words, students[0])]
