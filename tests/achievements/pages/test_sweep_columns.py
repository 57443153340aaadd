"""What the lists of sweeps, of their awards and of their problems say of each."""

import datetime as dt

import pytest
from django.urls import reverse

from achievements.pages.sweep_columns import SWEEPS_OF_OWN, seconds_of
from badges.models import Via
from tests.achievements.pages.reading import page
from tests.factories import PAST, BadgeFactory, EarnedAchievementFactory, IssuedBadgeFactory, SweepFactory

SWEEPS = reverse("achievements:sweeps")


def test_the_log_exports_how_long_each_sweep_took_and_how_it_was_run(world, administrator):
    SweepFactory.create(started_at=PAST, finished_at=PAST + dt.timedelta(seconds=4), started_by=world.administrator)

    response = administrator.get(SWEEPS, {"export": "csv", "columns": ["kind", "took", "by"]})

    assert response.getvalue().decode() == "\ufeffKind,Started by,Took (s)\r\nFull sweep,By hand,4.0\r\n"


def test_awards_are_exported(world, achievement, administrator):
    sweep = SweepFactory.create()
    EarnedAchievementFactory.create(
        sweep=sweep, achievement=achievement, user=world.student, delay=dt.timedelta(seconds=65)
    )

    response = administrator.get(
        page("sweep_awards", sweep.pk), {"export": "csv", "columns": ["achievement", "delay", "seconds", "badge"]}
    )

    assert response.getvalue().decode().splitlines()[1] == "Three Courses,1 min,65.0,"


def test_an_award_without_a_badge_leads_to_what_it_was_earned_with(world, achievement, administrator):
    sweep = SweepFactory.create()
    EarnedAchievementFactory.create(sweep=sweep, achievement=achievement, user=world.student)

    response = administrator.get(page("sweep_awards", sweep.pk))

    why = reverse("achievements:why", args=[achievement.pk, world.student.pk])
    assert why in response.text
    assert administrator.get(why).status_code == 200


@pytest.mark.parametrize(
    ("length", "seconds"),
    [(None, None), (dt.timedelta(0), 0.0), (dt.timedelta(minutes=1, milliseconds=1260), 61.3)],
)
def test_a_length_of_time_is_a_number_in_exports(length, seconds):
    assert seconds_of(length) == seconds


def test_a_sweep_that_runs_took_nothing_yet_and_ran_by_itself_where_nobody_is_named(administrator):
    SweepFactory.create(started_at=PAST)

    response = administrator.get(SWEEPS, {"export": "csv", "columns": ["took", "by"]})

    assert response.getvalue().decode() == "\ufeffStarted by,Took (s)\r\nAutomatically,\r\n"


def test_who_administers_some_organizations_reads_nothing_of_the_whole_or_of_the_machine():
    values = {column.name: column.value or column.name for column in SWEEPS_OF_OWN}

    assert {"worker", "news", "achievements", "skipped", "issued"}.isdisjoint(values)
    assert [values[name] for name in ("earned", "held", "failed")] == ["own_earned", "own_held", "own_failed"]


def test_an_award_has_its_badge_only_once_that_is_issued(world, achievement, administrator):
    achievement.badge = BadgeFactory.create(name="Owl", organization=world.academy)
    achievement.save()
    sweep = SweepFactory.create()
    EarnedAchievementFactory.create(sweep=sweep, achievement=achievement, user=world.student)
    address, query = page("sweep_awards", sweep.pk), {"export": "csv", "columns": ["badge", "delay"]}

    before = administrator.get(address, query).getvalue().decode()
    IssuedBadgeFactory.create(
        badge=achievement.badge, student=world.student, via=Via.ACHIEVEMENT, source_id=achievement.pk
    )
    after = administrator.get(address, query).getvalue().decode()

    assert (before, after) == ("\ufeffDelay,Badge\r\n,\r\n", "\ufeffDelay,Badge\r\n,Owl\r\n")
