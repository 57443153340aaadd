"""A customer's brand in a real browser: on the Brand page, on every page of its people, and before the world."""

import io

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from badges.models import Via
from badges.openbadges.credentials import sign
from organizations.models import Brand
from tests.e2e.conftest import shoot
from tests.factories import BadgeFactory, BrandFactory, IssuedBadgeFactory

# As the browser writes #8a1c4a, and what is derived from it for dark pages and the menu.
COLOUR, PALER, DEEP = "rgb(138, 28, 74)", "rgb(204, 155, 175)", "rgb(62, 13, 33)"
LONG = "Northern Lights Aus- und Weiterbildungsgesellschaft mbH"


@pytest.fixture(autouse=True)
def public_url(settings, live_server):
    settings.PUBLIC_URL = live_server.url


def wordmark() -> bytes:
    """Four times as wide as high, dark on nothing, as logos are."""
    logo = Image.new("RGBA", (320, 80))
    pen = ImageDraw.Draw(logo)
    pen.ellipse((4, 4, 76, 76), fill="#8a1c4a")
    for at in (100, 170, 240):
        pen.rounded_rectangle((at, 24, at + 54, 56), radius=8, fill="#241019")
    output = io.BytesIO()
    logo.save(output, format="PNG")
    return output.getvalue()


@pytest.fixture
def brand(world):
    brand = BrandFactory.create(organization=world.umbrella, name="Northern Lights")
    brand.logo.save("x.png", ContentFile(wordmark()))
    return brand


def expect_background(locator, colour):
    """Awaited: a page's style may come after what it is asked for."""
    expect(locator).to_have_css("background-color", colour)


def test_an_administrator_looks_at_a_brand_then_saves_it(world, page_as, axe):
    page = page_as(world.administrator)
    page.goto("/brand/")

    page.get_by_label("Name").fill("Northern Lights")
    page.get_by_label("Colour").fill("#8A1C4A")
    page.get_by_role("button", name="Preview").click()

    expect(page.locator(".masthead .brand")).to_have_text("N Northern Lights")
    expect_background(page.locator(".masthead"), DEEP)
    in_light_and_in_dark = page.locator(".letter-head .button")
    expect_background(in_light_and_in_dark.nth(0), COLOUR)
    expect_background(in_light_and_in_dark.nth(1), PALER)
    assert not Brand.objects.exists()
    page.get_by_label("Logo").set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": wordmark()})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("The brand of Umbrella was saved.")
    logo = page.locator(".masthead .brand-picture")
    assert logo.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    shoot(page, "brand")
    axe(page)


def test_a_pale_colour_is_refused_where_it_was_typed(world, page_as, axe, complaints):
    page = page_as(world.administrator)
    page.goto("/brand/")

    page.get_by_label("Colour").fill("#ffcc00")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("have a contrast of 1.3:1 and need 4.5:1. Try #826800")
    shoot(page, "brand-refused")
    axe(page)
    complaints.expect("422")


def test_it_works_without_a_script(world, page_as):
    page = page_as(world.administrator, java_script_enabled=False)
    page.goto("/brand/")

    page.get_by_label("Name").fill("Northern Lights")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".masthead .brand")).to_contain_text("Northern Lights")


@pytest.mark.parametrize("name", ["Northern Lights", LONG])
def test_every_page_is_in_the_customer_s_house(world, brand, page_as, axe, name):
    Brand.objects.update(name=name)
    page = page_as(world.administrator)

    page.goto("/")

    expect(page.locator(".masthead .brand")).to_have_text(name)
    expect(page.locator(".footer")).to_contain_text("Laurel")
    shoot(page, f"brand-home-{len(name)}")
    axe(page)


def test_the_world_sees_whose_badge_it_is(world, brand, anonymous_page, axe):
    badge = BadgeFactory.create(
        name="Network Defender",
        organization=world.academy,
        description="Finds, contains and explains an intrusion in a network of a few hundred machines.",
        criteria="Complete the course “Securing Networks”.",
        provider__name="Marrow Hill Academy",
    )
    issued = IssuedBadgeFactory.create(badge=badge, student=world.student, via=Via.ROSTER, source_words="Spring")
    sign(issued)

    anonymous_page.goto(reverse("badges:badge_page", args=[issued.public_id]))

    expect(anonymous_page.locator(".public-brand")).to_have_text("Northern Lights")
    expect_background(anonymous_page.get_by_role("link", name="Verify"), COLOUR)
    shoot(anonymous_page, "brand-public")
    axe(anonymous_page)
    anonymous_page.get_by_role("link", name="Marrow Hill Academy").click()
    expect(anonymous_page.get_by_role("heading", name="How to verify a badge")).to_be_visible()
    expect(anonymous_page.get_by_text("Network Defender")).to_be_visible()
    shoot(anonymous_page, "brand-issuer")
    axe(anonymous_page)
    anonymous_page.goto(reverse("badges:embed", args=[issued.public_id]))
    anonymous_page.set_viewport_size({"width": 420, "height": 160})
    shoot(anonymous_page, "brand-embed")


def test_a_letter_has_the_brand_s_head(world, brand, page_as):
    page = page_as(world.administrator)

    page.goto("/admin/design/letter/")

    shoot(page, "brand-letter")
    expect(page.get_by_text("Northern Lights").first).to_be_visible()
