"""What administrators do with badges that were issued, in a real browser: follow, retry, revoke, issue again."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from badges.issuing import Source, issue_many
from badges.models import IssuedBadge, Via
from tests.e2e.conftest import shoot
from tests.factories import BadgeFactory, BadgeProviderFactory, EnrollmentFactory, IssuedBadgeFactory, StudentFactory

REFUSED = "Validation failed: Issuer earner already has this badge, Recipient email already has this badge"


@pytest.fixture
def provider(world):
    """An outside provider that nobody asks anything in these tests."""
    return BadgeProviderFactory.create(
        name="Credly of the Academy",
        organization=world.academy,
        kind="credly",
        provider_organization_id="8f1f2b4e-6c1a-4d52-9a57-2b6a3f1c0d11",
        api_url="https://sandbox-api.credly.example/v1",
        is_enabled=True,
    )


@pytest.fixture
def badge(world, provider):
    return BadgeFactory.create(
        name="Network Defender", organization=world.academy, provider=provider, provider_template_id="7d0c8a52"
    )


@pytest.fixture
def issued(world, badge):
    """One of every state, as Find Issued Badges shows them."""
    given = {"badge": badge, "issued_by": world.instructor, "source_words": "Securing Networks", "source_id": 7}
    long_name = StudentFactory.create(
        organization=world.academy, first_name="Maximiliane-Alexandrina", last_name="von Hohenfels-Wildenburg"
    )
    waiting = {"status": "pending", "delivered_at": None}
    revoked = {"status": "revoked", "revoked_at": timezone.now(), "revocation_reason": "By mistake."}
    return {
        "failed": IssuedBadgeFactory.create(
            student=long_name, delivery="failed", failure_code="refused", failure_message=REFUSED, **given, **waiting
        ),
        "delivered": IssuedBadgeFactory.create(student=world.student, external_id="1", **given),
        "pending": IssuedBadgeFactory.create(delivery="pending", **given, **waiting),
        "uncertain": IssuedBadgeFactory.create(delivery="uncertain", **given, **waiting),
        "rejected": IssuedBadgeFactory.create(status="rejected", external_id="2", **given),
        "revoked": IssuedBadgeFactory.create(external_id="3", **given, **revoked),
        "cancelled": IssuedBadgeFactory.create(delivery="cancelled", **given, **revoked),
    }


def test_badges_are_revoked_with_a_reason_and_a_report(world, page_as, axe, issued):
    page = page_as(world.administrator)
    page.goto(reverse("badges:issued"))
    shoot(page, "issued-all-states")
    axe(page)
    frame = page.get_by_role("region", name="Issued badges")
    assert frame.evaluate("it => it.scrollWidth - it.clientWidth") <= 0, "the list is wider than its frame at 1280"

    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Revoke…").click()
    expect(page.get_by_role("heading", name="Revoke 5 badges")).to_be_visible()
    expect(page.get_by_role("list", name="These stay as they are").get_by_role("listitem")).to_have_count(2)
    axe(page)
    shoot(page, "revoke")
    page.get_by_label("Reason").fill("Issued for the wrong class.")
    page.get_by_role("button", name="Revoke", exact=True).click()

    expect(page.get_by_role("heading", name="5 badges were revoked")).to_be_visible()
    expect(page.get_by_role("list", name="The following badges were kept:").get_by_role("listitem")).to_have_count(2)
    axe(page)
    shoot(page, "revoked")
    assert not IssuedBadge.objects.held().exists()


def test_all_that_is_found_is_revoked_over_pages(world, page_as, axe, badge):
    IssuedBadgeFactory.create_batch(12, badge=badge)
    page = page_as(world.administrator)
    page.goto(f"{reverse('badges:issued')}?per_page=10")
    everything = page.get_by_role("checkbox", name="All 12 found")
    boxes = page.locator("tbody input[type=checkbox]")

    bar = page.get_by_role("region", name="Selection")

    expect(bar).to_be_hidden()
    boxes.nth(3).check()
    expect(bar).to_contain_text("1 selected")
    page.get_by_role("checkbox", name="Select all on this page").check()
    expect(bar).to_contain_text("10 selected")
    everything.check()
    expect(bar).to_contain_text("12 selected")
    axe(page)
    shoot(page, "issued-all-found")
    boxes.first.uncheck()
    expect(everything).not_to_be_checked()
    expect(bar).to_contain_text("9 selected")
    bar.get_by_role("button", name="Choose none").click()
    expect(bar).to_be_hidden()
    expect(boxes.locator(":scope:checked")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Select all on this page")).to_be_focused()
    page.keyboard.press("Space")
    everything.check()
    page.get_by_role("button", name="Revoke…").click()
    expect(page.get_by_role("heading", name="Revoke 12 badges")).to_be_visible()
    page.get_by_label("Reason").fill("Issued for the wrong class.")
    page.get_by_role("button", name="Revoke", exact=True).click()

    expect(page.get_by_role("heading", name="12 badges were revoked")).to_be_visible()
    assert not IssuedBadge.objects.held().exists()


def test_all_that_is_found_is_retried_without_a_script(world, page_as, badge):
    IssuedBadgeFactory.create_batch(12, badge=badge, delivery="failed", failure_code="refused", status="pending")
    page = page_as(world.administrator, java_script_enabled=False)
    page.goto(f"{reverse('badges:issued')}?status=retriable&per_page=10")

    page.get_by_role("checkbox", name="All 12 found").check()
    page.get_by_role("button", name="Retry").click()

    expect(page.get_by_text("12 badges are on their way to their providers again.")).to_be_visible()
    assert IssuedBadge.objects.filter(delivery="pending").count() == 12


def test_a_failed_delivery_is_retried_from_the_list_with_the_keyboard(world, page_as, issued):
    row = issued["failed"]
    page = page_as(world.administrator)
    page.goto(f"{reverse('badges:issued')}?status=retriable")

    page.get_by_role("checkbox", name=f"Network Defender of {row.student}").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Retry").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("1 badge is on its way to its provider again.")).to_be_visible()
    expect(page.get_by_text("0 Results Found")).to_be_visible()
    expect(page).to_have_url(f"{reverse('badges:issued')}?status=retriable")
    row.refresh_from_db()
    assert row.delivery == "pending"


def test_everything_about_one_badge_and_issuing_it_again(world, page_as, axe):
    badge = BadgeFactory.create(name="Incident Commander", organization=world.academy)
    row = IssuedBadgeFactory.create(badge=badge, student=world.student, issued_by=world.instructor)
    page = page_as(world.administrator)
    page.goto(reverse("badges:issued"))

    page.get_by_role("link", name=f"Details of Incident Commander of {world.student}").click()
    shoot(page, "issued-badge")
    page.get_by_role("link", name="Revoke…").click()
    page.get_by_label("Reason").fill("Given to the wrong student of the same name.")
    page.get_by_role("button", name="Revoke", exact=True).click()
    page.get_by_role("link", name="Incident Commander").click()
    expect(page.get_by_text("Given to the wrong student of the same name.").first).to_be_visible()
    shoot(page, "issued-badge-revoked")
    page.get_by_role("link", name="Issue Again…").click()
    page.get_by_role("button", name="Issue Again").click()

    expect(page.get_by_text(f"Successfully Issued Badge: Incident Commander to {world.student}.")).to_be_visible()
    expect(page.get_by_role("heading", name="The same badge, other times")).to_be_visible()
    axe(page)
    shoot(page, "issued-badge-again")
    row.refresh_from_db()
    assert row.revoked_by == world.administrator
    assert IssuedBadge.objects.held().get().delivery == "delivered"


def test_output_options_stay_for_the_next_visit(world, page_as, issued):
    page = page_as(world.administrator)
    page.goto(f"{reverse('badges:issued')}?via=roster")

    page.get_by_text("Output Options").click()
    for name in ("Badge Provider", "Attempts"):
        page.get_by_role("checkbox", name=name, exact=True).check()
    page.get_by_label("Results per page").select_option("50")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("columnheader", name="Badge Provider")).to_be_visible()
    expect(page).to_have_url(f"{reverse('badges:issued')}?via=roster&per_page=50")

    page.goto(reverse("badges:issued"))
    expect(page.get_by_role("columnheader", name="Attempts")).to_be_visible()
    page.get_by_text("Output Options").click()
    page.get_by_role("button", name="Reset columns").click()
    expect(page.get_by_role("columnheader", name="Attempts")).to_have_count(0)


@pytest.fixture
def batch(world, badge):
    students = [line.student for line in EnrollmentFactory.create_batch(4, klass=world.klass)]
    return issue_many(
        badges=[badge],
        students=[world.student, *students],
        source=Source(Via.ROSTER, world.klass.pk, world.klass.name),
        organization=world.academy,
        issued_by=world.instructor,
        at=timezone.now(),
        key=uuid.uuid4(),
    ).batch


@pytest.mark.parametrize("address", ["badges:issuance", "classes:issued_badges"])
def test_a_batch_shows_its_progress_while_the_provider_answers(world, page_as, axe, batch, address):
    arguments = [batch.pk] if address == "badges:issuance" else [world.klass.pk, batch.pk]
    page = page_as(world.instructor)
    page.clock.install()
    page.goto(reverse(address, args=arguments))
    results = page.get_by_role("region", name="Results")
    expect(results.get_by_text("5 badges are on their way")).to_be_visible()
    shoot(page, f"progress-{address.partition(':')[0]}")
    axe(page)

    first, *others = IssuedBadge.objects.order_by("pk").values_list("pk", flat=True)
    IssuedBadge.objects.filter(pk__in=others).update(delivery="delivered", delivered_at=timezone.now())
    failed = IssuedBadge.objects.filter(pk=first)
    failed.update(delivery="failed", failure_code="refused", failure_message=REFUSED, next_attempt_at=None)

    expect(results.get_by_text("1 of 5 failed.")).to_be_visible()
    expect(results.get_by_role("progressbar", name="Progress")).to_have_attribute("value", "4")
    expect(results.get_by_text("Warning: Not all badges were successfully issued.")).to_be_visible()
    expect(results.get_by_role("list").get_by_role("listitem")).to_have_text(
        f"Badge: Network Defender was not issued to {world.student} because of this error: {REFUSED}"
    )
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(10_000)
    assert asked == []
    shoot(page, f"progress-{address.partition(':')[0]}-settled")
    axe(page)
    results.get_by_role("button", name="Retry failed").click()
    expect(page.get_by_text("1 badge is on its way to its provider again.")).to_be_visible()
    expect(results.get_by_text("1 badge is on its way: its provider")).to_be_visible()
    failed.update(delivery="delivered", delivered_at=timezone.now())
    expect(results.get_by_text("All done.")).to_be_visible()


def test_a_batch_is_followed_without_a_script(world, page_as, batch):
    page = page_as(world.instructor, java_script_enabled=False)
    page.goto(reverse("badges:issuance", args=[batch.pk]))

    IssuedBadge.objects.update(delivery="delivered", delivered_at=timezone.now())
    page.get_by_role("link", name="Refresh").click()

    expect(page.get_by_text("All done.")).to_be_visible()


def test_the_roster_shows_what_is_held_on_its_way_failed_and_revoked(world, page_as, axe, badge):
    for delivery, klass_badge in [
        ("failed", badge),
        ("pending", BadgeFactory.create(name="Crimper", organization=world.academy, provider=badge.provider)),
        ("delivered", BadgeFactory.create(name="Diver", organization=world.academy)),
    ]:
        status = "accepted" if delivery == "delivered" else "pending"
        IssuedBadgeFactory.create(
            badge=klass_badge, student=world.student, status=status, delivery=delivery, failure_message=""
        )
    taken = BadgeFactory.create(name="Climber", organization=world.academy)
    IssuedBadgeFactory.create(badge=taken, student=world.student, status="revoked", revoked_at=timezone.now())
    page = page_as(world.instructor)

    page.goto(reverse("classes:roster", args=[world.klass.pk]))

    strip = page.get_by_role("list", name=f"Badges of {world.student}")
    expect(strip.locator(".pill")).to_have_text(["Revoked", "Issued", "Failed"])
    shoot(page, "roster-standings")
    axe(page)
