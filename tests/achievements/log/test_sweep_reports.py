"""What the log of sweeps tells whom: totals of the own organizations, and nothing of strangers or of the machine."""

from typing import Any

import pytest
from django.urls import reverse

from achievements.log.sweep_reports import Totals, counted_for
from achievements.models import Sweep, SweepPart
from tests.achievements.pages.reading import page
from tests.factories import PAST, AchievementFactory, EarnedAchievementFactory, SweepFactory, SweepProblemFactory

SWEEPS = reverse("achievements:sweeps")


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Three Courses", organization=world.academy, points=10)


@pytest.fixture
def busy(world, achievement):
    """A full sweep and a drain that awarded here and elsewhere, and a drain that concerns strangers alone."""
    full = SweepFactory.create(
        finished_at=PAST, earned=77, issued=76, held=75, failed=74, achievements=73, news=72, worker="host-9:4711"
    )
    here, strange = SweepFactory.create_batch(
        2, kind=Sweep.Kind.DRAIN, finished_at=PAST, earned=71, worker="host-9:4712"
    )
    for sweep in (full, here):
        EarnedAchievementFactory.create(sweep=sweep, achievement=achievement, user=world.student, nth=sweep.pk)
        SweepProblemFactory.create(sweep=sweep, achievement=achievement)
    SweepPart.objects.create(sweep=full, achievement=achievement, held=5)
    for sweep in (full, strange):
        EarnedAchievementFactory.create(sweep=sweep, user=world.stranger, nth=sweep.pk)
        SweepProblemFactory.create(sweep=sweep)
        SweepPart.objects.create(sweep=sweep, achievement=AchievementFactory.create(), held=40)
    return full, here, strange


def test_the_log_counts_what_concerns_the_own_organizations(busy, administrator):
    full, here, _strange = busy

    rows = list(administrator.get(SWEEPS).context["listing"].page)
    exported = administrator.get(SWEEPS, {"export": "csv"}).getvalue().decode()

    counts = {row.pk: (row.own_earned, row.own_held, row.own_failed) for row in rows}
    assert counts == {full.pk: (1, 5, 1), here.pk: (1, 0, 1)}
    assert not [word for word in ("host-9", "77", "76", "75", "74", "73", "72", "71") if word in exported]


@pytest.mark.parametrize(("most", "counted"), [(None, 3), (3, 3), (2, 3), (1, 2)])
def test_what_a_sweep_earned_is_counted_up_to_a_limit(busy, world, achievement, most, counted):
    full, *_others = busy
    for nth in (1001, 1002):
        EarnedAchievementFactory.create(sweep=full, achievement=achievement, user=world.student, nth=nth)

    row: Any = counted_for(world.administrator, Sweep.objects.filter(pk=full.pk), most_earned=most).get()

    assert (row.own_earned, row.own_held, row.own_failed) == (counted, 5, 1)


def test_a_sweep_tells_totals_of_the_own_organizations_and_nothing_of_the_machine(busy, administrator, superuser):
    full, _here, strange = busy

    own, all_of_it = (client.get(page("sweep", full.pk)) for client in (administrator, superuser))

    assert own.context["totals"] == Totals(earned=1, issued=0, held=5, failed=1)
    assert all_of_it.context["totals"] == Totals(earned=77, issued=76, held=75, failed=74)
    assert ["host-9:4711" in one.text for one in (own, all_of_it)] == [False, True]
    assert administrator.get(page("sweep", strange.pk)).status_code == 404


def test_failures_are_filtered_by_those_one_sees(busy, administrator):
    full, here, _strange = busy
    quiet = SweepFactory.create(failed=9, finished_at=PAST)

    failed, not_failed = (
        set(administrator.get(SWEEPS, {"failed": word}).context["listing"].page) for word in ("true", "false")
    )

    assert (failed, not_failed) == ({full, here}, {quiet})


def test_the_administration_keeps_the_log_for_superusers(busy, administrator, superuser):
    lists = [client.get(reverse("admin:achievements_sweep_changelist")) for client in (administrator, superuser)]

    assert [len(one.context["cl"].result_list) for one in lists] == [0, 3]
