"""Why somebody does not have a badge: earned by achievements, or issued by hand."""

import pytest

from achievements.explaining.access import Asking
from achievements.explaining.lacking import askable_badges, explain_lack
from badges.models import Badge
from classes.doors import doors_to
from organizations.models import User
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    ClassFactory,
    EnrollmentFactory,
    IssuedBadgeFactory,
    TrainingRecordFactory,
)


def asking(student, reader):
    return Asking(reader, User.objects.select_related("organization").get(pk=student.pk))


def lack(student, reader, badge):
    of_badge = Badge.objects.select_related("organization", "provider").get(pk=badge.pk)
    return explain_lack(asking(student, reader), of_badge, doors_to(student, reader))


@pytest.fixture
def by_hand(world):
    return BadgeFactory.create(name="By hand", organization=world.academy)


@pytest.fixture
def earned(world):
    """The badge of an achievement, and nobody issues it by hand."""
    badge = BadgeFactory.create(name="Earned", organization=world.academy, manual_issuance=False)
    conditions = [{"Subject": 10, "Count": 3, "Complete": True}]
    AchievementFactory.create(name="Three", organization=world.academy, badge=badge, conditions=conditions)
    return badge


@pytest.mark.parametrize(
    ("persona", "names"),
    [
        ("administrator", ["By hand", "Earned", "Of umbrella"]),
        ("instructor", ["By hand", "Earned"]),
        ("contractor", ["By hand", "Earned"]),
        ("student", ["Earned"]),
    ],
)
def test_about_which_badges_one_may_ask(world, by_hand, earned, persona, names):
    BadgeFactory.create(name="Of umbrella", organization=world.umbrella)
    BadgeFactory.create(name="Of outside", organization=world.outside)
    BadgeFactory.create(name="Switched off", organization=world.academy, manual_issuance=False)

    found = askable_badges(asking(world.student, getattr(world, persona)))

    assert [badge.name for badge in found] == names


def test_of_one_that_achievements_earn_it_says_what_is_missing(world, earned):
    TrainingRecordFactory.create(user=world.student, course=world.course)

    found = lack(world.student, world.student, earned)

    assert (found.is_by_hand, found.is_missing, found.refusal) == (False, True, "")
    [goal] = found.goals
    assert (goal.achievement.name, goal.missing) == ("Three", 2)


def test_of_one_that_is_issued_by_hand_it_says_who_may(world, by_hand):
    found = lack(world.student, world.instructor, by_hand)

    assert (found.is_by_hand, found.goals) == (True, [])
    assert {klass.name: set(klass.instructors.all()) for klass in found.classes} == {
        world.klass.name: {world.instructor, world.contractor}
    }
    assert [door.class_id for door in found.doors] == [world.klass.pk]


def test_who_teaches_no_class_of_its_organization_cannot_issue_it(world):
    """The administrator issues from assignments what the class's roster does not offer."""
    badge = BadgeFactory.create(organization=world.umbrella)
    BadgeFactory.create(organization=world.academy)

    found = lack(world.student, world.administrator, badge)

    assert (found.classes, found.doors) == ([], [])


def test_it_names_the_newest_classes_that_the_reader_knows_of(world, by_hand):
    for n in range(4):
        klass = ClassFactory.create(name=f"Class of others {n}", organization=world.academy)
        EnrollmentFactory.create(klass=klass, student=world.student)

    assert [klass.name for klass in lack(world.student, world.instructor, by_hand).classes] == [world.klass.name]
    assert len(lack(world.student, world.administrator, by_hand).classes) == 3


@pytest.mark.parametrize(
    ("fields", "is_held", "is_missing", "words"),
    [
        ({}, True, False, ""),
        ({"status": "pending"}, False, False, "The badge waits for the student to accept it."),
        ({"status": "revoked", "revoked_at": "2026-03-02T09:00Z"}, False, True, "The badge was revoked on 2 Mar 2026."),
    ],
)
def test_what_was_issued_says_where_it_stands(world, by_hand, fields, is_held, is_missing, words):
    IssuedBadgeFactory.create(badge=by_hand, student=world.student, **fields)

    found = lack(world.student, world.administrator, by_hand)

    assert (found.is_held, found.is_missing, found.held_back) == (is_held, is_missing, words)


def test_what_would_keep_it_back_anyway_is_told(world, by_hand):
    User.objects.filter(pk=world.student.pk).update(email="")

    assert lack(world.student, world.instructor, by_hand).refusal == "The student's account has no e-mail address."
