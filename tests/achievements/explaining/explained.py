"""What "Why not yet?" says, in short."""

from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.explaining.why import explain


def conditions(text):
    return canonical(parse(text).conditions)


def codes(achievement, student):
    return [block.code for block in explain(achievement, student).blocks]
