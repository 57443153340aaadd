"""An option of a condition is known wherever it must be: a new one that is missed somewhere fails here, by name."""

import datetime as dt
from dataclasses import fields, replace

import pytest

from achievements.conditions.earners import earners
from achievements.conditions.events import EVERYBODY, Rule
from achievements.conditions.parsing import parse_stored
from achievements.conditions.sql import Sql
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points, Subject, canonical, options
from achievements.definitions.sentences import EXPLAINED, sentence
from achievements.editor.building import KINDS_OF
from achievements.sweep.gathering import gather
from tests.achievements import random_worlds, strategies
from tests.achievements.conditions.compiled import rows

# Each class with the least that it says; a count above 1, since some options mean nothing for one.
LEAST: tuple[Condition, ...] = (
    Labs(count=2),
    Courses(count=2),
    Points(points=2),
    Achievements(achievement_ids=(1,)),
)
OPTIONS = [(least, field.name) for least in LEAST for field in fields(least)]
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def by_name(options):
    names = [f"{type(least).__name__}-{name}" for least, name in options]
    return pytest.mark.parametrize(("least", "name"), options, ids=names)


of_each_option = by_name(OPTIONS)
# The names of what ids stand for are in the sentence by themselves.
of_each_said = by_name([(least, name) for least, name in OPTIONS if not name.endswith("_ids")])


def with_option(least, name):
    """The condition with another value of the option."""
    value = getattr(least, name)
    if isinstance(value, bool):
        return replace(least, **{name: not value})
    return replace(least, **{name: (*value, 7) if isinstance(value, tuple) else value + 5})


def written_as(least, name):
    """The name of the option in the text."""
    return next(field.metadata["json"] for field in fields(least) if field.name == name)


def compiled(condition, people=EVERYBODY) -> Sql:
    return earners(
        Rule(achievement_id=1, organization_id=1, root_id=1, conditions=(condition,), until=NOW, people=people)
    )


@of_each_option
def test_an_option_is_stored_and_read_back(least, name):
    said = with_option(least, name)

    assert canonical([said]) != canonical([least])
    assert parse_stored(canonical([said])) == (said,)


@pytest.mark.parametrize(
    ("term", "stored"),
    [
        (Labs(), {"Subject": 0, "Count": 1}),
        (
            Labs(count=3, distinct=True, lab_ids=(5, 7), passed=True),
            {"Subject": 0, "Count": 3, "LabProfileIds": [5, 7], "Distinct": True, "Passed": True},
        ),
        (
            Courses(complete=True, min_minutes_spent=30, single_day=True, course_ids=(2,)),
            {
                "Subject": 10,
                "Count": 1,
                "CourseIds": [2],
                "Complete": True,
                "MinMinutesSpent": 30,
                "SingleDay": True,
            },
        ),
        (
            Courses(count=2, course_ids=(2,), tag_ids=(9, 11)),
            {"Subject": 20, "Count": 2, "CourseIds": [2], "CourseTagIds": [9, 11]},
        ),
        (Points(points=5), {"Subject": 40, "Points": 5}),
        (Achievements(achievement_ids=(4, 6)), {"Subject": 40, "Count": 1, "AchievementIds": [4, 6]}),
    ],
)
def test_what_is_stored_says_the_count_and_what_is_not_a_default_in_one_order(term, stored):
    [said] = canonical([term])

    assert (said, list(said)) == (stored, list(stored))


def test_tags_of_courses_are_an_option_of_their_subject_alone():
    rest = ["Distinct", "Complete", "MinMinutesSpent", "SingleDay"]

    assert list(options(Courses, Subject.COURSE)) == ["Count", "CourseIds", *rest]
    assert list(options(Courses, Subject.COURSE_TAG)) == ["Count", "CourseIds", "CourseTagIds", *rest]
    assert list(options(Labs, Subject.LAB)) == ["Count", "LabProfileIds", *rest, "Passed"]


@of_each_option
def test_an_option_changes_what_is_asked_of_the_database(least, name):
    assert compiled(with_option(least, name)) != compiled(least), "add it to conditions/events.py or numbering.py"


@of_each_option
def test_an_option_reads_what_is_gathered(db, least, name):
    those = gather([], at=NOW).people

    # A column that is not there goes into COLUMNS of conditions/events.py.
    assert rows(compiled(with_option(least, name), those)) == []


@of_each_said
def test_an_option_is_said_in_words(least, name):
    assert sentence(with_option(least, name), []) != sentence(least, []), "add it to definitions/sentences.py"


@of_each_option
def test_an_option_has_its_field_in_the_editor(least, name):
    assert KINDS_OF.get(name), "add it to LABELS of definitions/sentences.py"


@of_each_said
def test_an_option_is_explained_in_the_editor(least, name):
    assert written_as(least, name) in EXPLAINED, "add it to EXPLAINED of definitions/sentences.py"


@pytest.mark.parametrize(
    ("least", "drawn", "stored"),
    [
        (Labs(), strategies.labs, random_worlds.options_of_labs),
        (Courses(), strategies.courses, random_worlds.options),
    ],
    ids=["Labs", "Courses"],
)
def test_random_conditions_know_every_option(least, drawn, stored):
    names = {field.name for field in fields(least)}

    assert set(drawn) == names, "add it to tests/achievements/strategies.py"
    written = {written_as(least, name) for name in names if not name.endswith("_ids")}
    assert set(stored) == written, "add it to tests/achievements/random_worlds.py"
