"""The demo as it stands after one load, around a fixed moment: see what is there, and what each persona sees."""

import datetime as dt

import pytest
from django.db import connection
from django.db.models import Count, Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from achievements.explaining.previewing import preview
from achievements.models import Achievement, EarnedAchievement, Sweep, SweepProblem
from badges.models import Badge, IssuedBadge, Via
from classes.models import Class, Enrollment
from courses.models import Course, CourseAssignment, Lab, LearningPath, TrainingRecord
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.tms.demo.parts import AT, ROOT, persona, taken_back
from tms.demo.loading import load
from tms.demo.people import PERSONAS

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    """Loaded once for the whole module; each test has its own savepoint in it."""
    with taken_back(django_db_blocker):
        load(at=AT)
        yield


def counts() -> dict[str, int]:
    models: list[type[Model]] = [
        Organization, User, Course, Lab, LearningPath, Class, Enrollment, CourseAssignment, TrainingRecord, Badge,
        Achievement, EarnedAchievement, IssuedBadge, Sweep,
    ]  # fmt: skip
    return {model.__name__: model._default_manager.count() for model in models}


def test_the_same_moment_gives_the_same_demo():
    found = counts()

    assert found == {
        "Organization": 10,
        "User": 348,
        "Course": 18,
        "Lab": 28,
        "LearningPath": 3,
        "Class": 21,
        "Enrollment": 774,
        "CourseAssignment": 89,
        "TrainingRecord": 1655,
        "Badge": 23,
        "Achievement": 21,
        "EarnedAchievement": 709,
        "IssuedBadge": 509,
        "Sweep": 1,
    }


def test_loading_again_changes_nothing():
    before = counts()

    is_new = load(at=AT + dt.timedelta(days=1))

    assert is_new is False
    assert counts() == before


def test_a_renamed_demo_is_still_the_demo():
    Organization.objects.filter(name=ROOT).update(name="Ours now")
    User.objects.filter(username="admin").update(username="chief", email="chief@ours.example")

    is_new = load(at=AT)

    assert is_new is False


def test_nothing_happened_in_the_future():
    records = TrainingRecord.objects.filter(completed_at__gt=AT)
    badges_given = IssuedBadge.objects.filter(issued_at__gt=AT)

    assert [*records, *badges_given] == []


def test_every_enabled_achievement_was_earned_and_the_disabled_one_was_not():
    achievements = Achievement.objects.annotate(times=Count("earned"))

    unearned = achievements.filter(times=0).values_list("name", "is_enabled")

    assert list(unearned) == [("Site Reliability Clinic (draft)", False)]


def test_every_badge_is_held_by_somebody():
    held = IssuedBadge.objects.held().values("badge")

    nobodys = Badge.objects.exclude(pk__in=held)

    assert list(nobodys) == []


def test_badges_came_from_the_sweep_and_by_hand():
    ways = set(IssuedBadge.objects.values_list("via", flat=True))

    assert ways == {Via.ACHIEVEMENT, Via.ROSTER, Via.ASSIGNMENT}


def test_the_sweep_says_who_has_no_address():
    codes = set(SweepProblem.objects.values_list("code", "student__email"))

    assert codes == {("no_email", "")}


def test_the_log_shows_one_pass_that_found_it_all():
    assert list(Sweep.objects.values_list("kind", "earned")) == [(Sweep.Kind.FULL, EarnedAchievement.objects.count())]


def test_the_queue_is_empty_behind_the_sweep():
    assert SweepHint.objects.count() == 0


def test_achievements_are_earned_only_where_they_are_switched_on():
    earners = EarnedAchievement.objects.values("user__organization__name").distinct()

    assert "Quill Compliance Services" not in {row["user__organization__name"] for row in earners}


@pytest.mark.parametrize("username", [one.username for one in PERSONAS])
def test_the_home_page_of_each_persona_answers(username, signed_in):
    response = signed_in(persona(username)).get(reverse("home"))

    assert response.status_code == 200


def test_the_administrator_sees_the_whole_group_and_no_more():
    badge_owners = Badge.objects.visible_to(persona("admin")).values_list("organization__name", flat=True)

    assert set(badge_owners) == {ROOT, "Kestrel Academy Denver", "Kestrel Academy Lyon", "Kestrel Academy Osaka"}


def test_the_instructor_teaches_and_sees_students_of_denver_alone():
    lines = Enrollment.objects.on_rosters_of(persona("instructor"))

    assert set(lines.values_list("student__organization__name", flat=True)) == {"Kestrel Academy Denver"}
    assert lines.values("klass").distinct().count() == 9


def test_the_contractor_sees_students_of_other_organizations_too():
    lines = Enrollment.objects.on_rosters_of(persona("contractor"))

    assert set(lines.values_list("student__organization__name", flat=True)) == {
        "Blue Heron Hospitals",
        "Kestrel Academy Denver",
        "Kestrel Academy Lyon",
        "Kestrel Academy Osaka",
        "Tallgrass Rail Cooperative",
    }


def test_the_student_is_one_step_away_from_another_badge():
    student = persona("student")

    earned = set(student.earned_achievements.values_list("achievement__name", flat=True))

    assert "Path: Infrastructure Engineer" in earned
    assert "Path: Security Practitioner" not in earned
    assert student.issued_badges.count() == 14


def test_the_stranger_sees_the_college_and_nothing_of_the_group():
    stranger = persona("stranger")

    classes = Class.objects.visible_to(stranger).values_list("organization__name", flat=True)
    issued = IssuedBadge.objects.visible_to(stranger).values_list("badge__name", "student__username")

    assert set(classes) == {"Marrow Hill College"}
    assert list(issued) == [("Field Botanist", "stranger")]


def test_previews_count_everybody_in_a_few_queries():
    """In the time that a page gives them: an estimate would say that it was not enough."""
    administrator = persona("admin")
    estimates, queries = [], []
    for achievement in Achievement.objects.select_related("organization"):
        with CaptureQueriesContext(connection) as captured:
            estimates.append(preview(achievement, user=administrator).is_estimate)
        queries.append(len(captured))

    assert estimates == [False] * 21
    assert max(queries) <= 17
