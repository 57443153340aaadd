"""Everything at once: many write, correct, switch and edit while one sweeper after another is killed. When it is quiet, what
is there is what the oracle says.

TORTURE_SECONDS sets how long it lasts (15), TORTURE_SEED what the writers draw from.
"""

import datetime as dt
import itertools
import os
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.context import ForkServerProcess as Process
from random import Random, SystemRandom
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone

from achievements.definitions.editing import save_achievement, switch
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import sweeper
from courses.models import Course, Lab
from courses.records import Attempt, record, withdraw
from operation.models import SweepHint
from organizations.editing import change_organization, set_participation
from organizations.models import Organization, User
from tests.achievements import oracle, worlds
from tests.achievements.processes import nobody_claims_anything, wait_until
from tests.achievements.sweeping import sweep_until_killed
from tests.racing import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("roles_come_back"),
    pytest.mark.xdist_group("processes"),
]

SECONDS = float(os.environ.get("TORTURE_SECONDS", "15"))
WRITERS, STUDENTS = 18, 4  # and students of each
SWEEPERS = 2
LATER = dt.timedelta(minutes=10)  # whoever was put off is due by then


class Writer:
    """Somebody who writes about students of his own, in one organization that nobody disturbs, and in one that all do."""

    def __init__(self, random: Random, quiet: Organization, disturbed: Organization) -> None:
        self.random, self.disturbed = random, disturbed
        self.courses = {one: list(Course.objects.filter(organization=one).order_by("pk")) for one in (quiet, disturbed)}
        self.labs = {one: list(Lab.objects.filter(organization=one).order_by("pk")) for one in (quiet, disturbed)}
        self.orderly, self.others = ([self._student(one) for _ in range(STUDENTS)] for one in (quiet, disturbed))
        self.reached = {student.pk: worlds.START for student in self.orderly}
        self.written: list[Attempt] = []
        self.acts = 0

    def _student(self, organization: Organization) -> User:
        name = f"{organization.pk}-{self.random.getrandbits(60)}"
        return User.objects.create(username=name, email=f"{name}@example.test", organization=organization)

    def work(self, until: float) -> None:
        """Until that moment. Every fifth transaction comes to its end late, and some of them are rolled back."""
        while time.monotonic() < until:
            act = self.random.choice(ACTS)
            with transaction.atomic():
                act(self)
                if self.random.random() < 0.2:
                    time.sleep(self.random.uniform(0, 1))
                transaction.set_rollback(act in UNDONE and self.random.random() < 0.1)
            self.acts += 1
            time.sleep(self.random.uniform(0, 0.1))

    def go_on(self) -> None:
        """A student's next attempt, after all before: what is earned by it is the same whenever it is found."""
        student = self.random.choice(self.orderly)
        organization = student.organization
        drawn = worlds.attempt(self.random, student.pk, self.courses[organization], self.labs[organization])
        started_at = self.reached[student.pk] + dt.timedelta(minutes=self.random.randint(1, 20))
        completed_at = (
            None if drawn.completed_at is None else started_at + dt.timedelta(minutes=self.random.randint(0, 9))
        )
        record(replace(drawn, started_at=started_at, completed_at=completed_at))
        self.reached[student.pk] = completed_at or started_at

    def write(self) -> None:
        """Any student's attempt at any time."""
        attempt = self._any_attempt()
        record(attempt)
        self.written.append(attempt)

    def correct(self) -> None:
        if self.written:
            old = self.random.choice(self.written)
            record(replace(self._any_attempt(), source_id=old.source_id))

    def take_back(self) -> None:
        if self.written:
            old = self.written.pop(self.random.randrange(len(self.written)))
            withdraw(source=old.source, source_ids=[old.source_id])

    def opt_in_or_out(self) -> None:
        student = User.objects.get(pk=self.random.choice(self.others).pk)
        set_participation(student, takes_part=not student.participates_in_achievements)

    def switch_organization(self) -> None:
        organization = Organization.objects.select_for_update(no_key=True).get(pk=self.disturbed.pk)
        organization.achievements_enabled = not organization.achievements_enabled
        change_organization(organization, changed=["achievements_enabled"])

    def switch_achievement(self) -> None:
        achievement = self._any_achievement()
        switch(achievement, is_enabled=not achievement.is_enabled, by=None, at=timezone.now())

    def edit_achievement(self) -> None:
        """But for what students compete for: their limit stays."""
        achievement = Achievement.objects.select_for_update().get(pk=self._any_achievement().pk)
        achievement.points = self.random.randint(0, 5)
        if achievement.frequency_type == Achievement.FrequencyType.PER_USER:
            achievement.frequency = min(3, achievement.frequency + self.random.randint(0, 1))
        if "MinMinutesSpent" in achievement.conditions[0] or achievement.conditions[0]["Subject"] == 0:
            achievement.conditions[0]["MinMinutesSpent"] = self.random.choice([10, 20, 30])
        save_achievement(achievement, by=None, at=timezone.now())

    def _any_attempt(self) -> Attempt:
        courses, labs = self.courses[self.disturbed], self.labs[self.disturbed]
        return worlds.attempt(self.random, self.random.choice(self.others).pk, courses, labs)

    def _any_achievement(self) -> Achievement:
        ids = Achievement.objects.filter(organization=self.disturbed).order_by("pk").values_list("pk", flat=True)
        return Achievement.objects.get(pk=self.random.choice(list(ids)))


