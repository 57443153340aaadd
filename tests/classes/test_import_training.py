"""The whole command on good files: what it writes, what it says, and that it may run again."""

import datetime as dt
import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from classes.models import Class, Enrollment
from courses.models import ContentProvider, Course, Lab, PublishingGroup, TrainingRecord
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.factories import EnrollmentFactory, OrganizationFactory, StudentFactory, UserFactory

pytestmark = pytest.mark.django_db

USERS = "username,organization,email"
FILES = {
    "organizations": "organization,time_zone\nAcme > Lyon,Europe/Paris\nAcme,America/Denver\n",
    "users": (
        "username,organization,email,first_name,last_name,roles\n"
        "ana,Acme > Lyon,ana@example.test,Ana,Example,\n"
        "ivo,Acme,ivo@example.test,Ivo,Example,instructor|Student\n"
    ),
    "labs": "organization,number,name,is_exam,passing_score\nAcme,L1,First lab,no,\nAcme,L2,Exam,yes,70\n",
    "courses": (
        "organization,number,name,description,content_provider,publishing_groups,tags\n"
        'Acme,C1,"Welding, basics","Two\nlines",Forge Press,Acme courses,metal|hot work\n'
    ),
    "classes": (
        "organization,number,name,course,course_organization,starts_at,ends_at,max_students,instructors\n"
        "Acme > Lyon,K1,Welding in Lyon,C1,Acme,2026-03-02 09:00,2026-03-03T17:00+01:00,,ivo\n"
    ),
    "enrollments": (
        "organization,class,username,enrolled_at,completion_status,completed_at\n"
        "Acme > Lyon,K1,ana,2026-02-01,Complete,2026-03-03 16:00\n"
    ),
    "attempts": (
        "attempt,username,organization,lab,course,started_at,completed_at,passed,minutes_spent\n"
        "a1,ana,Acme,L1,C1,2026-03-02 10:00,2026-03-02 11:00,,60\n"
        "a2,ana,Acme,L2,,2026-03-03 10:00,2026-03-03 11:00,true,55\n"
        "a3,ana,Acme,L2,,2026-03-04 10:00,,,\n"
    ),
}


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.fixture
def write(tmp_path):
    """Writes files by the names of their kinds, and returns their paths in an order that does not matter."""

    def write_files(**contents: str | bytes) -> list[Path]:
        paths = []
        for name, content in reversed(contents.items()):
            path = tmp_path / f"{name}.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        return paths

    return write_files


def run(paths: list[Path], **options: object) -> list[str]:
    output = StringIO()
    call_command("import_training", *map(str, paths), stdout=output, **options)
    return output.getvalue().splitlines()


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


def test_a_course_file_without_the_column_keeps_the_content_provider(write):
    run(write(**FILES))

    run(write(courses="organization,number,name\nAcme,C1,Forging\n"))

    assert list(Course.objects.values_list("name", "content_provider__name")) == [("Forging", "Forge Press")]


def test_a_contract_instructor_is_linked_where_the_organization_uses_them(write):
    files = FILES | {
        "organizations": "organization,uses_contract_instructors\nAcme,no\nAcme > Lyon,yes\n",
        "users": "username,organization,roles,is_contract_instructor\nana,Acme > Lyon,,\nivo,Acme,instructor,yes\n",
    }

    run(write(**files))

    assert [user.username for user in Class.objects.taught_by(User.objects.get(username="ivo")).get().instructors.all()]


def test_a_class_that_exists_keeps_a_course_that_was_archived(write):
    run(write(**FILES))
    Course.objects.update(is_archived=True)

    run(write(classes=FILES["classes"].replace("Welding in Lyon", "Forging in Lyon")))

    assert Class.objects.get().name == "Forging in Lyon"


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


SCORES = (
    "attempt,username,organization,lab,course,started_at,completed_at,passed,score,max_score\n"
    "s1,ana,Acme,L2,,2026-03-03 10:00,2026-03-03 11:00,,5,7\n"
    "s2,ana,Acme,L2,,2026-03-04 10:00,2026-03-04 11:00,,4,7\n"
    "s3,ana,Acme,L2,,2026-03-05 10:00,2026-03-05 11:00,yes,4,7\n"
    "s4,ana,Acme,L2,,2026-03-06 10:00,2026-03-06 11:00,no,7,7\n"
    "s5,ana,Acme,L1,C1,2026-03-07 10:00,2026-03-07 11:00,,7,7\n"
    "s6,ana,Acme,,C1,2026-03-08 10:00,2026-03-08 11:00,,,\n"
)


def scores() -> list[tuple[object, ...]]:
    records = TrainingRecord.objects.filter(source=TrainingRecord.Source.IMPORT).order_by("source_id")
    return list(records.values_list("source_id", "score", "max_score", "passed"))


def test_import_writes_scores_and_what_follows_from_them(write):
    run(write(**FILES | {"attempts": SCORES}))

    assert scores() == [
        ("s1", 5, 7, True),
        ("s2", 4, 7, False),
        ("s3", 4, 7, True),
        ("s4", 7, 7, False),
        ("s5", 7, 7, None),
        ("s6", None, None, None),
    ]


