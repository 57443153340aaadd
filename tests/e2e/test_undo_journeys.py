"""What was issued by mistake is undone before it leaves, in a real browser: with a script and without, wide and narrow."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from badges.delivery.rounds import deliver_due
from badges.models import Credential, IssuanceBatch, IssuedBadge
from tests.e2e.conftest import NARROW, WIDE, shoot
from tests.factories import BadgeFactory


@pytest.fixture(autouse=True)
def _can_undo(settings):
    settings.UNDO_SECONDS = 120


@pytest.fixture
def badge(world):
    return BadgeFactory.create(organization=world.academy, name="Network Defender")


def roster_of(world):
    return reverse("classes:roster", args=[world.klass.pk])


def issue_from_the_roster(page: Page, world) -> None:
    page.goto(roster_of(world))
    page.get_by_role("link", name=f"Issue a Badge to {world.student}").click()
    page.get_by_role("radio", name="Network Defender").check()
    page.get_by_role("button", name="(Select a Badge)").click()


def undo_bar(page: Page):
    return page.locator("#undo .undo")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_badge_is_undone_from_the_bar_and_can_be_issued_again(world, page_as, badge, axe, size):
    page = page_as(world.instructor, viewport=size)

    issue_from_the_roster(page, world)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(undo_bar(page)).to_contain_text(re.compile(r"1 badge leaves in 1\d\d s"))
    expect(undo_bar(page).locator(".left")).not_to_have_attribute("stroke-dashoffset", "0")
    shoot(page, f"undo-roster-from-{size['width']}")

    page.goto(reverse("classes:details", args=[world.klass.pk]))  # it follows
    expect(undo_bar(page)).to_contain_text("Nothing has been sent, and no one has been told.")
    axe(page)
    page.set_viewport_size(size)
    undo_bar(page).get_by_role("button", name="Undo").click()

    expect(page.get_by_text("1 badge was undone. Nothing was sent, and no one was told.")).to_be_visible()
    expect(undo_bar(page)).to_have_count(0)
    assert IssuedBadge.objects.count() == 0
    assert deliver_due() == 0
    issue_from_the_roster(page, world)
    expect(undo_bar(page)).to_have_count(1)
    assert IssuedBadge.objects.undoable().count() == 1
    undo_bar(page).get_by_role("button", name="Send now").click()
    expect(page.get_by_text("1 badge is on its way.")).to_be_visible()
    expect(undo_bar(page)).to_have_count(0)
    assert deliver_due() == 1


def test_many_are_undone_on_their_results(world, page_as, badge, axe):
    page = page_as(world.instructor)
    page.goto(reverse("classes:issue_badges", args=[world.klass.pk]))
    for opener, dialog, name, button in [
        ("Add Badges", "Choose Badges", "Network Defender", "(Select a Badge)"),
        ("Add Students", "Choose Student(s)", str(world.student), "OK"),
    ]:
        page.get_by_role("link", name=opener).click()
        choose = page.get_by_role("dialog", name=dialog)
        choose.get_by_role("checkbox", name=name, exact=True).check()
        choose.get_by_role("button", name=button).click()
        expect(choose).to_be_hidden()
    page.get_by_role("button", name="Issue Badges").click()

    results = page.locator("#results")
    expect(results.get_by_text(re.compile(r"1 badge leaves in 1\d\d s"))).to_be_visible()
    shoot(page, "undo-results")
    axe(page)
    results.get_by_role("button", name="Undo").click()

    expect(results.get_by_role("heading", name="The following issuances were undone:")).to_be_visible()
    shoot(page, "undo-done")
    axe(page)
    assert IssuedBadge.objects.count() == 0


def test_when_the_seconds_are_over_the_button_is_gone_and_it_leaves_once(world, page_as, badge, settings):
    settings.UNDO_SECONDS = 3
    page = page_as(world.instructor)

    issue_from_the_roster(page, world)

    expect(undo_bar(page).get_by_text("1 badge is on its way")).to_be_visible()
    expect(undo_bar(page).get_by_role("button", name="Undo")).to_be_hidden()
    assert deliver_due() == 1
    assert Credential.objects.count() == 1
    undo_bar(page).get_by_role("link", name="Details").click()
    expect(page.get_by_text("All done.")).to_be_visible()


def test_without_a_script_the_words_say_until_when(world, page_as, badge):
    page = page_as(world.instructor, java_script_enabled=False, viewport=NARROW)

    issue_from_the_roster(page, world)

    expect(page.get_by_text("It leaves in 120 seconds. Until then you can undo it.")).to_be_visible()
    expect(undo_bar(page).get_by_text(re.compile(r"1 badge leaves at \d\d:\d\d:\d\d"))).to_be_visible()
    shoot(page, "undo-without-script")
    undo_bar(page).get_by_role("link", name="Details").click()
    page.locator("#results").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="The following issuances were undone:")).to_be_visible()
    assert (IssuedBadge.objects.count(), IssuanceBatch.objects.count()) == (0, 1)


def test_where_motion_is_reduced_the_seconds_stay_as_text(world, page_as, badge):
    page = page_as(world.instructor, reduced_motion="reduce")

    issue_from_the_roster(page, world)

    expect(undo_bar(page)).to_contain_text(re.compile(r"1 badge leaves in 1\d\d s"))
    expect(undo_bar(page).locator(".undo-ring")).to_be_hidden()
