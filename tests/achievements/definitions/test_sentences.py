"""Conditions, and how much there is of each, in words."""

import pytest

from achievements.conditions.counting import ConditionTally
from achievements.conditions.parsing import parse
from achievements.conditions.terms import Achievements, Courses, Labs, Points
from achievements.definitions.naming import Named
from achievements.definitions.sentences import sentence, standing

NAMES = {7: "Firewalls", 59: "Security", 5: "Networks", 6: "Routing", 8: "Starter", 9: "Finisher"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{Subject:0}]", "Launch a lab."),
        ("[{Subject:0, Complete:true, Count:3}]", "Complete 3 labs, repeats count."),
        ("[{Subject:0, Passed:true, LabProfileIds:[7]}]", "Pass a lab: Firewalls."),
        (
            "[{Subject:0, Complete:true, Count:2, Distinct:true, SingleDay:true, MinMinutesSpent:30}]",
            "Complete 2 labs, each a different one, all on one day, with at least 30 minutes spent.",
        ),
        ("[{Subject:10}]", "Be enrolled in or assigned a course."),
        (
            "[{Subject:10, Complete:true, Count:2, Distinct:true, CourseIds:[5,6]}]",
            "Complete 2 courses, each a different one, out of these: Networks, Routing.",
        ),
        ("[{Subject:20, CourseTagIds:[59], Complete:true}]", "Complete a course, tagged Security."),
        (
            "[{Subject:20, CourseTagIds:[59], CourseIds:[5], MinMinutesSpent:1}]",
            "Be enrolled in or assigned a course, with at least 1 minute spent, tagged Security: Networks.",
        ),
        ("[{Subject:40, Points:1}]", "Earn 1 point from other achievements."),
        ("[{Subject:40, Points:500}]", "Earn 500 points from other achievements."),
        ("[{Subject:40, AchievementIds:[8]}]", "Earn this achievement: Starter."),
        ("[{Subject:40, AchievementIds:[8], Count:2}]", "Earn this achievement, 2 times: Starter."),
        (
            "[{Subject:40, AchievementIds:[8,9], Count:2}]",
            "Earn all of these achievements, 2 times each: Starter, Finisher.",
        ),
    ],
)
def test_conditions_in_words(text, words):
    parsed = parse(text)
    [condition] = parsed.conditions

    ids = [Named(place.field, place.id, NAMES[place.id]) for place in parsed.ids]

    assert sentence(condition, ids) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{Subject:0, Passed:true, LabProfileIds:[7]}]", "Pass a lab: Firewalls (7)."),
        (
            "[{Subject:20, CourseTagIds:[59], CourseIds:[5,6], Complete:true}]",
            "Complete a course, tagged Security (59), out of these: Networks (5), Routing (6).",
        ),
        ("[{Subject:40, AchievementIds:[8,9]}]", "Earn all of these achievements: Starter (8), Finisher (9)."),
    ],
)
def test_who_writes_conditions_reads_ids_beside_the_names(text, words):
    parsed = parse(text)
    [condition] = parsed.conditions

    ids = [Named(place.field, place.id, NAMES[place.id]) for place in parsed.ids]

    assert sentence(condition, ids, with_ids=True) == words


@pytest.mark.parametrize(
    ("condition", "one", "several"),
    [
        (Labs(), "0 of 1 lab", "2 of 3 labs"),
        (Courses(), "0 of 1 course", "2 of 3 courses"),
        (Points(points=1), "0 of 1 point", "2 of 3 points"),
        (Achievements(achievement_ids=(1,)), "0 of 1 achievement", "2 of 3 achievements"),
    ],
)
def test_how_much_there_is_of_what_is_needed(condition, one, several):
    assert [standing(condition, ConditionTally(have, need)) for have, need in ((0, 1), (2, 3))] == [one, several]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Labs(single_day=True, distinct=True), "Launch a lab."),
        (Labs(passed=True, complete=True, count=2), "Pass 2 labs, repeats count."),
        (
            Courses(single_day=True, count=2),
            "Be enrolled in or assigned 2 courses, repeats count, all on one day.",
        ),
        (
            Courses(count=2, complete=True, tag_ids=(1, 2)),
            "Complete 2 courses, repeats count, tagged Red, Blue.",
        ),
    ],
)
def test_options_are_said_where_they_change_something(condition, words):
    tags = [Named("CourseTagIds", 1, "Red"), Named("CourseTagIds", 2, "Blue")]

    assert sentence(condition, tags if isinstance(condition, Courses) and condition.tag_ids else []) == words