def test_scores_may_be_imported_again(write):
    run(write(**FILES | {"attempts": SCORES}))

    lines = run(write(attempts=SCORES))

    assert lines[-2:] == [
        "attempts.csv: attempts, 0 created, 0 changed, 6 unchanged",
        "Nothing to do: every row is there already.",
    ]


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("", "", ("one", 4, 7, True)),
        (",minutes_spent", ",61", ("one", 4, 7, True)),
        (",score,max_score", ",4,7", ("one", 4, 7, True)),
        (",score", ",4", ("one", 4, 7, True)),
        (",score", ",3", ("one", 3, 7, False)),
        (",score,max_score", ",3,4", ("one", 3, 4, True)),
        (",max_score", ",8", ("one", 4, 8, False)),
        (",score,max_score", ",,", ("one", None, None, True)),
        (",score,passed", ",4,", ("one", 4, 7, False)),
        (",score,passed", ",7,no", ("one", 7, 7, False)),
    ],
)
def test_without_its_column_passed_stays_until_there_is_a_new_score(write, header, row, expected):
    columns, key = "attempt,username,organization,lab,started_at", "one,ana,Acme,L2,2026-03-03"
    run(write(**FILES | {"attempts": f"{columns},passed,score,max_score\n{key},yes,4,7\n"}))

    run(write(attempts=f"{columns}{header}\n{key}{row}\n"))

    assert scores() == [expected]


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


@pytest.mark.parametrize("kind", ["organizations", "users", "labs", "courses", "classes", "enrollments", "attempts"])
def test_a_changed_row_is_updated_and_counted(write, kind):
    run(write(**FILES))
    changes = {
        "organizations": ("America/Denver", "America/Boise"),
        "users": ("Ana,", "Anna,"),
        "labs": ("First lab", "The first lab"),
        "courses": ("metal|", "metal|new|"),
        "classes": (",,ivo", ",30,ivo"),
        "enrollments": ("Complete,2026-03-03 16:00", "Failed,"),
        "attempts": (",,60", ",,61"),
    }

    lines = run(write(**{kind: FILES[kind].replace(*changes[kind])}))

    unchanged = FILES[kind].count("\n") - 2 - (kind == "courses")
    assert lines == [f"{kind}.csv: {kind}, 0 created, 1 changed, {unchanged} unchanged", "1 row written."]


def test_a_column_that_is_not_there_keeps_what_is(write):
    run(write(**FILES))

    run(write(users="username,organization,last_name\nivo,Acme,Newname\nana,Acme > Lyon,Example\n"))

    ivo = User.objects.get(username="ivo")
    assert (ivo.first_name, ivo.last_name, ivo.email) == ("Ivo", "Newname", "ivo@example.test")


def test_a_file_without_roles_gives_none_to_those_who_are_there(write):
    administrator = UserFactory.create(username="boss", organization=OrganizationFactory.create(name="Acme"))

    run(write(users="username,organization\nboss,Acme\nnew,Acme\n"))

    assert list(administrator.groups.all()) == []
    assert [group.name for group in User.objects.get(username="new").groups.all()] == ["Student"]


def test_an_empty_cell_means_the_default(write):
    run(write(**FILES))

    run(write(organizations="organization,time_zone\nAcme,\n"))

    assert Organization.objects.get(name="Acme").time_zone == "UTC"


def test_an_enrollment_that_is_cancelled_loses_its_record(write):
    run(write(**FILES))

    run(
        write(
            enrollments="organization,class,username,enrolled_at,enrollment_status,completion_status,completed_at\n"
            "Acme > Lyon,K1,ana,2026-02-01,Cancelled,,\n"
        )
    )

    assert list(TrainingRecord.objects.filter(source=TrainingRecord.Source.ENROLLMENT)) == []


def test_an_unchanged_enrollment_gets_the_record_it_lacks(write):
    paths = write(**FILES)
    run(paths)
    TrainingRecord.objects.filter(source=TrainingRecord.Source.ENROLLMENT).delete()

    run(paths)

    assert TrainingRecord.objects.filter(source=TrainingRecord.Source.ENROLLMENT).count() == 1


def test_a_class_of_another_course_makes_its_enrollments_records_of_it(write):
    run(write(**FILES))
    courses = FILES["courses"] + "Acme,C2,Soldering,,Forge Press,Acme courses,\n"

    run(write(courses=courses, classes=FILES["classes"].replace("C1", "C2")))

    records = TrainingRecord.objects.filter(source=TrainingRecord.Source.ENROLLMENT)
    assert list(records.values_list("course__number", flat=True)) == ["C2"]


@pytest.mark.parametrize(("kind", "change"), [("users", ("ana@", "anna@")), ("courses", ("metal|", "metal|new|"))])
def test_students_whose_eligibility_may_have_changed_are_looked_at_again(write, kind, change):
    run(write(**FILES))
    SweepHint.objects.all().delete()

    run(write(**{kind: FILES[kind].replace(*change)}))

    assert list(SweepHint.objects.values_list("student_id", flat=True)) == [User.objects.get(username="ana").pk]


