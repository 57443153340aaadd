"""The whole command on good files: what it writes, what it says, and that it may run again."""

import pytest
from django.db import connection

from classes.models import Class, Enrollment
from courses.models import ContentProvider, Course, Lab, PublishingGroup, TrainingRecord
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.classes.training_files import FILES, moment, run
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db

USERS = "username,organization,email"


def test_import_writes_organizations_with_their_parents(write):
    run(write(organizations=FILES["organizations"]))

    rows = Organization.objects.order_by("name").values_list("name", "parent__name", "time_zone")
    assert list(rows) == [("Acme", None, "America/Denver"), ("Lyon", "Acme", "Europe/Paris")]


def test_import_writes_users_with_their_roles_and_no_password(write):
    run(write(**FILES))

    users = User.objects.order_by("username")
    assert [(u.username, str(u), u.email, u.organization.name) for u in users] == [
        ("ana", "Ana Example", "ana@example.test", "Lyon"),
        ("ivo", "Ivo Example", "ivo@example.test", "Acme"),
    ]
    assert [sorted(user.groups.values_list("name", flat=True)) for user in users] == [
        ["Student"],
        ["Instructor", "Student"],
    ]
    assert [user.has_usable_password() for user in users] == [False, False]
    assert len({user.password for user in users} | {user.earner_id for user in users}) == 4


def test_import_writes_labs_and_courses_with_their_tags(write):
    run(write(**FILES))

    labs = Lab.objects.order_by("number").values_list("number", "name", "is_exam", "passing_score")
    course = Course.objects.get()
    assert list(labs) == [("L1", "First lab", False, None), ("L2", "Exam", True, 70)]
    assert (course.number, course.name, course.description) == ("C1", "Welding, basics", "Two\nlines")
    assert sorted(course.tags.values_list("name", flat=True)) == ["hot work", "metal"]


def test_import_makes_the_content_provider_and_the_publishing_group_of_a_course(write):
    run(write(**FILES))
    run(write(courses=FILES["courses"] + "Acme,C2,Soldering,,Forge Press,Acme courses|Night school,\n"))

    by_course = ContentProvider.objects.order_by("courses__number")
    assert list(by_course.values_list("name", "organization__name", "courses__number")) == [
        ("Forge Press", "Acme", "C1"),
        ("Forge Press", "Acme", "C2"),
    ]
    groups = PublishingGroup.objects.order_by("name", "publishes_to__name")
    assert list(groups.values_list("name", "publishes_to__name")) == [
        ("Acme courses", "Acme"),
        ("Acme courses", "Lyon"),
        ("Night school", "Acme"),
        ("Night school", "Lyon"),
    ]


def test_a_contract_instructor_is_linked_where_the_organization_uses_them(write):
    files = FILES | {
        "organizations": "organization,uses_contract_instructors\nAcme,no\nAcme > Lyon,yes\n",
        "users": "username,organization,roles,is_contract_instructor\nana,Acme > Lyon,,\nivo,Acme,instructor,yes\n",
    }

    run(write(**files))

    assert [user.username for user in Class.objects.taught_by(User.objects.get(username="ivo")).get().instructors.all()]


def test_import_writes_classes_with_their_instructors(write):
    run(write(**FILES))

    klass = Class.objects.get()
    assert (klass.organization.name, klass.number, klass.course.number) == ("Lyon", "K1", "C1")
    assert (klass.starts_at, klass.ends_at) == (moment("2026-03-02 09:00"), moment("2026-03-03 16:00"))
    assert (klass.max_students, klass.time_zone) == (20, "UTC")
    assert [str(user) for user in klass.instructors.all()] == ["Ivo Example"]


def test_import_writes_enrollments_and_their_records(write):
    run(write(**FILES))

    enrollment = Enrollment.objects.get()
    fields = ("source_id", "user__username", "course__number", "started_at", "completed_at")
    records = TrainingRecord.objects.filter(source=TrainingRecord.Source.ENROLLMENT)
    assert (enrollment.enrollment_status, enrollment.completion_status) == ("enrolled", "complete")
    assert list(records.values_list(*fields)) == [
        (str(enrollment.pk), "ana", "C1", moment("2026-02-01"), moment("2026-03-03 16:00"))
    ]


def test_import_writes_attempts(write):
    run(write(**FILES))

    fields = ("source_id", "lab__number", "course__number", "started_at", "completed_at", "passed", "minutes_spent")
    records = TrainingRecord.objects.filter(source=TrainingRecord.Source.IMPORT).order_by("source_id")
    assert list(records.values_list(*fields)) == [
        ("a1", "L1", "C1", moment("2026-03-02 10:00"), moment("2026-03-02 11:00"), None, 60),
        ("a2", "L2", None, moment("2026-03-03 10:00"), moment("2026-03-03 11:00"), True, 55),
        ("a3", "L2", None, moment("2026-03-04 10:00"), None, None, 0),
    ]


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


def test_a_user_name_is_kept_as_it_is_typed_to_sign_in(write):
    run(write(organizations="organization\nAcme\n", users=f"{USERS}\nｎｏａ,Acme,\nnoa@x.test,Acme,Noa@x.test\n"))

    assert sorted(User.objects.values_list("username", flat=True)) == ["noa", "noa@x.test"]


def test_hostile_content_stays_text(write):
    name = "=cmd|' /C calc'!A0 <script>alert(1)</script> '; DROP TABLE organizations_user; -- %s {0} \\N"
    OrganizationFactory.create(name="Acme")

    run(write(labs=f'organization,number,name\nAcme,\\.,"{name}"\nAcme,\\N,NULL\n'))

    assert list(Lab.objects.order_by("name").values_list("number", "name")) == [("\\.", name), ("\\N", "NULL")]
