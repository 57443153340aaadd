"""The whole command on good files: what it writes, what it says, and that it may run again."""

import pytest
from django.db import connection

from classes.models import Class, Enrollment
from courses.models import Course, Lab, TrainingRecord
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.classes.training_files import FILES, run

pytestmark = pytest.mark.django_db


def test_import_says_what_became_of_every_file(write):
    lines = run(write(**FILES))

    assert lines == [
        "organizations.csv: organizations, 2 created, 0 changed, 0 unchanged",
        "users.csv: users, 2 created, 0 changed, 0 unchanged",
        "labs.csv: labs, 2 created, 0 changed, 0 unchanged",
        "courses.csv: courses, 1 created, 0 changed, 0 unchanged",
        "classes.csv: classes, 1 created, 0 changed, 0 unchanged",
        "enrollments.csv: enrollments, 1 created, 0 changed, 0 unchanged",
        "attempts.csv: attempts, 3 created, 0 changed, 0 unchanged",
        "12 rows written.",
    ]


def everything() -> dict[str, list[tuple[object, ...]]]:
    models = (Organization, User, User.groups.through, Lab, Course, Course.tags.through, Class, Enrollment)
    tables = [model._meta.db_table for model in (*models, Class.instructors.through, TrainingRecord, SweepHint)]
    with connection.cursor() as cursor:
        contents = {}
        for table in tables:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            contents[table] = cursor.fetchall()
        return contents


def test_a_second_run_changes_nothing(write):
    paths = write(**FILES)
    run(paths)
    before = everything()

    lines = run(paths)

    assert everything() == before
    assert lines[-3:] == [
        "enrollments.csv: enrollments, 0 created, 0 changed, 1 unchanged",
        "attempts.csv: attempts, 0 created, 0 changed, 3 unchanged",
        "Nothing to do: every row is there already.",
    ]


def test_a_dry_run_says_the_same_and_keeps_nothing(write):
    paths = write(**FILES)
    before = everything()

    dry = run(paths, dry_run=True)
    after = everything()

    assert after == before
    assert dry[-1] == "Dry run: nothing was kept."
    assert run(paths)[:-1] == dry[:-1]


def test_the_kind_is_told_by_the_option(write):
    lines = run(write(users=FILES["organizations"]), kind="organizations")

    assert lines[0] == "users.csv: organizations, 2 created, 0 changed, 0 unchanged"
