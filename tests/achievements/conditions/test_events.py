"""Which records a condition counts, and whose."""

from dataclasses import replace

import pytest

from achievements.conditions.earners import earners
from achievements.conditions.events import Audience, People, participants, takes_outsiders
from achievements.conditions.sql import Sql
from achievements.conditions.terms import Courses, Points
from achievements.sweep.gathering import gather
from achievements.sweep.rules import rule_of, trees_of
from tests.achievements.conditions import compiled
from tests.achievements.random_worlds import NOW
from tests.factories import AchievementFactory, OrganizationFactory, StudentFactory


def rule(achievement, **fields):
    return replace(rule_of(achievement, trees_of([achievement]), at=NOW), **fields)


def test_few_people_are_found_as_all_are(db):
    for facts in compiled.worlds():
        asked = [user.pk for user in compiled.trained(facts)[-3:]]
        offices = [compiled.trained(facts)[-1].organization_id]
        members = {user.pk for user in facts.users if user.organization_id in offices}
        for achievement in compiled.of(facts):
            everybody = compiled.rows(earners(rule(achievement)))
            few = compiled.rows(earners(rule(achievement, people=People(user_ids=asked))))
            office = compiled.rows(earners(rule(achievement, people=People(organization_ids=offices))))
            assert few == [row for row in everybody if row[0] in asked]
            assert office == [row for row in everybody if row[0] in members]


def test_those_gathered_are_found_as_all_are(db):
    found = 0
    for facts in compiled.worlds():
        asked = [user.pk for user in compiled.trained(facts)]
        those = gather(asked, at=NOW)
        for achievement in compiled.of(facts):
            everybody = [row for row in compiled.rows(earners(rule(achievement))) if row[0] in asked]
            gathered = rule(achievement, people=those.people)
            assert everybody == (compiled.rows(earners(gathered)) if those.could_meet(gathered) else [])
            found += len(everybody)
    assert found > 80


@pytest.mark.parametrize(
    ("conditions", "gathered_from", "has_outsiders", "takes"),
    [
        ((Courses(),), None, True, True),
        ((Courses(),), None, False, False),
        ((Courses(), Points(points=1)), None, True, False),
        ((Courses(),), {"own"}, True, False),
        ((Courses(),), {"own", "other"}, True, True),
        ((Courses(),), {"other"}, True, True),
    ],
)
def test_when_outsiders_are_asked_for(db, conditions, gathered_from, has_outsiders, takes):
    achievement = AchievementFactory.create()
    ids = {"own": achievement.organization_id, "other": OrganizationFactory.create().pk}
    people = People(gathered_from=None if gathered_from is None else frozenset(ids[name] for name in gathered_from))

    asked = rule(achievement, conditions=conditions, has_outsiders=has_outsiders, people=people)

    assert takes_outsiders(asked) is takes


@pytest.mark.parametrize(
    ("is_global", "reaches_all_trees", "members"),
    [
        (False, False, ["own"]),
        (False, True, ["own"]),
        (True, False, ["below", "own"]),
        (True, True, ["below", "elsewhere", "own"]),
    ],
)
def test_members_are_whom_an_achievement_is_for_and_outsiders_all_others(db, is_global, reaches_all_trees, members):
    achievement = AchievementFactory.create(is_global=is_global, reaches_all_trees=reaches_all_trees)
    own = achievement.organization
    StudentFactory.create(username="own", organization=own)
    StudentFactory.create(username="below", organization=OrganizationFactory.create(parent=own))
    StudentFactory.create(username="elsewhere")
    StudentFactory.create(username="closed", organization=own, is_active=False)
    StudentFactory.create(username="apart", organization=own, participates_in_achievements=False)
    StudentFactory.create(username="off", organization=OrganizationFactory.create(achievements_enabled=False))

    found = {audience: names(participants(rule(achievement), audience)) for audience in Audience}

    others = sorted({"own", "below", "elsewhere"} - set(members))
    assert found == {Audience.MEMBERS: members, Audience.OUTSIDERS: others}


def names(ids: Sql) -> list[str]:
    found = Sql("SELECT username FROM organizations_user WHERE id IN (") + ids + ")"
    return [name for (name,) in compiled.rows(found)]
