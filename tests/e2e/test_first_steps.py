"""What somebody meets who tries the badge pages for the first time, on a wide screen and on a narrow one."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from badges.models import BadgeProvider, IssuedBadge
from tests.credly.running import Credly
from tests.e2e.conftest import NARROW, shoot
from tests.factories import BadgeFactory, BadgeTemplateFactory, IssuedBadgeFactory


@pytest.fixture
def provider(world, credly: Credly) -> BadgeProvider:
    return credly.provider(organization=world.umbrella, name="IPC-Credly")


def test_a_list_on_a_narrow_screen_shows_every_cell_and_stays_a_table(world, page_as, axe):
    row = IssuedBadgeFactory.create(
        badge__organization=world.academy,
        badge__name="Network Defender of the Northern Academies and Their Partners",
        student=world.student,
    )
    page = page_as(world.administrator, viewport=NARROW)
    page.goto(reverse("badges:issued"))

    frame = page.get_by_role("region", name="Issued badges")
    assert frame.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    expect(page.get_by_role("row", name="Network Defender of the Northern Academies")).to_be_visible()
    expect(page.get_by_role("cell", name=str(row.badge)).first).to_be_in_viewport()
    expect(page.get_by_role("columnheader", name="Issued Status")).to_be_visible()
    page.get_by_role("checkbox", name=f"{row.badge} of {row.student}").check()
    page.get_by_role("link", name=f"Details of {row.badge} of {row.student}").scroll_into_view_if_needed()
    expect(page.get_by_role("link", name=f"Details of {row.badge} of {row.student}")).to_be_in_viewport()
    shoot(page, "issued-narrow")


def test_ticked_lines_are_not_forgotten_in_silence(world, page_as):
    IssuedBadgeFactory.create_batch(11, badge__organization=world.academy)
    page = page_as(world.administrator)
    page.goto(reverse("badges:issued") + "?per_page=10")
    asked = []

    def go(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", go)

    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**page=2**")
    page.locator("tbody").get_by_role("checkbox").first.check()
    page.get_by_role("link", name="Previous").click()
    page.wait_for_url("**page=1**")

    assert asked == ["beforeunload"]


def test_the_template_is_asked_for_when_the_provider_needs_one(world, page_as, provider, axe):
    BadgeTemplateFactory.create(provider=provider, name="Welding", external_id="welding-1")
    page = page_as(world.administrator)
    page.goto(reverse("badges:create"))
    template = page.get_by_label("Badge Provider Template Id")
    expect(template).not_to_have_attribute("required", "")

    page.get_by_label("Name").fill("Welder")
    page.get_by_label("Badge Provider", exact=False).first.select_option("IPC-Credly")

    expect(template).to_have_attribute("required", "")
    expect(page.locator("datalist option")).to_have_text(["Welding"])
    axe(page)
    shoot(page, "create-badge-template")
    template.fill("welding-1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Welder was created.")).to_be_visible()


def test_the_focus_stays_where_the_connection_was_tested(world, page_as, provider):
    page = page_as(world.administrator)
    page.goto(reverse("badges:provider", args=[provider.pk]))
    button = page.get_by_role("button", name="Test connection")

    button.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("0 templates were read.")).to_be_visible()
    expect(button).to_be_focused()


def test_a_badge_on_its_way_is_followed_on_its_page(world, page_as, provider, axe):
    badge = BadgeFactory.create(organization=world.academy, provider=provider, provider_template_id="one")
    row = IssuedBadgeFactory.create(badge=badge, status="pending", delivery="sending", delivered_at=None)
    page = page_as(world.administrator)
    page.goto(reverse("badges:issued_badge", args=[row.pk]))
    expect(page.get_by_text("Being sent")).to_be_visible()

    IssuedBadge.objects.filter(pk=row.pk).update(delivery="delivered", external_id="1")

    expect(page.get_by_role("status").filter(has_text="Issued Status: Waiting for the student")).to_be_attached()
    expect(page.get_by_role("link", name="Send Again…")).to_be_visible()
    expect(page.locator("#issued-badge")).not_to_have_attribute("hx-trigger", "every 2s")
    axe(page)
    shoot(page, "issued-followed")


def test_the_form_of_a_provider_shows_what_its_type_has(world, page_as, axe):
    page = page_as(world.administrator)
    page.goto(reverse("badges:provider_create"))
    kind = page.get_by_label("Badge Provider Type")

    kind.select_option("Built-in Open Badges issuer")
    expect(page.get_by_label("API URL")).to_be_hidden()
    expect(page.get_by_label("Website")).to_be_visible()
    kind.select_option("Credly")
    expect(page.get_by_label("API URL")).to_be_visible()
    expect(page.get_by_label("Website")).to_be_hidden()

    axe(page)
    shoot(page, "create-provider-credly")
