"""What an import keeps of switches: when the training of an account, an organization or a course came to count."""

import pytest
from django.core.management import call_command

from courses.models import Course
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.factories import CourseFactory, TrainingRecordFactory, UserFactory

FILES = {
    "organizations": "organization,time_zone,achievements_enabled\nAcme,UTC,yes\n",
    "users": "username,organization,email,participates_in_achievements\nana,Acme,ana@example.test,yes\n",
    "courses": "organization,number,name,achievements_for_outside_organizations,tags\nAcme,C1,Welding,no,STEM\n",
}


@pytest.fixture
def load(db, tmp_path):
    """Imports one file, in which some words are replaced."""

    def load_file(kind: str, old: str = "", new: str = "") -> None:
        path = tmp_path / f"{kind}.csv"
        path.write_text(FILES[kind].replace(old, new))
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
    for each in FILES:
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
