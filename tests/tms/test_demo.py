"""The demo as it stands after one load, around a fixed moment: see what is there, and what each persona sees."""

import datetime as dt
import io
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count, F, Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from achievements.definitions.path_badges import awards_of
from achievements.explaining.previewing import preview
from achievements.models import Achievement, EarnedAchievement, Sweep, SweepProblem
from badges.models import Badge, BadgeProvider, IssuanceItem, IssuedBadge, Via
from classes.models import Class, Enrollment
from courses.models import Course, CourseAssignment, Lab, LearningPath, TrainingRecord
from courses.path_editing import remove_course
from operation.models import SweepHint
from organizations.models import Organization, User
from tms.demo import badges
from tms.demo.loading import load
from tms.demo.people import PASSWORD, PERSONAS

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]

AT = dt.datetime(2026, 6, 15, 15, tzinfo=dt.UTC)
ROOT = "Kestrel & Quill Learning Group"


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    """Loaded once for the whole module; each test has its own savepoint in it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(at=AT)
        yield
        transaction.set_rollback(True)


def persona(username: str) -> User:
    return User.objects.get(username=username)


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


def test_every_class_has_twenty_to_sixty_students():
    sizes = Class.objects.annotate(size=Count("enrollments")).values_list("size", flat=True)

    outside = [size for size in sizes if not 20 <= size <= 60]

    assert outside == []


def test_classes_are_past_running_and_to_come():
    when = Counter(
        "past" if k.ends_at < AT else "running" if k.has_begun(AT) else "to come" for k in Class.objects.all()
    )

    assert when == {"past": 13, "running": 3, "to come": 5}


def test_every_enrollment_and_completion_status_is_met():
    enrollment = set(Enrollment.objects.values_list("enrollment_status", flat=True))
    completion = set(Enrollment.objects.values_list("completion_status", flat=True))

    assert enrollment == set(Enrollment.Status.values)
    assert completion == set(Enrollment.Completion.values)


def test_nobody_is_enrolled_beyond_the_maximum():
    enrolled = Enrollment.objects.enrolled().values("klass").annotate(n=Count("pk"))

    overfull = enrolled.filter(n__gt=F("klass__max_students"))

    assert list(overfull) == []


def test_assignments_are_in_every_state():
    assignments = CourseAssignment.objects.all()

    states = {
        "not started": assignments.filter(started_at=None, cancelled_at=None).exists(),
        "started": assignments.filter(started_at__isnull=False, completed_at=None).exists(),
        "completed": assignments.filter(completed_at__isnull=False).exists(),
        "expired": assignments.filter(completed_at=None, expires_at__lt=AT).exists(),
        "cancelled": assignments.filter(cancelled_at__isnull=False).exists(),
    }

    assert [state for state, is_there in states.items() if not is_there] == []


def test_nothing_happened_in_the_future():
    records = TrainingRecord.objects.filter(completed_at__gt=AT)
    badges_given = IssuedBadge.objects.filter(issued_at__gt=AT)

    assert [*records, *badges_given] == []


def test_every_enabled_achievement_was_earned_and_the_disabled_one_was_not():
    achievements = Achievement.objects.annotate(times=Count("earned"))

    unearned = achievements.filter(times=0).values_list("name", "is_enabled")

    assert list(unearned) == [("Site Reliability Clinic (draft)", False)]


def test_each_path_has_one_achievement_that_agrees_with_it():
    found = {path.name: awards_of(path, persona("admin")) for path in LearningPath.objects.all()}

    assert {name: list(map(str, one.agreeing)) for name, one in found.items()} == {
        name: [f"Path: {name}"] for name in ("Infrastructure Engineer", "Security Practitioner", "Data Storyteller")
    }
    assert [(one.drifted, one.alike, one.archived) for one in found.values()] == [([], [], [])] * 3


def test_a_course_taken_off_a_path_is_told_on_the_page_of_its_achievement(signed_in):
    achievement = Achievement.objects.get(name="Path: Data Storyteller")
    path = LearningPath.objects.get(name="Data Storyteller")
    remove_course(path, path.steps.get(position=1).course_id)

    response = signed_in(persona("admin")).get(reverse("achievements:details", args=[achievement.pk]))

    assert "asks for something else than the path does now" in response.text


def test_every_badge_is_held_by_somebody():
    held = IssuedBadge.objects.held().values("badge")

    nobodys = Badge.objects.exclude(pk__in=held)

    assert list(nobodys) == []


def test_badges_came_from_the_sweep_and_by_hand():
    ways = set(IssuedBadge.objects.values_list("via", flat=True))

    assert ways == {Via.ACHIEVEMENT, Via.ROSTER, Via.ASSIGNMENT}


def test_some_issuances_were_refused():
    codes = set(IssuanceItem.objects.exclude(code="").values_list("code", flat=True))

    assert codes == {"already_held", "no_email"}


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


def test_the_groups_provider_is_available_to_its_children():
    provider = BadgeProvider.objects.get(organization__name=ROOT)

    assert set(provider.available_to.all()) == set(
        Organization.objects.under(Organization.objects.filter(name=ROOT)).exclude(name=ROOT)
    )


def test_every_address_is_at_an_example_domain():
    elsewhere = User.objects.exclude(email="").exclude(email__endswith=".example")

    assert list(elsewhere) == []


@pytest.mark.parametrize("username", [one.username for one in PERSONAS])
def test_personas_sign_in_with_the_printed_password(username):
    client = Client()

    response = client.post(reverse("sign_in"), {"username": username, "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, reverse("home"))


@pytest.mark.parametrize("username", [one.username for one in PERSONAS])
def test_the_home_page_of_each_persona_answers(username, signed_in):
    response = signed_in(persona(username)).get(reverse("home"))

    assert response.status_code == 200


def test_nobody_but_the_personas_can_sign_in():
    others = User.objects.exclude(username__in=[one.username for one in PERSONAS])

    assert [user for user in others if user.has_usable_password()] == []


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


def test_the_student_passed_an_exam_at_the_second_attempt():
    attempts = TrainingRecord.objects.filter(user__username="student", lab__number="X-INF").order_by("started_at")

    fields = ("passed", "score", "max_score", "lab__passing_score")
    assert list(attempts.values_list(*fields)) == [(False, 3, 7, 70), (True, 5, 7, 70)]


def test_exams_are_passed_and_failed_with_scores_and_without():
    exams = TrainingRecord.objects.filter(lab__is_exam=True)

    met = exams.values_list("lab__number", "passed", "max_score").distinct()

    assert set(met) == {
        ("X-INF", True, 7), ("X-INF", False, 7), ("X-SEC", True, 8), ("X-SEC", False, 8),
        ("X-DAT", True, None), ("X-DAT", False, None),
    }  # fmt: skip


def test_the_stranger_sees_the_college_and_nothing_of_the_group():
    stranger = persona("stranger")

    classes = Class.objects.visible_to(stranger).values_list("organization__name", flat=True)
    issued = IssuedBadge.objects.visible_to(stranger).values_list("badge__name", "student__username")

    assert set(classes) == {"Marrow Hill College"}
    assert list(issued) == [("Field Botanist", "stranger")]


def test_art_is_a_picture_of_its_own_for_every_badge():
    pictures = [badge.image.read() for badge in Badge.objects.all()]

    facts = {(image.format, image.mode, image.size) for image in (Image.open(io.BytesIO(one)) for one in pictures)}

    assert facts == {("PNG", "RGBA", (600, 600))}
    assert len(set(pictures)) == len(badges.HONOURS)


def test_art_stands_on_a_transparent_ground():
    for badge in Badge.objects.all():
        with Image.open(badge.image) as picture:
            alpha = picture.getchannel("A")
            assert [alpha.getpixel(at) for at in ((0, 0), (599, 0), (0, 599), (599, 599))] == [0, 0, 0, 0]


def test_art_that_is_gone_is_put_again():
    image = Badge.objects.get(name="Grand Laurel").image
    image.storage.delete(str(image))

    put = badges.put_art()

    assert put == 1
    assert image.storage.exists(str(image))


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


def test_load_demo_says_that_it_is_there(capsys):
    call_command("load_demo")

    assert capsys.readouterr().out == "The demo data is here already; nothing was changed.\n"


def test_load_demo_once_is_quiet_when_it_is_there(capsys):
    call_command("load_demo", "--once")

    assert capsys.readouterr().out == ""


def test_demo_accounts_names_each_persona_with_its_role(capsys):
    call_command("demo_accounts", "--address", "http://127.0.0.1:8000/")

    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == [
        "Laurel is running: http://127.0.0.1:8000/",
        f"Sign in with one of these names; the password of all is: {PASSWORD}",
    ]
    assert [line.split()[0] for line in lines[4:9]] == ["admin", "instructor", "contractor", "student", "stranger"]
    assert {line.index(one.words) for line, one in zip(lines[4:9], PERSONAS, strict=True)} == {15}


def test_demo_accounts_leaves_out_an_account_that_was_closed(capsys):
    User.objects.filter(username="stranger").update(is_active=False)

    call_command("demo_accounts")

    assert "stranger" not in capsys.readouterr().out
