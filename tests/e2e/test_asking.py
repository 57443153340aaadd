"""Why not yet, and previews, in a real browser: full pages, and on narrow screens with long names."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from tests.e2e.conftest import NARROW, shoot
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    StudentFactory,
    TrainingRecordFactory,
)

LONG = "Advanced Practitioner of Continuously Verified Infrastructure and Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.fixture
def achievement(world):
    """Half met by the student, who has earned it once and could not get its badge."""
    world.student.email = ""
    world.student.save()
    course = CourseFactory.create(name=LONG, organization=world.academy)
    lab = LabFactory.create(name="Building a Firewall", organization=world.academy)
    text = (
        f"[{{Subject:10, CourseIds:[{course.pk}, {world.course.pk}], Count:2, Distinct:true, Complete:true}},"
        f"{{Subject:0, LabProfileIds:[{lab.pk}], Passed:true}}]"
    )
    achievement = AchievementFactory.create(
        name=LONG,
        organization=world.academy,
        badge=BadgeFactory.create(organization=world.academy),
        conditions=canonical(parse(text).conditions),
        frequency=2,
        is_enabled=False,
    )
    record = TrainingRecordFactory.create(user=world.student, course=course)
    EarnedAchievementFactory.create(
        achievement=achievement, user=world.student, evidence={"version": 1, "records": [record.pk, 10**9]}
    )
    return achievement


def test_why_not_yet_says_everything(world, achievement, page_as, axe):
    page = page_as(world.administrator)

    page.goto(reverse("achievements:why", args=[achievement.pk, world.student.pk]))

    shoot(page, "achievements-why-full")
    axe(page)
    expect(page.get_by_text("is not enabled, so no one is awarded.")).to_be_visible()
    expect(page.get_by_text("1 of 4 courses")).to_be_visible()
    expect(page.get_by_text("The student's account has no e-mail address.")).to_be_visible()
    expect(page.get_by_text("1 more is not listed.")).to_be_visible()


def test_an_instructor_finds_what_is_in_the_way(world, page_as):
    badge = BadgeFactory.create(name="Cloud Cartographer", organization=world.academy)
    achievement = AchievementFactory.create(name="Finisher", organization=world.academy, badge=badge)
    world.student.first_name, world.student.last_name = "Wilhelmina Antonia", "von Bramblewick-Hohenfels"
    world.student.participates_in_achievements = False
    world.student.save()
    page = page_as(world.instructor)

    page.goto(reverse("achievements:ask", args=[world.student.pk]))
    reason = page.locator(".reason .doubt")
    expect(reason).to_contain_text("does not take part in achievements")
    assert reason.evaluate("one => one.scrollWidth <= one.clientWidth")  # whole: its text does not move any more
    shoot(page, "achievements-ask-reason")
    page.get_by_role("link", name=achievement.name).click()

    expect(page.get_by_text("does not take part in achievements.")).to_be_visible()


def test_preview_shows_whom_and_how_many(world, page_as, axe):
    for name in ("Ana", "Boris", LONG):
        person = StudentFactory.create(organization=world.academy, first_name=name[:150])
        TrainingRecordFactory.create(user=person, course=world.course)
    TrainingRecordFactory.create(user=world.guest)
    achievement = AchievementFactory.create(
        name=LONG, organization=world.academy, is_global=True, frequency=2, is_enabled=False
    )
    page = page_as(world.administrator)

    page.goto(reverse("achievements:preview", args=[achievement.pk]))

    shoot(page, "achievements-preview-full")
    axe(page)
    awarded = page.get_by_role("region", name="Awarded now")
    expect(awarded.get_by_role("listitem")).to_have_count(3)  # and not the guest of another tree


def test_bars_are_as_wide_as_a_narrow_page_lets_them(world, page_as):
    achievement = AchievementFactory.create(organization=world.academy)
    EarnedAchievementFactory.create(achievement=achievement, earned_at=PAST)
    path = LearningPathFactory.create(organization=world.academy)
    LearningPathCourseFactory.create(learning_path=path, course=world.course)
    TrainingRecordFactory.create(user=world.student, course=world.course)
    page = page_as(world.administrator, viewport=NARROW)
    student = world.student.pk

    widths = {}
    for name, args in [
        ("achievements:ask", [student]),
        ("achievements:why", [achievement.pk, student]),
        ("achievements:user", [student]),
        ("classes:transcript_of", [student]),
        ("courses:path_of", [path.pk, student]),
        ("courses:paths", []),
    ]:
        page.goto(reverse(name, args=args))
        widths[name] = page.locator(".progress:visible").first.bounding_box()["width"]

    assert {name: width for name, width in widths.items() if width < 130} == {}
