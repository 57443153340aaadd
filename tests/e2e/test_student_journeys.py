"""What students see of their training and rewards, and what administrators do about learning paths, in a real browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from achievements.models import Achievement
from tests.e2e.conftest import shoot
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseActivityFactory,
    CourseAssignmentFactory,
    CourseFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    TrainingRecordFactory,
)


@pytest.fixture
def path(world):
    """Zero, One, Two, and an exam."""
    exam = LabFactory.create(name="Practical", organization=world.academy, is_exam=True, passing_score=70)
    path = LearningPathFactory.create(name="Network Defender", organization=world.academy, exam=exam)
    for position, name in enumerate(["Zero", "One", "Two"], start=1):
        course = CourseFactory.create(name=name, organization=world.academy)
        LearningPathCourseFactory.create(learning_path=path, course=course, position=position)
    return path


def order(path):
    return list(path.courses.order_by("steps__position").values_list("name", flat=True))


def test_a_student_follows_a_path(world, page_as, path):
    TrainingRecordFactory.create(user=world.student, course=path.courses.get(name="Zero"))
    page = page_as(world.student)
    page.goto("/")

    page.get_by_role("list", name="Teach").get_by_role("link", name="Learning Paths").click()
    page.get_by_role("link", name="Network Defender").click()

    expect(page.get_by_role("progressbar", name="33% – 1 / 3 Complete")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Zero").get_by_text("Complete")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="One").get_by_text("Not started")).to_be_visible()


def test_a_student_sees_what_came_of_the_exam(world, page_as, axe, path):
    CourseActivityFactory.create(course=path.courses.get(name="Zero"), kind="lab", lab=path.exam, name="Practical")
    TrainingRecordFactory.create(user=world.student, course=path.courses.get(name="Zero"))
    assignment = CourseAssignmentFactory.create(student=world.student, course=path.courses.get(name="Zero"))
    for day, (score, passed) in enumerate([(4, False), (7, True), (6, True)], start=1):
        TrainingRecordFactory.create(
            user=world.student,
            course=None,
            lab=path.exam,
            started_at=PAST.replace(day=day),
            passed=passed,
            score=score,
            max_score=7,
        )
    page = page_as(world.student)
    page.goto(reverse("courses:path", args=[path.pk]))

    exam = page.get_by_role("region", name="Exam")
    expect(exam.get_by_role("heading", name="Attempts, the best first")).to_be_visible()
    expect(exam.locator("dd")).to_have_text(
        ["Practical", "Passed", "7/7", "100 %", "70 %", re.compile("2 Mar 2026"), "3"]
    )
    expect(exam.get_by_role("listitem").last).to_contain_text("Not passed 4/7 · 57 %")
    shoot(page, "path-exam")
    axe(page)
    page.goto(reverse("classes:transcript"))
    expect(page.get_by_text("7/7 · 100 %")).to_be_visible()
    shoot(page, "transcript-exam")
    axe(page)
    page.goto(reverse("courses:assignment", args=[assignment.pk]))
    expect(page.get_by_role("row").filter(has_text="Practical")).to_contain_text("7/7 · 100 %")
    shoot(page, "assignment-exam")
    axe(page)


def test_a_student_says_no_to_achievements_and_thinks_better_of_it(world, page_as):
    AchievementFactory.create(name="Four courses", organization=world.academy)
    page = page_as(world.student)
    page.goto(reverse("achievements:mine"))
    expect(page.get_by_role("heading", name="In reach")).to_be_visible()

    page.get_by_role("link", name="I do not want to participate in achievements").click()
    dialog = page.get_by_role("dialog", name="I do not want to participate in achievements")
    expect(dialog.get_by_text("Achievements and points earned so far are kept, and hidden.")).to_be_visible()
    shoot(page, "participation-dialog")
    dialog.get_by_role("button", name="Do not participate").click()
    expect(page.get_by_text("You no longer take part in achievements.")).to_be_visible()
    expect(page.get_by_role("heading", name="In reach")).to_have_count(0)
    page.get_by_role("link", name="I want to participate in achievements").click()
    page.get_by_role("dialog").get_by_role("button", name="Participate").click()

    expect(page.get_by_text("You take part in achievements.")).to_be_visible()
    expect(page.get_by_role("heading", name="In reach")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_an_administrator_orders_courses_with_the_keyboard(world, page_as, path, javascript):
    page = page_as(world.administrator, java_script_enabled=javascript)
    page.goto(reverse("courses:path_courses", args=[path.pk]))

    page.get_by_role("button", name="Move Two up").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".path-steps > li").nth(1)).to_contain_text("Two")
    page.get_by_role("button", name="Move Zero down").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".path-steps > li").first).to_contain_text("Two")

    assert order(path) == ["Two", "Zero", "One"]


def test_an_administrator_drags_a_course(world, page_as, path):
    page = page_as(world.administrator)
    page.goto(reverse("courses:path_courses", args=[path.pk]))

    items = page.locator(".path-steps > li")
    items.nth(2).drag_to(items.nth(0), target_position={"x": 60, "y": 4})

    expect(items.first).to_contain_text("Two")
    expect(page.locator(".step-number").first).to_have_text("1")
    page.wait_for_url("**/courses/#course-*")
    assert order(path) == ["Two", "Zero", "One"]


def test_an_administrator_removes_and_adds_courses(world, page_as, path):
    CourseFactory.create(name="Three", organization=world.academy, published_to=[world.academy])
    page = page_as(world.administrator)
    page.goto(reverse("courses:path_courses", args=[path.pk]))

    page.get_by_role("button", name="Remove One").click()
    page.get_by_role("dialog", name="Please confirm").get_by_role("button", name="Remove").click()
    expect(page.locator(".path-steps > li")).to_have_count(2)
    page.get_by_role("link", name="Add Courses").click()
    dialog = page.get_by_role("dialog", name="Choose Course(s)")
    dialog.get_by_role("checkbox", name="Three").check()
    shoot(page, "path-choose-courses")
    dialog.get_by_role("button", name="OK").click()

    expect(page.locator(".path-steps > li")).to_have_count(3)
    assert order(path) == ["Zero", "Two", "Three"]


def test_an_administrator_writes_the_badge_of_a_path(world, page_as, path):
    BadgeFactory.create(name="Defender", organization=world.academy)
    for course in path.courses.all():
        TrainingRecordFactory.create(user=world.student, course=course)
    TrainingRecordFactory.create(user=world.student, course=None, lab=path.exam, passed=True)
    page = page_as(world.administrator)
    page.goto(reverse("courses:path", args=[path.pk]))

    page.get_by_role("link", name="Badge for completing this path").click()
    expect(page.get_by_text("1 person", exact=True)).to_be_visible()
    page.get_by_label("Badge", exact=False).first.select_option("Defender")
    shoot(page, "path-badge")
    page.get_by_role("button", name="Create achievement").click()

    expect(page.get_by_text("Network Defender was created.")).to_be_visible()
    assert list(Achievement.objects.values_list("badge__name", flat=True)) == ["Defender"]


def test_an_administrator_finds_everybody_who_earned_an_achievement(world, page_as):
    achievement = AchievementFactory.create(name="Four courses", organization=world.academy)
    achievement.earned.create(user=world.student, earned_at="2026-03-02T09:00Z", version=1)
    page = page_as(world.administrator)
    page.goto(reverse("achievements:users"))

    page.get_by_label("Add filter").select_option("Achievement")
    page.get_by_label("Achievement", exact=True).select_option("Four courses")
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_text("1 Result Found")).to_be_visible()
    page.get_by_role("link", name=str(world.student), exact=True).click()
    panel = page.get_by_role("complementary", name=str(world.student))
    expect(panel.get_by_role("link", name="Four courses", exact=True)).to_be_visible()
