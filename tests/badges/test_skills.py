"""What a badge's row takes as skills."""

import pytest
from django.core.exceptions import ValidationError

from badges.models.skills import MOST, Skill, kept_skills, read_skills, validate_skills
from tests.factories import BadgeFactory

ESCO = {"name": "Manage networks", "framework": "ESCO", "code": "S5.6.1", "url": "https://esco.example/skill/1"}


@pytest.mark.parametrize(
    "stored", [[], [{"name": "Patience"}], [ESCO], [{"name": "Diving", "url": "http://a.example/"}]]
)
def test_free_words_and_places_in_a_framework_are_skills(stored):
    validate_skills(stored)

    assert kept_skills(read_skills(stored)) == stored


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ([{"name": "A"}, {"name": "", "code": "S5"}], "Line 2: Enter the skill, or empty the line."),
        ([{"name": "A", "url": "example.org"}], "Line 1: Enter a whole web address that begins with https://."),
        ([{"name": "A", "url": "javascript:alert(1)"}], "Line 1: Enter a whole web address that begins with https://."),
        (
            [{"name": "A", "framework": "ESCO"}],
            "Line 1: Enter the skill's web address in its framework, or empty framework and code.",
        ),
        ([{"name": "A"}, {"name": "a"}], "Line 2: This skill stands there already. Empty one of the lines."),
        ([{"name": "A" * 121}], "Line 1: “AAAAAAAAAAAAAAAAAAAA…” is longer than 120 characters. Shorten it."),
        (
            [{"name": "A\nB"}],
            "Line 1: This holds a line break or a control character. Write it on one line, without them.",
        ),
        ([{"name": f"Skill {number}"} for number in range(MOST + 1)], "Enter at most 20 skills."),
        ("Patience", "This is no list of skills."),
        (["Patience"], "This is no list of skills."),
        ([{"name": 1}], "This is no list of skills."),
        ([{"name": "A", "targetType": "CFItem"}], "This is no list of skills."),
    ],
)
def test_anything_else_is_refused_with_its_line(stored, words):
    with pytest.raises(ValidationError) as refusal:
        validate_skills(stored)

    assert words in refusal.value.messages


def test_lines_with_nothing_in_them_are_none():
    validate_skills([{}, {"name": ""}, ESCO])

    assert kept_skills([Skill(""), Skill("Patience")]) == [{"name": "Patience"}]


def test_a_place_is_told_in_words():
    skill = Skill(**ESCO)

    assert (skill.place, skill.host) == ("ESCO S5.6.1", "esco.example")
    assert (Skill("Patience").place, Skill("Patience").host) == ("", "")


def test_a_badge_refuses_them_by_whatever_door(world):
    badge = BadgeFactory.create(organization=world.academy)
    badge.skills = [{"name": "A", "framework": "ESCO"}]

    with pytest.raises(ValidationError) as refusal:
        badge.full_clean()

    assert list(refusal.value.message_dict) == ["skills"]
