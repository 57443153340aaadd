"""Needs attention in a browser: its number in the menu, and causes ended in their lines, with a script and without."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from achievements.sweep import sweeper
from badges.models import IssuedBadge
from tests.e2e.conftest import shoot
from tests.tms.attention.troubles import ALL, trouble


def number_in_menu(page):
    return page.get_by_role("link", name="Needs attention").locator(".count")


def line(page, title):
    return page.locator(".cause").filter(has_text=title)


@pytest.fixture
def troubles(world):
    return trouble(world.academy)


def test_an_administrator_ends_causes_in_their_lines(world, troubles, page_as):
    page = page_as(world.administrator)
    page.goto("/classes/")
    expect(number_in_menu(page)).to_have_text(f"{len(ALL)} open")

    page.get_by_role("link", name="Needs attention").click()
    expect(page.get_by_text(f"{len(ALL)} causes. 17 badges wait. 1,200 awards await approval.")).to_be_visible()
    shoot(page, "attention-every-kind")

    page.get_by_label("E-mail address of Çağan Öztoprak").fill("cagan@example.test")
    page.get_by_role("button", name="Save and issue 2").click()
    expect(page.get_by_text("Saved. 2 badges leave now.")).to_be_visible()
    expect(line(page, "Çağan Öztoprak has no e-mail address")).to_have_count(0)
    expect(number_in_menu(page)).to_have_text(f"{len(ALL) - 1} open")

    begun = timezone.now()
    line(page, "Refusing refused badges").get_by_role("button", name="Retry 2").click()
    expect(page.get_by_text("2 badges are on their way to their providers again.")).to_be_visible()
    expect(line(page, "Refusing refused badges")).to_have_count(0)
    shoot(page, "attention-retried")
    again = IssuedBadge.objects.filter(badge__provider=troubles.refusing, delivery="pending", attempts=0)
    again.filter(next_attempt_at__gt=begun).update(delivery="failed", failure_code="refused", failure_message="No")
    expect(page.get_by_text("2 badges failed again.")).to_be_visible()
    expect(line(page, "Refusing refused badges")).to_be_visible()
    expect(number_in_menu(page)).to_have_text(f"{len(ALL) - 1} open")
    shoot(page, "attention-failed-again")

    line(page, "Paused is paused").get_by_role("button", name="Test and retry").click()
    expect(page.get_by_text("Paused was resumed. 2 badges leave now.")).to_be_visible()

    line(page, "Everybody would give").get_by_role("button", name="Approve 1,200").click()
    page.locator("#confirm").get_by_role("button", name=re.compile("Approve")).click()
    expect(page.get_by_text("Approved. The next sweep gives these awards")).to_be_visible()
    expect(page.get_by_text("Your decision")).to_be_visible()
    expect(line(page, "Everybody would give")).to_have_count(0)

    sweeper.award_everybody(at=timezone.now())
    assert IssuedBadge.objects.filter(student=troubles.nameless).count() == 2


def test_without_a_script_an_address_is_refused_and_then_saved(world, troubles, page_as, complaints):
    page = page_as(world.administrator, java_script_enabled=False)
    page.goto("/classes/")
    page.get_by_role("link", name="Needs attention").click()

    field = page.get_by_label("E-mail address of Çağan Öztoprak")
    field.fill(world.student.email)
    page.get_by_role("button", name="Save and issue 2").click()
    expect(page.get_by_role("alert")).to_contain_text("Another account has this e-mail address.")
    expect(field).to_have_value(world.student.email)
    shoot(page, "attention-refused")
    complaints.expect("422")

    field.fill("cagan@example.test")
    page.get_by_role("button", name="Save and issue 2").click()
    expect(page.get_by_text("Saved. 2 badges leave now.")).to_be_visible()


def test_the_page_stands_before_axe_with_every_kind_and_with_none(world, page_as, axe):
    page = page_as(world.administrator)
    page.goto("/needs-attention/")
    shoot(page, "attention-none")
    axe(page)

    trouble(world.academy)
    page.goto("/needs-attention/")
    axe(page)


def test_a_number_that_cannot_be_told_is_left_out(world, page_as, complaints):
    page = page_as(world.administrator)
    page.route("**/needs-attention/count/", lambda route: route.fulfill(status=500))

    with page.expect_response("**/needs-attention/count/"):
        page.goto("/classes/")

    expect(number_in_menu(page)).to_have_count(0)
    expect(page.get_by_text("That did not work.")).to_have_count(0)
    complaints.expect("500")
