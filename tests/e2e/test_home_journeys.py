"""What people do from their home page, in a real browser."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import expect

from badges.models import Via
from tests.e2e.conftest import NARROW, shoot
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    ClassFactory,
    CourseAssignmentFactory,
    EnrollmentFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
    SweepFactory,
    TrainingRecordFactory,
)
from tms.demo import art

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def badges(world):
    """Three with their art."""
    found = []
    for name, key in (("Incident Responder", "incident"), ("Linux Foundations", "linux"), ("Peer Mentor", "mentor")):
        badge = BadgeFactory.create(name=name, organization=world.academy, provider__name=f"Issuer of {name}")
        badge.image.save(f"{key}.png", ContentFile(art.picture(key)))
        found.append(badge)
    return found


@pytest.fixture
def teaching(world, badges):
    """Classes that ended, one to come today and one later, and something that was issued."""
    now = timezone.now()
    for name, start, students in (
        ("Incident Response Drill, evening alarm edition", now - 9 * HOUR, 12),
        ("Linux Foundations, second group", now - 3 * DAY, 4),
        ("Shell Scripting for Operators, evening group", now + dt.timedelta(minutes=20), 25),
        ("Cloud Landing Zones", now + 3 * DAY, 8),
    ):
        klass = ClassFactory.create(
            name=name,
            organization=world.academy,
            course=world.course,
            instructors=[world.instructor],
            location="Denver, room Granite",
            starts_at=start,
            ends_at=start + 8 * HOUR,
        )
        EnrollmentFactory.create_batch(students, klass=klass)
    batch = IssuanceBatchFactory.create(
        organization=world.academy,
        issued_by=world.instructor,
        source_words="Running Clusters, first group",
        created_at=now - DAY,
    )
    for badge in badges:
        student = StudentFactory.create(organization=world.academy)
        row = IssuedBadgeFactory.create(badge=badge, student=student, batch=batch)
        IssuanceItemFactory.create(batch=batch, badge=badge, student=student, issued_badge=row, code="", message="")
    return world


def test_an_instructor_finds_the_class_to_wrap_up(teaching, page_as, axe):
    page = page_as(teaching.instructor)
    page.goto("/")
    expect(page.get_by_role("link", name="2 classes to wrap up").first).to_be_visible()
    shoot(page, "home-instructor-wrap-up")
    axe(page)

    page.get_by_role("link", name="12 are not set").click()
    expect(page.get_by_text("12 Results Found")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Wrap up", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Incident Response Drill, evening alarm edition")


def test_an_instructor_looks_after_what_was_issued(teaching, page_as):
    page = page_as(teaching.instructor)
    page.goto("/")

    page.get_by_role("link", name="3 badges: Running Clusters, first group").click()

    expect(page.get_by_text("The following badges were successfully issued:")).to_be_visible()


@pytest.fixture
def administering(world, badges):
    """Three months of badges of several providers."""
    now = timezone.now()
    SweepFactory.create(started_at=now - HOUR / 4, finished_at=now - HOUR / 5)
    others = [
        BadgeFactory.create(
            organization=world.academy, provider=BadgeProviderFactory.create(organization=world.academy)
        )
        for _ in range(2)
    ]
    for week in range(13):
        for number in range(3 + (13 - week) * 7 % 9):
            IssuedBadgeFactory.create(
                badge=[*badges, *others][number % 5],
                student__organization=world.academy,
                issued_at=now - week * 7 * DAY,
                via=Via.ACHIEVEMENT if number % 3 else Via.ROSTER,
            )
    return world


@pytest.mark.parametrize("javascript", [True, False])
def test_an_administrator_opens_the_chart_s_table(administering, page_as, axe, javascript):
    page = page_as(administering.administrator, java_script_enabled=javascript)
    page.goto("/")
    expect(page.get_by_text("Badges are on time.")).to_be_visible()
    if javascript:
        shoot(page, "home-administrator-weeks")

    page.get_by_text("Show as table").click()
    table = page.get_by_role("region", name="Badges issued a week, as a table")
    expect(table.get_by_role("row")).to_have_count(15)
    if javascript:
        axe(page)
    cell = table.get_by_role("row").nth(1).get_by_role("link").last
    number = cell.inner_text()
    cell.click()

    expect(page.get_by_text(f"{number} Results Found")).to_be_visible()


def test_a_student_sees_what_is_next(world, badges, page_as, axe):
    IssuedBadgeFactory.create(badge=badges[0], student=world.student)
    conditions = [{"Subject": 10, "Count": 3, "Complete": True}]
    AchievementFactory.create(
        name="Security Sentinel", organization=world.academy, conditions=conditions, badge=badges[1]
    )
    TrainingRecordFactory.create(user=world.student)
    CourseAssignmentFactory.create(student=world.student, course__name="Threat Modelling in Practice")
    EnrollmentFactory.create(student=world.student, klass__starts_at=timezone.now() + DAY)
    page = page_as(world.student)
    page.goto("/")
    shoot(page, "home-student-goal")
    axe(page)

    page.get_by_role("link", name="See what is missing").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Security Sentinel")


def test_a_student_accepts_what_waits(world, badges, page_as, axe):
    IssuedBadgeFactory.create(
        badge=badges[0],
        student=world.student,
        status="pending",
        accept_url="https://www.credly.com/badges/1/accept",
    )
    page = page_as(world.student, viewport=NARROW)
    page.goto("/")
    shoot(page, "home-student-accept")
    axe(page)

    accept = page.get_by_role("link", name="Accept Incident Responder").first
    expect(accept).to_have_attribute("href", "https://www.credly.com/badges/1/accept")
    expect(page.get_by_text("Waiting for the student")).to_have_count(0)
