"""What administrators do about badges, in a real browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from badges.models import IssuedBadge
from tests.e2e.conftest import shoot, stop_clock
from tests.factories import BadgeFactory, CourseAssignmentFactory


@pytest.fixture
def badge(world):
    return BadgeFactory.create(organization=world.academy, name="Network Defender")


@pytest.fixture
def switched_off(world):
    return BadgeFactory.create(organization=world.academy, name="Incident Commander", manual_issuance=False)


def test_an_administrator_issues_a_badge_from_a_course_assignment(world, page_as, badge):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    page = page_as(world.administrator)
    page.goto(reverse("courses:assignment", args=[assignment.pk]))

    page.get_by_role("link", name="Issue a Badge").click()
    dialog = page.get_by_role("dialog", name="Choose Badge")
    dialog.get_by_role("radio", name="Network Defender").check()
    shoot(page, "assignment-choose-badge")
    stop_clock(page)
    dialog.get_by_role("button", name="(Select a Badge)").click()

    expect(dialog.get_by_role("button", name="Successfully Issued Badge")).to_be_visible()
    page.clock.run_for(2000)
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Network Defender").first).to_be_visible()
    shoot(page, "assignment-issued")
    assert IssuedBadge.objects.get().via == "assignment"


def test_an_administrator_enables_manual_issuance_on_the_badges_own_page(world, page_as, switched_off):
    page = page_as(world.administrator)
    page.goto(reverse("badges:profile", args=[switched_off.pk]))

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Enable Manual Issuance").check()
    shoot(page, "badge-edit")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Incident Commander was saved.")).to_be_visible()
    switched_off.refresh_from_db()
    assert switched_off.manual_issuance


def test_one_press_on_a_badges_page_enables_manual_issuance_and_another_takes_it_back(
    world, page_as, axe, switched_off
):
    page = page_as(world.administrator)
    page.goto(reverse("badges:profile", args=[switched_off.pk]))
    switch = page.get_by_role("switch", name="Enable Manual Issuance: Incident Commander")
    expect(switch).not_to_be_checked()

    switch.click()

    expect(page.get_by_text("Manual issuance is now enabled for Incident Commander.")).to_be_visible()
    expect(switch).to_be_checked()
    shoot(page, "badge-profile-switched")
    axe(page)
    switch.click()
    expect(page.get_by_text("Manual issuance is now disabled for Incident Commander.")).to_be_visible()
    expect(switch).not_to_be_checked()


def test_the_list_of_badges_switches_in_the_line_and_keeps_the_focus(world, page_as, axe, switched_off):
    page = page_as(world.administrator)
    page.goto(reverse("badges:list"))
    switch = page.get_by_role("switch", name="Enable Manual Issuance: Incident Commander")

    switch.focus()
    page.keyboard.press("Space")

    expect(switch).to_be_checked()
    expect(switch).to_be_focused()
    shoot(page, "badges-switched")
    axe(page)
    switched_off.refresh_from_db()
    assert switched_off.manual_issuance is True


def test_in_the_side_panel_the_switch_leads_back_to_the_list(world, page_as, switched_off):
    page = page_as(world.administrator)
    page.goto(f"{reverse('badges:list')}?q=Incident")
    page.get_by_role("link", name="Incident Commander", exact=True).click()

    page.locator("#panel").get_by_role("switch").click()

    expect(page.get_by_text("Manual issuance is now enabled for Incident Commander.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/badges/\?q=Incident$"))


def test_without_a_script_the_list_switches_with_a_new_page(world, page_as, switched_off):
    page = page_as(world.administrator, java_script_enabled=False)
    page.goto(reverse("badges:list"))

    page.get_by_role("switch", name="Enable Manual Issuance: Incident Commander").click()

    expect(page.get_by_role("heading", level=1, name="Badges")).to_be_visible()
    expect(page.get_by_role("switch", name="Enable Manual Issuance: Incident Commander")).to_be_checked()


def test_an_administrator_enables_manual_issuance_in_the_admin(world, page_as, switched_off):
    page = page_as(world.administrator)
    page.goto(reverse("admin:badges_badge_change", args=[switched_off.pk]))

    page.get_by_label("Enable Manual Issuance").check()
    shoot(page, "admin-badge")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("was changed successfully")).to_be_visible()
    switched_off.refresh_from_db()
    assert switched_off.manual_issuance


def test_an_administrator_enables_manual_issuance_on_several_badges_in_the_admin(world, page_as, switched_off):
    page = page_as(world.administrator)
    page.goto(reverse("admin:badges_badge_changelist"))

    page.get_by_role("row", name="Incident Commander").get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option("Enable manual issuance")
    page.get_by_role("button", name="Run").click()

    expect(page.locator(".messagelist")).to_contain_text("1 badge")
    switched_off.refresh_from_db()
    assert switched_off.manual_issuance


def test_a_badge_just_enabled_is_offered_on_the_roster(world, page_as, switched_off):
    administrator = page_as(world.administrator)
    instructor = page_as(world.instructor)
    instructor.goto(reverse("classes:roster", args=[world.klass.pk]))
    expect(instructor.get_by_role("link", name="Issue a Badge")).to_have_count(0)

    administrator.goto(reverse("badges:edit", args=[switched_off.pk]))
    administrator.get_by_label("Enable Manual Issuance").check()
    administrator.get_by_role("button", name="Save").click()
    expect(administrator.get_by_text("Incident Commander was saved.")).to_be_visible()

    instructor.reload()
    instructor.get_by_role("link", name=f"Issue a Badge to {world.student}").click()
    expect(instructor.get_by_role("radio", name="Incident Commander")).to_be_visible()