ACTS: list[Callable[[Writer], None]] = [
    *[Writer.go_on] * 12,
    *[Writer.write] * 10,
    *[Writer.correct] * 4,
    *[Writer.take_back] * 2,
    *[Writer.opt_in_or_out] * 2,
    Writer.switch_organization,
    Writer.switch_achievement,
    Writer.edit_achievement,
]


UNDONE = [Writer.write, Writer.correct, Writer.take_back]


@pytest.fixture
def seed() -> int:
    drawn = int(os.environ.get("TORTURE_SEED", SystemRandom().randrange(10**6)))
    print(f"\nTORTURE_SEED={drawn}")
    return drawn


@pytest.fixture
def organizations() -> tuple[Organization, Organization]:
    """One where nobody competes for anything, and one with every kind of achievement, both without people."""
    quiet = worlds.build_without_people()
    Achievement.objects.exclude(frequency_type=Achievement.FrequencyType.PER_USER).delete()
    return quiet, worlds.build_without_people()


def test_when_it_is_quiet_there_is_what_the_oracle_says(seed, organizations, start):
    quiet, disturbed = organizations
    random = Random(seed)
    writers = [Writer(Random(random.random()), quiet, disturbed) for _ in range(WRITERS)]
    kills = 0

    def sweep(until: float) -> None:
        nonlocal kills
        processes = [start(sweep_until_killed) for _ in range(SWEEPERS)]
        for number in itertools.count():
            time.sleep(1)
            kill(processes[number % SWEEPERS])
            if time.monotonic() > until:
                break
            processes[number % SWEEPERS] = start(sweep_until_killed)
            kills += 1
        for process in processes:
            kill(process)

    until = time.monotonic() + SECONDS
    at_once(lambda: sweep(until), *(lambda writer=writer: writer.work(until) for writer in writers))
    wait_until(nobody_claims_anything)
    sweeper.drain(at=timezone.now() + LATER)
    assert not SweepHint.objects.exists()
    drained = oracle.written()

    assert_nobody_lost_or_doubled(drained)
    of_quiet = set(Achievement.objects.filter(organization=quiet).values_list("pk", flat=True))
    assert [one for one in drained if one.achievement_id in of_quiet] == [
        one for one in oracle.everything() if one.achievement_id in of_quiet
    ]
    sweeper.award_everybody(at=timezone.now())
    assert oracle.written() == drained
    acts = sum(writer.acts for writer in writers)
    print(f"{acts:,} transactions, {kills} kills, {len(drained):,} awards")


def kill(process: Process) -> None:
    process.kill()
    process.join()


def assert_nobody_lost_or_doubled(there: list[oracle.Earned]) -> None:
    assert oracle.everything(there) == there
    assert worlds.issued() == worlds.badges_for(there)
    for achievement in Achievement.objects.all():
        if oracle.is_limited(achievement):
            assert_within_its_limit(achievement)


def assert_within_its_limit(achievement: Achievement) -> None:
    moments = sorted(EarnedAchievement.objects.filter(achievement=achievement).values_list("earned_at", flat=True))
    if achievement.frequency_type == Achievement.FrequencyType.PER_ACHIEVEMENT:
        assert len(moments) <= achievement.frequency
        return
    zone = ZoneInfo(achievement.organization.time_zone)
    days = [moment.astimezone(zone).date() for moment in moments]
    assert all((later - day).days >= achievement.frequency for day, later in itertools.pairwise(days))
