"""Switches that are thrown long after the training: whom a drain finds at once, and since when their awards were due."""

import datetime as dt

import pytest
from django.urls import reverse

from achievements import sweep
from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.models import EarnedAchievement
from tests.factories import AchievementFactory, CourseFactory, CourseTagFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def conditions(text):
    return canonical(parse(text).conditions)


@pytest.fixture
def course(world):
    """Of the umbrella, above the academy."""
    return CourseFactory.create(organization=world.umbrella)


def save_course(client, course, **changes):
    data = {"name": course.name, "organization": course.organization_id} | changes
    lines = {"activities-TOTAL_FORMS": 0, "activities-INITIAL_FORMS": 0}
    return client.post(reverse("admin:courses_course_change", args=[course.pk]), data | lines)


def earned_after_a_drain_and_a_pass():
    sweep.drain(at=NOW)
    drained = EarnedAchievement.objects.count()
    sweep.award_everybody(at=NOW)
    return drained, EarnedAchievement.objects.count()


def test_a_course_opened_to_outsiders_is_looked_at_in_every_organization(world, course, signed_in):
    AchievementFactory.create(
        organization=world.academy, conditions=conditions(f"[{{Subject:10, CourseIds:[{course.pk}]}}]")
    )
    TrainingRecordFactory.create(user=world.guest, course=course)

    save_course(signed_in(world.administrator), course, achievements_for_outside_organizations="on")

    assert earned_after_a_drain_and_a_pass() == (1, 1)


def test_a_new_tag_is_looked_at_in_every_organization(world, course, signed_in):
    tag = CourseTagFactory.create(organization=world.umbrella)
    AchievementFactory.create(
        organization=world.academy, conditions=conditions(f"[{{Subject:20, CourseTagIds:[{tag.pk}]}}]")
    )
    TrainingRecordFactory.create(user=world.student, course=course)

    save_course(signed_in(world.administrator), course, tags=[tag.pk])

    assert earned_after_a_drain_and_a_pass() == (1, 1)
