"""A person's page in a real browser: what is withheld is repaired where it is read, and every name leads here."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from achievements.sweep import sweeper
from badges.models import IssuedBadge
from organizations.models import User
from tests.achievements.log.not_delivered import credly, failed
from tests.e2e.conftest import NARROW, shoot
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseAssignmentFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    LabFactory,
    TrainingRecordFactory,
)


@pytest.fixture
def student(world):
    """With something of everything: held, waiting, withheld, failed, revoked, in reach."""
    student, academy = world.student, world.academy
    User.objects.filter(pk=student.pk).update(first_name="Núria", last_name="Ordóñeza", email="")
    student.refresh_from_db()
    for name in ("Linux Foundations", "Network Pathfinder", "Container Craft"):
        IssuedBadgeFactory.create(
            badge=BadgeFactory.create(name=name, organization=academy),
            student=student,
            issued_by=world.instructor,
            source_words=world.klass.name,
            source_id=world.klass.pk,
        )
    IssuedBadgeFactory.create(
        badge=credly(world, name="Platform Operator"), student=student, status="pending", external_id="x"
    )
    IssuedBadgeFactory.create(
        badge=BadgeFactory.create(name="Old Hand", organization=academy),
        student=student,
        status="revoked",
        revoked_at=PAST,
        revoked_by=world.administrator,
        revocation_reason="Given by mistake.",
    )
    failed(BadgeFactory.create(name="Threat Analyst", organization=academy), student=student)
    for name in ("Security Sentinel", "Incident Responder"):
        achievement = AchievementFactory.create(
            name=f"For the {name}", organization=academy, badge=BadgeFactory.create(name=name, organization=academy)
        )
        EarnedAchievementFactory.create(
            achievement=achievement, user=student, evidence={"counted": 3, "records": [1, 2, 3], "earned": []}
        )
    for n, (name, count) in enumerate((("Five courses", 5), ("Ten courses", 10), ("Twenty courses", 20))):
        conditions = [{"Subject": 10, "Count": count, "Complete": True}]
        badge = BadgeFactory.create(name=f"{name} badge", organization=academy) if n else None
        AchievementFactory.create(name=name, organization=academy, conditions=conditions, points=50, badge=badge)
    BadgeFactory.create(name="Class Champion", organization=academy)
    CourseAssignmentFactory.create(student=student, course=world.course)
    for n in range(12):
        TrainingRecordFactory.create(user=student, course__name=f"Lesson {n + 1}", course__organization=academy)
    lab = LabFactory.create(name="Building a Firewall", organization=academy)
    TrainingRecordFactory.create(user=student, course=None, lab=lab, source="lab", score=6, max_score=7, passed=True)
    return student


def test_an_administrator_repairs_where_it_is_read(world, student, page_as, axe):
    page = page_as(world.administrator)
    address = reverse("achievements:user", args=[student.pk])

    page.goto(address)
    shoot(page, "person")
    axe(page)
    page.set_viewport_size({"width": 1280, "height": 900})

    withheld = page.get_by_role("region", name="Withheld")
    expect(withheld.get_by_text("2 badges wait for an e-mail address.")).to_be_visible()
    withheld.get_by_label("E-mail address").fill("nuria@example.test")
    withheld.get_by_role("button", name="Save and issue 2").click()
    expect(page.get_by_text("2 badges are issued within seconds.")).to_be_visible()
    sweeper.drain(at=timezone.now())
    page.goto(address)
    expect(page.get_by_role("region", name="Held").get_by_role("link", name="Security Sentinel").first).to_be_visible()

    withheld.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("region", name="Withheld")).to_have_count(0)
    expect(page).to_have_url(address)
    assert not IssuedBadge.objects.filter(student=student, delivery="failed").exists()


def test_the_timeline_grows_in_place(world, student, page_as, axe):
    page = page_as(world.administrator)

    page.goto(reverse("achievements:user", args=[student.pk]))
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_role("listitem")).to_have_count(10)
    timeline.get_by_role("link", name="Show older").click()

    expect(timeline.get_by_role("listitem")).not_to_have_count(10)
    expect(timeline.get_by_text("Old Hand revoked")).to_be_visible()
    expect(timeline.get_by_text("Given by mistake.")).to_be_visible()
    page.goto(reverse("achievements:timeline", args=[student.pk]))
    axe(page)


@pytest.mark.parametrize("script", [True, False])
def test_it_says_why_not_another_badge_and_who_may_give_it(world, student, page_as, script):
    User.objects.filter(pk=student.pk).update(email="nuria@example.test")
    page = page_as(world.instructor, java_script_enabled=script)

    page.goto(reverse("classes:roster", args=[world.klass.pk]))
    page.get_by_role("link", name="Núria Ordóñeza", exact=True).click()
    another = page.get_by_role("region", name="Why not another badge?")
    another.get_by_label("Badge").select_option(label="Class Champion")
    another.get_by_role("button", name="Ask").click()

    expect(another.get_by_text("Only an instructor or an administrator can give it.")).to_be_visible()
    expect(another.get_by_text(str(world.instructor))).to_be_visible()
    another.get_by_role("link", name="Issue it").click()
    page.get_by_role("radio", name="Class Champion").check()
    page.get_by_role("button", name="(Select a Badge)").click()

    expect(page.get_by_text("Successfully Issued Badge: Class Champion to Núria Ordóñeza.")).to_be_visible()
    expect(page).to_have_url(reverse("achievements:user", args=[student.pk]))


def test_it_is_one_column_on_a_phone_and_speaks_german(world, student, page_as, axe):
    page = page_as(world.administrator, locale="de-DE", viewport=NARROW)

    page.goto(reverse("achievements:user", args=[student.pk]))
    shoot(page, "person-de", schemes=("light",))

    page.set_viewport_size(NARROW)
    tops = [
        page.locator(f"section[aria-labelledby={name}]").bounding_box()["y"]
        for name in ("withheld", "held", "goals", "timeline")
    ]
    assert tops == sorted(tops)
    axe(page)