def test_tags_are_added_and_never_taken_away(write):
    run(write(**FILES))

    lines = run(write(courses=FILES["courses"].replace("metal|", "new|")))

    assert lines[-1] == "1 row written."
    assert sorted(Course.objects.get().tags.values_list("name", flat=True)) == ["hot work", "metal", "new"]


def test_a_changed_organization_is_looked_at_again(write):
    run(write(**FILES))
    SweepHint.objects.all().delete()

    run(write(organizations=FILES["organizations"].replace("Denver", "Boise")))

    acme = Organization.objects.get(name="Acme")
    assert list(SweepHint.objects.values_list("organization_id", flat=True)) == [acme.pk]


def test_gzip_is_known_by_its_content(write):
    lines = run(write(organizations=gzip.compress(FILES["organizations"].encode())))

    assert lines[-1] == "2 rows written."


def test_a_byte_order_mark_carriage_returns_blank_lines_and_spaces_do_not_matter(write):
    content = "\ufefforganization , Time_Zone\r\n\r\n  Acme  , Europe/Paris \r\n\r\n"

    run(write(organizations=content.encode()))

    assert list(Organization.objects.values_list("name", "time_zone")) == [("Acme", "Europe/Paris")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_separate_too(write, delimiter):
    run(write(organizations=f"organization{delimiter}time_zone\nAcme{delimiter}Europe/Paris\n"))

    assert list(Organization.objects.values_list("name", "time_zone")) == [("Acme", "Europe/Paris")]


def test_the_kind_is_told_by_the_header_where_the_name_does_not_say_it(write):
    lines = run(write(**{"export 7": FILES["organizations"]}))

    assert lines[0] == "export 7.csv: organizations, 2 created, 0 changed, 0 unchanged"


def test_the_kind_is_told_by_the_option(write):
    lines = run(write(users=FILES["organizations"]), kind="organizations")

    assert lines[0] == "users.csv: organizations, 2 created, 0 changed, 0 unchanged"


def test_several_files_of_one_kind(write):
    OrganizationFactory.create(name="Acme")

    lines = run(write(**{f"users-{name}": f"username,organization\n{name},Acme\n" for name in ("ana", "ivo")}))

    assert lines[-1] == "2 rows written."


def test_names_are_told_apart_by_their_place_in_the_tree(write):
    for name in ("Acme", "Other"):
        OrganizationFactory.create(name="Lyon", parent=OrganizationFactory.create(name=name))

    run(write(users="username,organization\nana,Other > Lyon\n"))

    assert User.objects.get(username="ana").organization.parent == Organization.objects.get(name="Other")


def test_a_user_name_is_kept_as_it_is_typed_to_sign_in(write):
    run(write(organizations="organization\nAcme\n", users=f"{USERS}\nｎｏａ,Acme,\nnoa@x.test,Acme,Noa@x.test\n"))

    assert sorted(User.objects.values_list("username", flat=True)) == ["noa", "noa@x.test"]


def test_hostile_content_stays_text(write):
    name = "=cmd|' /C calc'!A0 <script>alert(1)</script> '; DROP TABLE organizations_user; -- %s {0} \\N"
    OrganizationFactory.create(name="Acme")

    run(write(labs=f'organization,number,name\nAcme,\\.,"{name}"\nAcme,\\N,NULL\n'))

    assert list(Lab.objects.order_by("name").values_list("number", "name")) == [("\\.", name), ("\\N", "NULL")]


def test_rows_that_the_pages_made_are_found_again(write):
    enrollment = EnrollmentFactory.create(
        klass__organization__name="Acme", klass__number="K1", student__username="ana", completed_at=None
    )

    lines = run(write(enrollments="organization,class,username,enrolled_at\nAcme,K1,ana,2026-02-01\n"))

    enrollment.refresh_from_db()
    assert lines[-1] == "1 row written."
    assert enrollment.enrolled_at == moment("2026-02-01")


def test_an_address_that_its_account_gives_up_in_the_same_file_is_free(write):
    acme = OrganizationFactory.create(name="Acme")
    StudentFactory.create(organization=acme, username="ana", email="shared@example.test")

    run(write(users="username,organization,email\nana,Acme,ana@example.test\nivo,Acme,Shared@example.test\n"))

    assert list(User.objects.order_by("username").values_list("email", flat=True)) == [
        "ana@example.test",
        "Shared@example.test",
    ]


def test_the_statements_of_an_import_do_not_grow_with_its_rows(write, django_assert_num_queries):
    OrganizationFactory.create(name="Acme")
    users = "username,organization\n" + "".join(f"user.{number},Acme\n" for number in range(500))

    with django_assert_num_queries(28):
        run(write(users=users))


def test_two_imports_at_a_time_are_refused(write, transactional_db):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [0x1A_0001])

    with pytest.raises(CommandError) as refusal:
        run(write(organizations=FILES["organizations"]))
    other.close()

    assert str(refusal.value).splitlines() == [
        "import: another import is running; try again when it is done.",
        "Nothing was imported.",
    ]
