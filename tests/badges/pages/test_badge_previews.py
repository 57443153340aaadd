"""What the form of a badge shows of it before it is saved."""

import pytest
from django.urls import reverse

from badges.models import Badge
from tests.badges.pages.badge_form import form_of
from tests.factories import BadgeFactory, BadgeProviderFactory, BrandFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def badge(world):
    provider = BadgeProviderFactory.create(name="Marrow Hill", organization=world.academy)
    return BadgeFactory.create(
        name="Diver",
        description="Dives to 18 metres.",
        organization=world.academy,
        provider=provider,
        skills=[{"name": "Patience"}],
        valid_days=30,
    )


@pytest.fixture
def typed(badge, administrator):
    """The preview of what was typed: the whole answer, and what it was drawn from."""

    def post(**changes):
        data = form_of(badge, preview="on", **changes)
        return administrator.post(reverse("badges:edit", args=[badge.pk]), data, headers=HTMX)

    return post


def test_it_shows_a_stored_badge_as_it_is(badge, administrator):
    preview = administrator.get(reverse("badges:edit", args=[badge.pk])).context["preview"]

    assert (preview.name, preview.description, preview.issuer) == ("Diver", "Dives to 18 metres.", "Marrow Hill")
    assert [skill.name for skill in preview.skills] == ["Patience"]
    assert preview.expires_on != ""


def test_it_follows_what_is_typed_and_saves_nothing(badge, typed):
    answer = typed(name="Cave Diver", valid_days="", **{"skills-0-name": "Calm"})

    words = answer.text
    assert answer.status_code == 200
    assert "<form" not in words
    assert "You have earned the badge Cave Diver" in words
    assert "Marrow Hill has issued you the badge “Cave Diver”." in words
    assert "Never" in words
    assert "Calm" in words
    assert Badge.objects.get(pk=badge.pk).name == "Diver"


def test_a_new_badge_is_not_made_by_looking_at_it(world, administrator):
    answer = administrator.post(reverse("badges:create"), {"preview": "on", "name": "Diver"}, headers=HTMX)

    assert (answer.status_code, Badge.objects.count()) == (200, 0)
    assert "Choose a badge provider first." in answer.text


def test_without_a_script_the_button_draws_the_page_with_what_was_typed(badge, administrator):
    page = administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, name="Cave Diver", preview="on"))

    assert (page.status_code, page.context["preview"].name) == (200, "Cave Diver")
    assert 'value="Cave Diver"' in page.text
    assert Badge.objects.get(pk=badge.pk).name == "Diver"


def test_a_provider_with_templates_writes_its_own_letter(world, typed, provider):
    words = typed(provider=provider.pk, provider_template_id="T", valid_days="").text

    assert "IPC-Credly writes to the student" in words
    assert "As the provider’s template says" in words
    assert "You have earned" not in words


def test_the_issuer_stands_under_the_brand_of_the_badges_organization(world, typed):
    BrandFactory.create(organization=world.umbrella, name="Northern Lights")

    assert typed().context["preview"].brand.name == "Northern Lights"


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"name": "N" * 400}, ("N" * 255, ["Patience"])),
        ({"name": "<b>ש</b>"}, ("<b>ש</b>", ["Patience"])),
        ({"provider": "9" * 30, "organization": "x"}, ("Diver", ["Patience"])),
        (
            {"skills-0-name": "Calm", "skills-0-url": "javascript:alert(1)", "skills-1-name": " "},
            ("Diver", ["Calm"]),
        ),
        ({"valid_days": "9" * 20}, ("Diver", ["Patience"])),
    ],
    ids=["long", "markup", "foreign", "script", "for ever"],
)
def test_whatever_is_wrong_is_shown_as_far_as_it_can_be(typed, changes, shown):
    answer = typed(**({"skills-0-name": "Patience"} | changes))

    preview = answer.context["preview"]
    assert answer.status_code == 200
    assert (preview.name, [skill.name for skill in preview.skills]) == shown
    assert "javascript:" not in answer.text
    assert "<b>" not in answer.text


def test_providers_and_brands_of_others_are_not_shown(world, typed):
    foreign = BadgeProviderFactory.create(name="Secret", organization=world.outside)
    BrandFactory.create(organization=world.outside, name="Secret")

    answer = typed(provider=foreign.pk, organization=world.outside.pk)

    assert "Secret" not in answer.text
