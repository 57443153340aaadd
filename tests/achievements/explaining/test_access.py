"""About whom, and about which achievements, somebody may ask."""

import datetime as dt

import pytest
from django.urls import reverse

from achievements.explaining.access import Asking, students_in_reach
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import sweeper
from classes.models import Enrollment
from organizations.models import Organization, User
from tests.achievements.pages.reading import why
from tests.factories import (
    AchievementFactory,
    CourseAssignmentFactory,
    CourseFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("persona", "names"),
    [
        ("administrator", ["administrator", "student", "instructor", "guest"]),
        ("instructor", ["instructor", "student"]),
        ("contractor", ["contractor", "student", "guest"]),
        ("student", ["student"]),
        ("stranger", ["stranger"]),
    ],
)
def test_about_whom_one_may_ask(world, persona, names):
    found = students_in_reach(getattr(world, persona))

    assert set(found) == {getattr(world, name) for name in names}


def test_a_student_who_left_the_class_is_out_of_its_instructors_reach(world):
    world.enrollment.enrollment_status = Enrollment.Status.CANCELLED
    world.enrollment.save()

    assert list(students_in_reach(world.instructor)) == [world.instructor]


def names_for(user, student):
    student = User.objects.select_related("organization").get(pk=student.pk)
    return sorted(Asking(user, student).achievements.values_list("name", flat=True))


@pytest.fixture
def achievements(world):
    """One of every kind of reach; `Off` is not enabled."""
    AchievementFactory.create(name="Academy", organization=world.academy)
    AchievementFactory.create(name="Off", organization=world.academy, is_enabled=False)
    AchievementFactory.create(name="Partner", organization=world.partner)
    AchievementFactory.create(name="Umbrella", organization=world.umbrella)
    AchievementFactory.create(name="Global", organization=world.umbrella, is_global=True)
    AchievementFactory.create(name="Outside", organization=world.outside)


@pytest.mark.parametrize(
    ("persona", "about", "names"),
    [
        ("student", "student", ["Academy", "Global"]),
        ("instructor", "student", ["Academy", "Global"]),
        ("contractor", "student", ["Academy", "Global"]),
        ("contractor", "guest", ["Academy"]),
        ("guest", "guest", ["Partner"]),
        ("administrator", "student", ["Academy", "Global", "Off", "Umbrella"]),
        ("administrator", "guest", ["Academy", "Global", "Off", "Umbrella"]),
    ],
)
def test_about_which_achievements_one_may_ask(world, achievements, persona, about, names):
    assert names_for(getattr(world, persona), getattr(world, about)) == names


def test_what_was_earned_stays_in_reach(world, achievements):
    EarnedAchievementFactory.create(achievement=Achievement.objects.get(name="Off"), user=world.student)

    assert names_for(world.student, world.student) == ["Academy", "Global", "Off"]


def test_whoever_took_a_course_open_to_outsiders_is_in_reach_of_its_organization(world, achievements):
    TrainingRecordFactory.create(
        user=world.student,
        course__organization=world.outside,
        course__achievements_for_outside_organizations=True,
    )

    assert names_for(world.student, world.student) == ["Academy", "Global", "Outside"]


def test_whoever_took_an_open_course_is_not_told_of_other_organizations_that_have_one(world, achievements):
    CourseFactory.create(organization=world.umbrella, achievements_for_outside_organizations=True)
    course = CourseFactory.create(organization=world.outside, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=world.student, course=course)

    assert names_for(world.student, world.student) == ["Academy", "Global", "Outside"]


@pytest.mark.parametrize(("is_below", "found"), [(False, (404, 0, 404)), (True, (200, 1, 200))])
def test_an_open_course_brings_its_owners_achievements_and_those_above_in_reach(
    world, achievement, signed_in, is_below, found
):
    owner = OrganizationFactory.create(parent=world.academy) if is_below else world.outside
    course = CourseFactory.create(organization=owner, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=world.guest, course=course)
    guest = signed_in(world.guest)

    before = guest.get(why(achievement, world.guest)).status_code
    sweeper.award_everybody(at=NOW)
    after = guest.get(why(achievement, world.guest)).status_code

    assert (before, EarnedAchievement.objects.filter(user=world.guest).count(), after) == found


