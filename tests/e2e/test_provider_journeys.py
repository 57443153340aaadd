"""What administrators do about badge providers, in a real browser, with the stand-in for Credly behind it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from badges.models import Badge, BadgeProvider, ProviderPace
from tests.credly.running import Credly
from tests.e2e.conftest import NARROW, shoot


@pytest.fixture
def provider(world, credly: Credly) -> BadgeProvider:
    return credly.provider(organization=world.academy, name="IPC-Credly")


def test_an_administrator_links_an_account_and_takes_a_template_over(world, page_as, credly):
    credly.template("Welding", description="Joins metal.")
    page = page_as(world.administrator)
    page.goto("/")

    page.get_by_role("link", name="Badge Providers").click()
    page.get_by_role("link", name="Create Badge Provider").click()
    page.get_by_label("Name", exact=False).first.fill("IPC-Credly")
    page.get_by_label("Badge Provider Type").select_option("Credly")
    page.get_by_label("Badge Provider Organization Id").fill(credly.organization)
    page.get_by_label("Badge Provider Api Authentication Token").fill(credly.token)
    page.get_by_label("API URL").fill(credly.url)
    page.get_by_label("Academy").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("IPC-Credly was created.")).to_be_visible()

    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("1 template was read.")).to_be_visible()
    shoot(page, "provider-tested")
    page.get_by_role("link", name="1 template", exact=True).click()
    page.get_by_role("button", name="Import Welding").click()

    expect(page.get_by_text("Welding was created.")).to_be_visible()
    badge = Badge.objects.get()
    assert (badge.name, badge.description, badge.provider.name) == ("Welding", "Joins metal.", "IPC-Credly")


LABELS = {
    "organization id": "Badge Provider Organization Id",
    "token": "Badge Provider Api Authentication Token",
    "url": "API URL",
    "pace": "Requests per second",
    "website": "Website",
    "contact": "Contact e-mail",
}
STARRED = "label => label.innerText.includes('*') || getComputedStyle(label, '::after').content.includes('*')"


def asked(page: Page) -> dict[str, bool]:
    """What the form shows of its account, each with whether it has a star."""
    shown = [name for name, label in LABELS.items() if page.get_by_label(label).is_visible()]
    return {name: page.locator("label", has_text=LABELS[name]).evaluate(STARRED) for name in shown}


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without a script"])
def test_the_chosen_type_says_what_is_needed(world, page_as, script):
    page = page_as(world.administrator, java_script_enabled=script)
    page.goto(reverse("badges:provider_create"))
    kind = page.get_by_label("Badge Provider Type")

    undecided = asked(page)
    shoot(page, f"provider-undecided-{script}")
    kind.select_option("Credly")
    credly = asked(page)
    shoot(page, f"provider-credly-{script}")
    kind.select_option("Built-in Open Badges issuer")

    assert undecided == dict.fromkeys(LABELS, False)
    assert credly == dict.fromkeys(["organization id", "token", "url", "pace"], True)
    assert asked(page) == {"website": False, "contact": False}


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without a script"])
def test_what_was_typed_for_another_type_is_in_nobody_s_way(world, page_as, script):
    page = page_as(world.administrator, java_script_enabled=script)
    page.goto(reverse("badges:provider_create"))
    page.get_by_label("Name", exact=False).first.fill("Our own")
    page.get_by_label("Badge Provider Type").select_option("Credly")
    page.get_by_label("API URL").fill("no address")

    page.get_by_label("Badge Provider Type").select_option("Built-in Open Badges issuer")
    page.get_by_role("button", name="Save").evaluate(
        "button => { button.form.noValidate = true }"
    ) if not script else None
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Our own was created.")).to_be_visible()


def test_a_dead_token_is_found_and_a_new_one_resumes(world, page_as, credly, provider):
    credly.expire_token()
    page = page_as(world.administrator)
    page.goto(reverse("badges:provider", args=[provider.pk]))

    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Paused.")).to_be_visible()
    shoot(page, "provider-dead-token")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Still paused: Credly does not accept the token")).to_be_visible()

    credly.change_token(secret="fresh")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Badge Provider Api Authentication Token").fill("fresh")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Resume").click()

    expect(page.get_by_text("IPC-Credly was resumed.")).to_be_visible()
    provider.refresh_from_db()
    assert provider.paused_at is None


def test_everything_works_without_a_script_and_on_a_narrow_screen(world, page_as, provider):
    page = page_as(world.administrator, java_script_enabled=False, viewport=NARROW)
    page.goto(reverse("badges:provider", args=[provider.pk]))

    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("0 templates were read.")).to_be_visible()
    page.locator("summary", has_text="Pause").click()
    page.get_by_label("Reason").fill("A new contract")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("A new contract")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("IPC-Credly was resumed.")).to_be_visible()
    page.get_by_role("link", name="Create new webhook URL").click()
    page.get_by_role("button", name="Create new webhook URL").click()

    address = page.get_by_label("Webhook address")
    expect(address).to_have_value(f"http://127.0.0.1:8000/webhooks/{provider.public_id}/{_secret(address)}/")
    shoot(page, "provider-webhook")


def _secret(address: Locator) -> str:
    return address.input_value().rstrip("/").rpartition("/")[2]


def test_a_hold_is_told_of_and_ended(world, page_as, provider, axe):
    BadgeProvider.objects.update(lacking_scopes=["events"])
    until = timezone.now() + dt.timedelta(minutes=5)
    ProviderPace.objects.create(provider=provider, next_at=until, held_until=until, failures=7)
    page = page_as(world.administrator)
    page.goto(reverse("badges:provider", args=[provider.pk]))
    expect(page.get_by_text("because the provider does not answer: 7 calls in a row failed.")).to_be_visible()
    expect(page.get_by_text("The API token may not read events")).to_be_visible()
    shoot(page, "provider-held")
    axe(page)

    page.get_by_role("button", name="Try now").click()

    expect(page.get_by_text("We ask IPC-Credly again from now on.")).to_be_visible()
    expect(page.get_by_role("button", name="Try now")).to_have_count(0)
