"""What an import makes of rows that are there already, what it keeps of switches, and what it has looked at again."""

import pytest
from django.core.management import call_command

from classes.models import Enrollment
from courses.models import Course, TrainingRecord
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.classes.training_files import FILES, run
from tests.factories import (
    CourseFactory,
    OrganizationFactory,
    TrainingRecordFactory,
    UserFactory,
)

SWITCHES = {
    "organizations": "organization,time_zone,achievements_enabled\nAcme,UTC,yes\n",
    "users": "username,organization,email,participates_in_achievements\nana,Acme,ana@example.test,yes\n",
    "courses": "organization,number,name,achievements_for_outside_organizations,tags\nAcme,C1,Welding,no,STEM\n",
}


@pytest.fixture
def load(db, tmp_path):
    """Imports one file, in which some words are replaced."""

    def load_file(kind: str, old: str = "", new: str = "") -> None:
        path = tmp_path / f"{kind}.csv"
        path.write_text(SWITCHES[kind].replace(old, new))
        call_command("import_training", str(path), verbosity=0)

    return load_file


def switched():
    return {
        "organizations": Organization.objects.get(name="Acme").switched_at is not None,
        "users": User.objects.get(username="ana").switched_at is not None,
        "courses": Course.objects.get(number="C1").switched_at is not None,
    }


@pytest.mark.parametrize(
    ("kind", "old", "new", "are_switched"),
    [
        ("organizations", "Acme,UTC,yes", "Acme,UTC,no", ["organizations"]),
        ("users", "test,yes", "test,no", ["users"]),
        ("users", "ana@", "anna@", []),
        ("courses", "Welding,no", "Welding,yes", ["courses"]),
        ("courses", "Welding,no", "Forging,no", []),
        ("courses", "STEM", "STEM;Metal", ["courses"]),
    ],
)
def test_the_moment_of_a_switch_is_kept(load, kind, old, new, are_switched):
    acme = Organization.objects.create(name="Acme")
    UserFactory.create(username="ana", organization=acme)
    CourseFactory.create(number="C1", organization=acme)
    for each in SWITCHES:
        load(each)
    for model in (Organization, User, Course):
        model.objects.update(switched_at=None)

    load(kind, old, new)

    assert [name for name, is_switched in switched().items() if is_switched] == are_switched


@pytest.mark.parametrize(("new", "are_told"), [("Welding,yes", True), ("Forging,no", False), ("Welding,no", False)])
def test_students_are_looked_at_again_when_their_course_counts_for_something_else(load, new, are_told):
    acme = Organization.objects.create(name="Acme")
    student = UserFactory.create(username="ana", organization=acme)
    load("courses")
    TrainingRecordFactory.create(user=student, course=Course.objects.get(number="C1"))
    SweepHint.objects.all().delete()

    load("courses", "Welding,no", new)

    assert SweepHint.objects.filter(student_id=student.pk).exists() is are_told


@pytest.mark.parametrize(("was", "now", "take_part"), [("no", "yes", True), ("yes", "yes", False), ("no", "no", False)])
def test_an_organization_that_is_switched_on_lets_all_its_people_take_part(load, was, now, take_part):
    load("organizations", "UTC,yes", f"UTC,{was}")
    student = UserFactory.create(organization=Organization.objects.get(name="Acme"), participates_in_achievements=False)
    other = UserFactory.create(participates_in_achievements=False)

    load("organizations", "UTC,yes", f"UTC,{now}")

    student.refresh_from_db()
    other.refresh_from_db()
    assert (student.participates_in_achievements, other.participates_in_achievements) == (take_part, False)


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


def test_a_file_without_roles_gives_none_to_those_who_are_there(write):
    administrator = UserFactory.create(username="boss", organization=OrganizationFactory.create(name="Acme"))

    run(write(users="username,organization\nboss,Acme\nnew,Acme\n"))

    assert list(administrator.groups.all()) == []
    assert [group.name for group in User.objects.get(username="new").groups.all()] == ["Student"]


def test_an_enrollment_that_is_cancelled_loses_its_record(write):
    run(write(**FILES))

    run(
        write(
            enrollments="organization,class,username,enrolled_at,enrollment_status,completion_status,completed_at\n"
            "Acme > Lyon,K1,ana,2026-02-01,Cancelled,,\n"
        )
    )

    assert list(TrainingRecord.objects.filter(source=TrainingRecord.Source.ENROLLMENT)) == []


@pytest.mark.parametrize(
    ("completion", "was", "kept"),
    [
        ("Complete,2026-03-03 16:00", ("complete", "2026-03-03 16:00Z"), (True, "roster")),
        ("Complete,2026-03-03 16:00", ("complete", "2026-03-02 16:00Z"), (False, "import")),
        ("Complete,2026-03-03 16:00", ("failed", None), (False, "import")),
        ("Unknown,", ("failed", None), (False, "")),
    ],
)
def test_a_completion_that_an_import_changes_is_the_import_s(write, completion, was, kept):
    run(write(**FILES))
    new = Enrollment.objects.get()
    ivo = User.objects.get(username="ivo")
    status, moment = was
    Enrollment.objects.update(
        completion_status=status, completed_at=moment, completion_set_by=ivo, completion_set_via="roster"
    )

    run(write(enrollments=FILES["enrollments"].replace("Complete,2026-03-03 16:00", completion)))

    line = Enrollment.objects.get()
    assert (new.completion_set_by, new.completion_set_via) == (None, "import")
    assert (line.completion_set_by == ivo, line.completion_set_via) == kept


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

    ana = User.objects.get(username="ana").pk
    assert list(SweepHint.objects.values_list("student_id", "is_of_account")) == [(ana, kind == "users")]


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
