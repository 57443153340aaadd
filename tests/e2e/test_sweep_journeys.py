"""The log of sweeps in a browser: run one now and watch it, and see at a glance whether the hour is kept."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from achievements.models import EarnedAchievement, Sweep
from achievements.sweep import lock, sweeper
from tests.e2e.conftest import shoot
from tests.factories import (
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    StudentFactory,
    SweepFactory,
    SweepHintFactory,
    SweepProblemFactory,
    TrainingRecordFactory,
)

HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def superuser(world):
    """Has everybody swept, and sees what the machine does."""
    return AdministratorFactory.create(organization=world.academy, is_superuser=True)


@pytest.fixture
def earned(world):
    """Something that the next full sweep awards."""
    badge = BadgeFactory.create(name="Network Pathfinder", organization=world.academy)
    achievement = AchievementFactory.create(name="Networking", organization=world.academy, badge=badge)
    TrainingRecordFactory.create(user=world.student, course=world.course)
    return achievement


def test_run_now_shows_progress_until_the_end(world, superuser, earned, page_as):
    page = page_as(superuser)
    page.goto("/sweeps/")

    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Waiting for a worker", exact=True)).to_be_visible()
    shoot(page, "sweep-waiting")

    Sweep.objects.update(is_waiting=False, achievements=40, evaluated=10, worker="celery@laurel, 4711")
    with lock.holding():
        expect(page.get_by_text("10 of 40 achievements evaluated")).to_be_visible()
        expect(page.get_by_role("progressbar")).to_have_attribute("value", "10")
        shoot(page, "sweep-running")
        Sweep.objects.update(evaluated=30)
        expect(page.get_by_text("30 of 40 achievements evaluated")).to_be_visible()

    Sweep.objects.update(is_waiting=True, achievements=0, evaluated=0)
    sweeper.award_if_due(at=timezone.now())
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    page.get_by_role("link", name="1 who earned Networking").click()
    expect(page.get_by_role("row", name=str(world.student))).to_contain_text("Network Pathfinder")
    page.get_by_role("link", name="Network Pathfinder").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Network Pathfinder")


def test_run_now_without_javascript(world, superuser, earned, page_as):
    page = page_as(superuser, java_script_enabled=False)
    page.goto("/sweeps/")

    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Waiting for a worker", exact=True)).to_be_visible()
    sweeper.award_if_due(at=timezone.now())
    page.get_by_role("link", name="Refresh").click()

    expect(page.get_by_text("Finished", exact=True)).to_be_visible()


def history(world, *, until):
    """A month of full sweeps and awards, with a gap in the last day and one in the month."""
    now = timezone.now().replace(minute=0, second=2, microsecond=0)
    hours = [n for n in range(30 * 24) if n >= until and n not in (7, 8) and not 200 < n < 230]
    for n in reversed(hours):
        SweepFactory.create(started_at=now - n * HOUR, finished_at=now - n * HOUR + 9 * SECOND, news=n % 40)
    achievement = AchievementFactory.create(name="Ten Labs in One Day", organization=world.academy)
    students = StudentFactory.create_batch(120, organization=world.academy)
    for n, student in enumerate(students):
        delay = (2 + n % 9) * SECOND if n % 37 else (n + 4) * 60 * SECOND
        row = EarnedAchievementFactory.create(achievement=achievement, user=student, delay=delay)
        EarnedAchievement.objects.filter(pk=row.pk).update(created_at=timezone.now() - (n % 60 + n * n % 660) * HOUR)
    return achievement


@pytest.mark.parametrize(("until", "words"), [(0, "The sweep is on time."), (3, "The sweep is late.")])
def test_freshness(world, page_as, axe, until, words):
    history(world, until=until)
    if until:
        SweepHintFactory.create()
    page = page_as(world.administrator)

    page.goto("/")
    expect(page.get_by_text("The sweep is late", exact=False)).to_have_count(1 if until else 0)
    shoot(page, f"home-{'late' if until else 'on-time'}")
    page.get_by_role("link", name="See why" if until else "Last full sweep:").click()

    expect(page.get_by_text(words, exact=True)).to_be_visible()
    shoot(page, f"freshness-{'late' if until else 'on-time'}")
    page.get_by_text("The same as a table").first.click()
    expect(page.get_by_role("cell", name="9 s").first).to_be_visible()
    axe(page)


def test_a_sweep_with_much_to_tell(world, page_as, axe):
    achievement = history(world, until=1)
    run = SweepFactory.create(
        started_at=timezone.now(),
        finished_at=timezone.now() + 14 * SECOND,
        started_by=world.administrator,
        worker="celery@laurel-worker-1.training.example.org, 4711",
        achievements=212,
        evaluated=212,
        earned=1340,
        issued=1290,
        held=1204,
        failed=3,
        news=12_401,
    )
    EarnedAchievement.objects.update(sweep=run)
    long_name = (
        "Achievement whose name goes on for as long as a name of an achievement possibly may, and then some more"
    )
    for name in (long_name, "Three Courses on Security"):
        other = AchievementFactory.create(name=name, organization=world.academy)
        SweepProblemFactory.create_batch(3, sweep=run, achievement=other, student=world.student)
    SweepProblemFactory.create(sweep=run, achievement=achievement, message="canceling statement due to timeout")
    page = page_as(world.administrator)

    for path, name in [("", "sweep"), (f"{run.pk}/", "sweep-full"), (f"{run.pk}/awards/", "sweep-awards-full")]:
        page.goto(f"/sweeps/{path}")
        shoot(page, f"log-{name}")
        axe(page)
    page.goto(f"/sweeps/{run.pk}/problems/")
    shoot(page, "log-sweep-problems-full")
    axe(page)
