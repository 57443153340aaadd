"""An option of a condition is known wherever it must be: a new one that is missed somewhere fails here, by name."""

import datetime as dt
from dataclasses import fields, replace

import pytest

from achievements.conditions.earners import earners
from achievements.conditions.events import Rule
from achievements.conditions.parsing import parse_stored
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points, canonical
from achievements.definitions.sentences import sentence
from achievements.editor import building
from tests.achievements import random_worlds, strategies

# Each class with the least that it says; a count above 1, since some options mean nothing for one.
LEAST: tuple[Condition, ...] = (
    Labs(count=2),
    Courses(count=2),
    Points(points=2),
    Achievements(achievement_ids=(1,)),
)
OPTIONS = [(least, field.name) for least in LEAST for field in fields(least)]
# The names of what ids stand for are in the sentence by themselves.
SAID = [(least, name) for least, name in OPTIONS if not name.endswith("_ids")]


def with_option(least, name):
    """The condition with another value of the option."""
    value = getattr(least, name)
    if isinstance(value, bool):
        return replace(least, **{name: not value})
    return replace(least, **{name: (*value, 7) if isinstance(value, tuple) else value + 5})


def compiled(condition) -> tuple[str, tuple[object, ...]]:
    until = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    rule = Rule(achievement_id=1, organization_id=1, root_id=1, conditions=(condition,), until=until)
    statement = earners(rule)
    return statement.text, statement.parameters


@pytest.mark.parametrize(("least", "name"), OPTIONS, ids=lambda value: str(getattr(type(value), "__name__", value)))
def test_an_option_is_stored_and_read_back(least, name):
    said = with_option(least, name)

    assert canonical([said]) != canonical([least])
    assert parse_stored(canonical([said])) == (said,)


@pytest.mark.parametrize(("least", "name"), OPTIONS, ids=lambda value: str(getattr(type(value), "__name__", value)))
def test_an_option_changes_what_is_asked_of_the_database(least, name):
    assert compiled(with_option(least, name)) != compiled(least), "add it to conditions/events.py or numbering.py"


@pytest.mark.parametrize(("least", "name"), SAID, ids=lambda value: str(getattr(type(value), "__name__", value)))
def test_an_option_is_said_in_words(least, name):
    assert sentence(with_option(least, name), []) != sentence(least, []), "add it to definitions/sentences.py"


@pytest.mark.parametrize(("least", "name"), OPTIONS, ids=lambda value: str(getattr(type(value), "__name__", value)))
def test_an_option_has_its_field_in_the_editor(least, name):
    said = with_option(least, name)
    kinds = [members for members in building._MEMBERS.values() if name in members]

    assert kinds, "add it to editor/building.py"
    assert set(canonical([said])[0]) - {"Subject"} <= {written for members in kinds for written in members.values()}


def test_random_conditions_know_every_option():
    training = {field.name for field in fields(Courses)} - {"course_ids", "tag_ids"}

    assert set(strategies._training) == training, "add it to tests/achievements/strategies.py"
    written = {building._OPTIONS[name] for name in training - {"count"}} | {"Count"}
    assert set(random_worlds.options) == written, "add it to tests/achievements/random_worlds.py"
