"""Loads the demo, all of it or nothing, and knows whether it is there."""

from datetime import datetime
from random import Random

from django.db import connection, transaction

from classes.training import record_enrollments
from organizations.models import User
from tms.demo import badges, brands, credly, rewards, training
from tms.demo.catalogue import add_catalogue
from tms.demo.people import PERSONAS, STAFF, add_people, earner_id_of
from tms.demo.timetable import add_classes, add_enrollments

SEED = 20


class DemoNameTakenError(Exception):
    """An account of this database has the user name of one of the demo's: it is somebody's, and is left alone."""


def is_loaded() -> bool:
    """Whether the demo is there, whatever has been renamed since."""
    return User.objects.filter(earner_id=earner_id_of("admin")).exists()


def load(*, at: datetime) -> bool:
    """Load the demo around the moment `at`; False when it is there already. Safe to repeat, also at the same time.

    The same moment gives the same demo. Raises DemoNameTakenError. The art is put where the storage lacks it even when the
    rest is there: files take no part in a transaction.
    """
    with transaction.atomic():
        _wait_for_others()
        is_new = not is_loaded()
        if is_new:
            _refuse_taken_names()
            _tell_the_story(at)
            _count_the_rows()
    badges.put_art()
    brands.put_logo()
    return is_new


def _tell_the_story(at: datetime) -> None:
    chance = Random(SEED)  # noqa: S311 - a story, not a secret
    people = add_people(at)
    brands.add_brand(people.places)
    catalogue = add_catalogue(people.places)
    outside = credly.add_provider(people.places["denver"], at)
    honours = badges.add_badges(people.places, catalogue.courses, outside)
    classes = add_classes(people, catalogue, at)
    enrollments = add_enrollments(classes, people, at, chance)
    record_enrollments(enrollments)
    assignments = training.add_assignments(people, catalogue, at, chance)
    training.add_lab_attempts(enrollments, assignments, catalogue, people, at, chance)
    rewards.add_achievements(people, catalogue, honours)
    rewards.give_by_hand(people, classes, enrollments, assignments, honours)
    rewards.sweep(at)
    rewards.take_one_back(people, honours, at)
    rewards.give_from_outside(people, enrollments, honours, at)


def _wait_for_others() -> None:
    """Two that load at once would both find nothing there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('tms.demo', 0))")


def _count_the_rows() -> None:
    """Until autovacuum has counted them, PostgreSQL plans as if all tables were empty, and the first pages take seconds."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(map(connection.ops.quote_name, sorted(tables)))}")


def _refuse_taken_names() -> None:
    ours = [persona.username for persona in (*PERSONAS, *STAFF)]
    taken = sorted(User.objects.filter(username__in=ours).values_list("username", flat=True))
    if taken:
        raise DemoNameTakenError(", ".join(taken))
