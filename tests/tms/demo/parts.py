"""The demo told in parts, so that a test of one waits neither for the sweep nor for the parts that come after it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from django.db import transaction

from badges.models import Badge
from classes.models import Class, Enrollment
from courses.models import CourseAssignment
from organizations.models import User
from tms.demo import badges, credly, training
from tms.demo.catalogue import Catalogue, add_catalogue
from tms.demo.loading import SEED
from tms.demo.people import DemoPeople, add_people
from tms.demo.timetable import add_classes, add_enrollments

ROOT = "Kestrel & Quill Learning Group"
AT = dt.datetime(2026, 6, 15, 15, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Story:
    """What the parts before the achievements have made."""

    people: DemoPeople
    catalogue: Catalogue
    honours: dict[str, Badge]
    classes: list[Class]
    enrollments: list[Enrollment]
    assignments: list[CourseAssignment]
    attempts: int


@contextmanager
def taken_back(blocker) -> Iterator[None]:
    """What a module loads once, each test in a savepoint of it, is gone behind the module."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def tell() -> Story:
    """By the same chance as the whole demo, without a record of what was enrolled, and nothing swept."""
    chance = Random(SEED)
    people = add_people(AT)
    catalogue = add_catalogue(people.places)
    honours = badges.add_badges(people.places, catalogue.courses, credly.add_provider(people.places["denver"], AT))
    classes = add_classes(people, catalogue, AT)
    enrollments = add_enrollments(classes, people, AT, chance)
    assignments = training.add_assignments(people, catalogue, AT, chance)
    attempts = training.add_lab_attempts(enrollments, assignments, catalogue, people, AT, chance)
    return Story(people, catalogue, honours, classes, enrollments, assignments, attempts)


def persona(username: str) -> User:
    return User.objects.get(username=username)
