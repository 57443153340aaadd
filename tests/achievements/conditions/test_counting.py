"""What people have of each condition, against a naive count; and "Why not yet?" against the sweep itself."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from achievements.conditions import counting
from achievements.conditions.counting import ConditionTally, WayToNextTime, audiences, one_step_away, tallies
from achievements.conditions.events import Audience, Rule
from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.explaining.why import explain
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import sweeper
from achievements.sweep.rules import rule_of, trees_of
from courses.models import Lab
from organizations.models import User
from tests.achievements import oracle
from tests.achievements.conditions import compiled
from tests.achievements.random_worlds import (
    NOW,
    achievements,
    build,
    conditions_on_achievements,
    conditions_on_records,
    quick,
    seeds,
)
from tests.factories import (
    PAST,
    AchievementFactory,
    EarnedAchievementFactory,
    LabFactory,
    OrganizationFactory,
    StudentFactory,
    TrainingRecordFactory,
)

pytestmark = pytest.mark.long

LATER = PAST + dt.timedelta(days=300)


def rule(achievement: Achievement, at: dt.datetime = LATER) -> Rule:
    return rule_of(achievement, trees_of([achievement]), at=at)


class Naive:
    """Counts by loops over rows, as if everybody took part."""

    def __init__(self) -> None:
        self.facts = oracle.Facts(NOW)
        for user in self.facts.users:
            user.is_active = user.participates_in_achievements = True
            user.organization.achievements_enabled = True
        self.given: dict[int, Counter[int]] = defaultdict(Counter)
        for user_id, achievement_id in EarnedAchievement.objects.values_list("user_id", "achievement_id"):
            self.given[user_id][achievement_id] += 1

    def tallies(self, achievement: Achievement, user: User, nth: int = 1) -> list[ConditionTally]:
        achievement.organization.achievements_enabled = True
        return [self._tally(condition, achievement, user, nth) for condition in achievement.conditions]

    def _tally(self, condition: oracle.Json, achievement: Achievement, user: User, nth: int) -> ConditionTally:
        given = self.given[user.pk]
        if "Points" in condition:
            points = sum(self.facts.points[pk] * n for pk, n in given.items() if pk != achievement.pk)
            return ConditionTally(min(points, nth * condition["Points"]), nth * condition["Points"])
        times = nth * condition["Count"]
        if "AchievementIds" in condition:
            ids = condition["AchievementIds"]
            return ConditionTally(sum(min(given[pk], times) for pk in ids), times * len(ids))
        missing = 0
        days = self._days(condition, achievement, user)
        while sum(n // condition["Count"] for n in days.values()) < nth:
            best = max(days, key=lambda day: days[day] % condition["Count"], default=None)
            days[best] += 1
            missing += 1
        return ConditionTally(times - missing, times)

    def _days(self, condition: oracle.Json, achievement: Achievement, user: User) -> Counter[object]:
        """How many units there are on each day; without SingleDay, all on one."""
        zone = ZoneInfo(achievement.organization.time_zone)
        units = []
        for event in oracle._events(self.facts, condition, achievement, user):
            day = event.moment.astimezone(zone).date() if condition.get("SingleDay") else None
            units.append((day, event.item))
        return Counter(day for day, _item in (set(units) if condition.get("Distinct") else units))


def test_of_each_wording_people_have_what_a_naive_count_finds(db):
    found = 0
    for facts in compiled.worlds():
        ours = compiled.of(facts)
        for place, user in enumerate(compiled.trained(facts)[-3:]):
            for nth in range(1, 2 + 2 * place):
                EarnedAchievementFactory.create(achievement=ours[nth % 2], user_id=user.pk, nth=nth)
        naive, rules = Naive(), [rule(achievement, NOW) for achievement in ours]
        for user in compiled.trained(naive.facts)[-3:]:
            at_home = audiences(rules, user.organization_id)
            asked = [
                WayToNextTime(one, home, 1 + i % 3) for i, (one, home) in enumerate(zip(rules, at_home, strict=True))
            ]
            for one, achievement, tally in zip(asked, ours, tallies(user.pk, asked), strict=True):
                has = naive.tallies(achievement, user, one.nth)
                if not counting.counts_for(one.rule, one.audience):
                    has = [replace(each, have=0) for each in has]
                assert tally == has, (achievement.conditions, one)
                found += sum(0 < each.have < each.need for each in tally)
    assert found > 80


def test_of_each_wording_those_are_one_step_away_who_lack_one_event(db):
    found = 0
    for facts in compiled.worlds():
        naive = Naive()
        for achievement in compiled.of(facts):
            if not oracle.follows(achievement):
                away = [user_id for (user_id,) in compiled.rows(one_step_away(rule(achievement, NOW)))]
                assert away == sorted(u.pk for u in facts.users if _is_one_step_away(naive, achievement, u))
                found += len(away)
    assert found > 40


@quick
@given(
    seed=seeds,
    drawn=st.lists(achievements(conditions_on_records), min_size=3, max_size=5),
    dependents=st.lists(achievements(conditions_on_achievements), min_size=0, max_size=2),
    nth=st.integers(1, 3),
)
def test_people_have_what_a_naive_count_finds(db, seed, drawn, dependents, nth):
    with transaction.atomic():
        world = build(seed, drawn + dependents)
        sweeper.award_everybody(at=NOW)
        rules = [rule(achievement, NOW) for achievement in Achievement.objects.select_related("organization")]
        naive = Naive()
        expected, found = [], []

        for user in world.users:
            at_home = audiences(rules, user.organization_id)
            asked = [WayToNextTime(rule, audience, nth) for rule, audience in zip(rules, at_home, strict=True)]
            for one, tally in zip(asked, tallies(user.pk, asked), strict=True):
                if counting.counts_for(one.rule, one.audience):
                    found.append(tally)
                    achievement = next(a for a in naive.facts.achievements if a.pk == one.rule.achievement_id)
                    in_memory = next(u for u in naive.facts.users if u.pk == user.pk)
                    expected.append(naive.tallies(achievement, in_memory, nth))

        assert found == expected
        transaction.set_rollback(True)


@quick
@given(
    seed=seeds,
    drawn=st.lists(achievements(conditions_on_records), min_size=3, max_size=5),
    dependents=st.lists(achievements(conditions_on_achievements), min_size=0, max_size=2),
    is_swept_before=st.booleans(),
)
def test_everything_met_and_nothing_in_the_way_is_what_the_sweep_awards(db, seed, drawn, dependents, is_swept_before):
    with transaction.atomic():
        world = build(seed, drawn)
        if is_swept_before:
            sweeper.award_everybody(at=NOW)
        for one in dependents:
            conditions = canonical(parse("[{Subject:40, Points:3}]").conditions)
            AchievementFactory.create(
                organization=world.organizations[one["organization"]],
                conditions=conditions,
                is_global=one["is_global"],
                reaches_all_trees=one["reaches_all_trees"],
            )
        people = list(User.objects.select_related("organization"))
        ruled = list(Achievement.objects.select_related("organization", "badge__provider"))
        before = set(EarnedAchievement.objects.values_list("achievement_id", "user_id", "nth"))
        of_records = [one for one in ruled if all(c["Subject"] != 40 for c in one.conditions)]

        with time_machine.travel(NOW, tick=False):
            due = {
                (one.pk, person.pk, why.nth)
                for one in of_records
                for person in people
                if (why := explain(one, person)).is_due
            }

        sweeper.award_everybody(at=NOW)
        new = set(EarnedAchievement.objects.values_list("achievement_id", "user_id", "nth")) - before
        first = {key[:2]: key for key in sorted(new, reverse=True) if key[0] in {one.pk for one in of_records}}
        assert due == set(first.values())
        with time_machine.travel(NOW, tick=False):
            assert not any(explain(one, person).is_due for one in ruled for person in people)
        transaction.set_rollback(True)


@quick
@given(seed=seeds, drawn=st.lists(achievements(conditions_on_records), min_size=3, max_size=5))
def test_one_step_away_is_who_lacks_one_event(db, seed, drawn):
    with transaction.atomic():
        build(seed, drawn)
        naive = Naive()
        switched_on = oracle.Facts(NOW)
        expected, found = [], []

        for achievement in Achievement.objects.select_related("organization"):
            statement = one_step_away(rule(achievement, NOW))
            with connection.cursor() as cursor:
                cursor.execute(statement.text, statement.parameters)
                found.append(sorted(user_id for (user_id,) in cursor.fetchall()))
            expected.append(
                sorted(user.pk for user in switched_on.users if _is_one_step_away(naive, achievement, user))
            )

        assert found == expected
        transaction.set_rollback(True)


def _is_one_step_away(naive: Naive, achievement: Achievement, user: User) -> bool:
    if not oracle._takes_part(achievement, user):
        return False
    found = naive.tallies(achievement, user)
    conditions = parse(str(achievement.conditions)).conditions
    if sum(tally.missing for tally in found) != 1 or any(counting.is_impossible(one) for one in conditions):
        return False
    return oracle._is_for(naive.facts, achievement, user.organization) or any(tally.have for tally in found)


@pytest.fixture
def student(world):
    return world.student


def conditions(text):
    return canonical(parse(text).conditions)


def step(achievement):
    statement = one_step_away(rule(achievement))
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return [user_id for (user_id,) in cursor.fetchall()]


@pytest.mark.parametrize(("worth", "steps"), [(5, 1), (4, 0)])
def test_points_are_one_step_away_when_one_award_can_give_them(student, worth, steps):
    achievement = AchievementFactory.create(
        organization=student.organization, conditions=conditions("[{Subject:40, Points:10}]"), points=100
    )
    other = AchievementFactory.create(organization=student.organization, points=5, is_enabled=False)
    EarnedAchievementFactory.create(achievement=other, user=student)
    AchievementFactory.create(organization=student.organization, points=worth)

    assert step(achievement) == [student.pk] * steps


def test_who_has_earned_it_is_not_one_step_away_from_it(student):
    achievement = AchievementFactory.create(organization=student.organization, frequency=2)

    EarnedAchievementFactory.create(achievement=achievement, user=student)

    assert student.pk not in step(achievement)


@pytest.mark.parametrize(
    ("text", "is_impossible"),
    [
        ("[{Count:3, Distinct:true, LabProfileIds:[1,2]}]", True),
        ("[{Count:2, Distinct:true, LabProfileIds:[1,2]}]", False),
        ("[{Count:3, LabProfileIds:[1,2]}]", False),
        ("[{Count:3, Distinct:true}]", False),
        ("[{Subject:10, Count:2, Distinct:true, CourseIds:[1]}]", True),
        ("[{Subject:40, Points:3}]", False),
    ],
)
def test_more_different_ones_than_are_listed_are_impossible(text, is_impossible):
    [condition] = parse(text).conditions

    assert counting.is_impossible(condition) is is_impossible


def test_the_second_time_of_listed_ones_is_impossible_unless_each_day_begins_anew():
    [once] = parse("[{Count:2, Distinct:true, LabProfileIds:[1,2]}]").conditions
    [daily] = parse("[{Count:2, Distinct:true, SingleDay:true, LabProfileIds:[1,2]}]").conditions

    assert (counting.is_impossible(once, 2), counting.is_impossible(daily, 2)) == (True, False)


def test_nobody_is_one_step_away_from_what_nobody_can_earn(student):
    lab = LabFactory.create(organization=student.organization)
    text = f"[{{Count:2, Distinct:true, LabProfileIds:[{lab.pk}]}}]"
    achievement = AchievementFactory.create(organization=student.organization, conditions=conditions(text))
    TrainingRecordFactory.create(user=student, lab=Lab(pk=lab.pk), course=None, started_at=PAST)

    assert step(achievement) == []


def test_audiences_of_several_achievements(world):
    ours = AchievementFactory.create(organization=world.academy)
    everywhere = AchievementFactory.create(organization=world.umbrella, is_global=True)
    wide = AchievementFactory.create(organization=world.umbrella, is_global=True, reaches_all_trees=True)
    rules = [rule(ours), rule(everywhere), rule(wide)]

    assert audiences(rules, world.academy.pk) == [Audience.MEMBERS, Audience.MEMBERS, Audience.MEMBERS]
    assert audiences(rules, world.partner.pk) == [Audience.OUTSIDERS, Audience.OUTSIDERS, Audience.MEMBERS]


def test_a_student_of_another_organization_has_what_is_open_to_outsiders(world):
    achievement = AchievementFactory.create(
        organization=world.academy, conditions=conditions("[{Subject:10, Count:2}]")
    )
    guest = StudentFactory.create(organization=world.partner)
    child = OrganizationFactory.create(parent=world.academy)
    TrainingRecordFactory.create(
        user=guest, course__organization=child, course__achievements_for_outside_organizations=True
    )
    TrainingRecordFactory.create(user=guest, course__achievements_for_outside_organizations=True)

    asked = [WayToNextTime(rule(achievement), audience) for audience in (Audience.OUTSIDERS, Audience.MEMBERS)]
    found = tallies(guest.pk, asked)

    assert found == [[ConditionTally(1, 2)], [ConditionTally(2, 2)]]
