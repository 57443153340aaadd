"""The skills of a badge in a real browser: edited line by line, shown to administrators and to the world."""

from django.urls import reverse
from playwright.sync_api import expect

from badges.models import Via
from badges.openbadges.credentials import sign
from tests.e2e.conftest import shoot
from tests.factories import BadgeFactory, IssuedBadgeFactory


def test_skills_are_edited_line_by_line(world, page_as, axe, complaints):
    badge = BadgeFactory.create(organization=world.academy, name="Network Defender", skills=[{"name": "Patience"}])
    page = page_as(world.administrator)
    page.goto(reverse("badges:edit", args=[badge.pk]))

    page.get_by_label("Name").first.fill("Network Guardian")
    expect(page.locator("#preview")).to_contain_text("You have earned the badge Network Guardian")
    page.get_by_label("Skill", exact=True).nth(1).fill("Analyse network traffic")
    expect(page.locator("#preview .skills")).to_contain_text("Analyse network traffic")
    page.get_by_label("Framework").nth(1).fill("ESCO")
    shoot(page, "skills-edit")
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 2: Enter the skill's web address in its framework")
    shoot(page, "skills-refused")
    complaints.expect("422")
    page.get_by_label("Web address").nth(1).fill("https://esco.example/skill/1")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".skills")).to_contain_text("Analyse network traffic")
    shoot(page, "skills-profile")
    axe(page)


def test_the_world_reads_them(world, anonymous_page, axe, settings, live_server):
    settings.PUBLIC_URL = live_server.url
    skills = [
        {"name": "Analyse network traffic", "framework": "ESCO", "code": "S5.6.1", "url": "https://esco.example/1"},
        {"name": "Patience"},
    ]
    badge = BadgeFactory.create(name="Network Defender", organization=world.academy, skills=skills)
    issued = IssuedBadgeFactory.create(badge=badge, student=world.student, via=Via.ROSTER, source_words="Spring")
    sign(issued)

    anonymous_page.goto(reverse("badges:badge_page", args=[issued.public_id]))

    expect(anonymous_page.get_by_role("heading", name="Skills")).to_be_visible()
    expect(anonymous_page.locator(".skills")).to_contain_text("ESCO S5.6.1")
    shoot(anonymous_page, "skills-public")
    axe(anonymous_page)