def test_global_ones_are_out_of_reach_of_who_does_not_take_part(world, achievements):
    world.academy.in_global_achievements = False
    world.academy.save()

    assert names_for(world.student, world.student) == ["Academy"]


@pytest.mark.parametrize(
    ("switched_off", "said"),
    [
        ("person", "You do not take part in achievements. Your badges stay yours."),
        ("organization", "Your organization does not use achievements."),
    ],
)
def test_who_takes_no_part_is_shown_no_achievement_of_his_own(world, achievement, signed_in, switched_off, said):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    if switched_off == "person":
        User.objects.filter(pk=world.student.pk).update(participates_in_achievements=False)
    else:
        Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)
    client = signed_in(world.student)

    listed = client.get(reverse("achievements:ask", args=[world.student.pk]))
    others = [reverse(name) for name in ("home", "achievements:mine", "courses:paths", "classes:transcript")]
    pages = [client.get(page) for page in others]

    assert said in listed.text
    assert client.get(why(achievement, world.student)).status_code == 404
    assert [page.status_code for page in pages if "Finisher" in page.text or page.status_code != 200] == []
    assert "Finisher" not in listed.text


def test_administrators_still_learn_which_switch_is_in_the_way(world, achievement, administrator):
    User.objects.filter(pk=world.student.pk).update(participates_in_achievements=False)

    assert "does not take part in achievements" in administrator.get(why(achievement, world.student)).text


def rows_of(world, student):
    """Of the student: a badge of each organization, training in class, by assignment and by import."""
    for name in ("academy", "umbrella", "partner", "outside"):
        IssuedBadgeFactory.create(
            badge__name=name, badge__organization=getattr(world, name), student=student, source_words=name
        )
    CourseAssignmentFactory.create(student=student, course=world.course)
    TrainingRecordFactory.create(user=student)
    line = Enrollment.objects.get(klass=world.klass, student=student)
    TrainingRecordFactory.create(user=student, source="enrollment", source_id=str(line.pk), course=world.course)
    EnrollmentFactory.create(klass__organization=world.outside, student=student)


EVERYTHING = (["academy", "outside", "partner", "umbrella"], 2, 2, 1)


@pytest.mark.parametrize(
    ("persona", "about", "found"),
    [
        ("student", "student", EVERYTHING),
        ("administrator", "student", EVERYTHING),
        ("instructor", "student", (["academy", "umbrella"], 1, 1, 0)),
        ("contractor", "guest", (["academy", "umbrella"], 1, 1, 0)),
        ("administrator", "guest", (["academy", "umbrella"], 1, 1, 0)),
    ],
)
def test_what_of_a_person_one_may_know(world, persona, about, found):
    """Badges by their names, records, places in classes, and assignments."""
    student = getattr(world, about)
    rows_of(world, student)

    asking = Asking(getattr(world, persona), User.objects.select_related("organization").get(pk=student.pk))

    badges = sorted(asking.issued.values_list("badge__name", flat=True))
    assert (badges, asking.records.count(), asking.enrollments.count(), asking.assignments.count()) == found


@pytest.mark.parametrize(
    ("persona", "names"), [("student", ["A", "O"]), ("administrator", ["A", "O"]), ("instructor", ["A"])]
)
def test_what_was_earned_is_known_as_far_as_one_may_ask_and_hidden_from_all_of_who_takes_no_part(world, persona, names):
    for name, owner in (("A", world.academy), ("O", world.outside)):
        EarnedAchievementFactory.create(achievement__name=name, achievement__organization=owner, user=world.student)
    reader = getattr(world, persona)

    def earned():
        student = User.objects.select_related("organization").get(pk=world.student.pk)
        return sorted(Asking(reader, student).earned.values_list("achievement__name", flat=True))

    before = earned()
    User.objects.filter(pk=world.student.pk).update(participates_in_achievements=False)

    assert (before, earned()) == (names, [])
