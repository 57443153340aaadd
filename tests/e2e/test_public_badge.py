"""The public page of a badge in a real browser: what it shows in each state, and what visitor and holder do there."""

import datetime as dt
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from playwright.sync_api import expect

from badges.models import BadgeProvider, Credential, IssuedBadge, Via
from badges.openbadges.credentials import sign
from tests.e2e.conftest import NARROW, shoot
from tests.factories import BadgeFactory, IssuedBadgeFactory, StudentFactory
from tms.demo import art

LONG = "Advanced Practitioner of Continuously Verified Infrastructure and Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.fixture(autouse=True)
def public_url(settings, live_server):
    settings.PUBLIC_URL = live_server.url


@pytest.fixture
def badge(world):
    return BadgeFactory.create(
        name="Network Defender",
        organization=world.academy,
        description="Finds, contains and explains an intrusion in a network of a few hundred machines.\n\n"
        "Holders have worked through twelve labs under the eyes of an instructor.",
        criteria="Complete the course “Securing Networks”.\nPass its final lab with 80 points or more.",
        provider__name="Marrow Hill Academy",
        provider__website="https://academy.test/",
    )


@pytest.fixture
def issued(world, badge):
    student = StudentFactory.create(organization=world.academy, first_name="Zoë", last_name="Ångström")
    issued = IssuedBadgeFactory.create(
        badge=badge, student=student, via=Via.ROSTER, source_words="Securing Networks, spring"
    )
    sign(issued)
    return issued


def page_of(issued):
    return reverse("badges:badge_page", args=[issued.public_id])


def change(issued, **values):
    IssuedBadge.objects.filter(pk=issued.pk).update(**values)


STATES: dict[str, dict[str, Any]] = {
    "to come": {"issued_at": dt.datetime(2099, 3, 2, 9, tzinfo=dt.UTC)},
    "plain": {},
    "named": {"is_name_public": True, "expires_at": dt.datetime(2099, 3, 2, 9, tzinfo=dt.UTC)},
    "expired": {"expires_at": dt.datetime(2026, 6, 1, tzinfo=dt.UTC)},
    "prepared": {"delivery": "pending"},
    "unsigned": {"delivery": "failed"},
    "revoked": {"status": "revoked", "revoked_at": dt.datetime(2026, 6, 1, tzinfo=dt.UTC)},
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_stands_before_axe(issued, anonymous_page, axe, state):
    change(issued, **STATES[state])
    if state in ("prepared", "unsigned"):
        Credential.objects.filter(issued_badge=issued).delete()
    if state != "plain":
        issued.badge.image.save("networks.png", ContentFile(art.picture("networks")))

    anonymous_page.goto(page_of(issued))

    expect(anonymous_page.get_by_role("heading", level=1)).to_have_text("Network Defender")
    shoot(anonymous_page, f"public-badge-{state}")
    axe(anonymous_page)


def answer(issued, *, is_name_public=False):
    """The holder has said whether the name may be shown."""
    change(issued, is_name_public=is_name_public, name_decided_at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))


def test_long_names_and_open_snippets_fit(issued, page_as, axe):
    issued.badge.name = issued.provider.name = LONG
    issued.badge.save()
    issued.provider.save()
    issued.student.last_name = "Ö" * 140
    issued.student.save()
    change(issued, is_name_public=True, source_words="W" * 300)
    page = page_as(issued.student)

    page.goto(page_of(issued))
    for summary in page.locator("summary").all():
        summary.click()
    page.get_by_role("link", name="Verify").click()
    expect(page.locator(".checks li")).to_have_count(3)

    shoot(page, "public-badge-long")
    axe(page)


def test_a_visitor_verifies_the_badge_in_place(issued, anonymous_page, axe):
    anonymous_page.goto(page_of(issued))

    anonymous_page.get_by_role("link", name="Verify").click()

    expect(anonymous_page.locator(".checks li.good")).to_have_count(3)
    expect(anonymous_page).to_have_url(page_of(issued))
    shoot(anonymous_page, "public-badge-verified")
    axe(anonymous_page)


def test_a_visitor_verifies_a_revoked_badge(issued, anonymous_page):
    change(issued, **STATES["revoked"])
    anonymous_page.goto(page_of(issued))

    anonymous_page.get_by_role("link", name="Verify").click()

    expect(anonymous_page.locator(".checks li.bad")).to_have_count(1)


def test_a_visitor_verifies_without_a_script(issued, open_context, axe):
    page = open_context(java_script_enabled=False).new_page()
    page.goto(page_of(issued))

    page.get_by_role("link", name="Verify").click()

    expect(page.locator(".checks li.good")).to_have_count(3)
    expect(page).to_have_url(re.compile("/verify/$"))
    shoot(page, "public-badge-verify-page")


def clipboard(page, kind="text/plain"):
    return page.evaluate(
        """async (kind) => {
          const [item] = await navigator.clipboard.read();
          return (await item.getType(kind)).text();
        }""",
        kind,
    )


def test_everything_to_copy_is_copied(issued, page_as, live_server):
    answer(issued)
    page = page_as(issued.student, permissions=["clipboard-read", "clipboard-write"])
    page.goto(page_of(issued))
    address = f"{live_server.url}{page_of(issued)}"

    page.get_by_role("button", name="Copy Address").click()
    expect(page.get_by_role("button", name="Copied Address")).to_be_visible()
    assert clipboard(page) == address
    expect(page.get_by_role("button", name="Copy Address")).to_be_visible()

    page.get_by_text("E-mail signature").click()
    page.get_by_role("button", name="Copy signature").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert clipboard(page) == f"Network Defender · Marrow Hill Academy\n{address}"
    assert f'<a href="{address}"' in clipboard(page, "text/html")

    page.get_by_text("Show it on a website").click()
    expect(page.get_by_role("status")).to_be_empty()  # it speaks of the signature for a while
    page.locator("[data-copy=embed-html]").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert clipboard(page).startswith(f'<iframe src="{address}embed/"')


def test_without_a_clipboard_the_text_is_selected_to_be_copied_by_hand(issued, anonymous_page):
    anonymous_page.goto(page_of(issued))
    anonymous_page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")

    anonymous_page.get_by_role("button", name="Copy Address").click()

    expect(anonymous_page.locator("#address")).to_be_focused()
    expect(anonymous_page.get_by_role("status")).to_have_text("Selected: copy it with Ctrl+C")


def test_the_holder_shows_the_name_and_hides_it_again(issued, page_as, axe):
    page = page_as(issued.student)
    page.goto(page_of(issued))
    shoot(page, "public-badge-holder")
    axe(page)

    page.get_by_role("radio", name="Show my name").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Awarded to Zoë Ångström")).to_be_visible()

    page.get_by_role("radio", name="Keep it private").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This page does not show the recipient’s name.")).to_be_visible()


def test_a_student_reaches_the_page_from_home(issued, page_as):
    page = page_as(issued.student)
    page.goto("/")

    page.get_by_role("link", name="Network Defender").click()

    expect(page.get_by_role("heading", name="Before you share: show your name?")).to_be_visible()


@pytest.fixture
def elsewhere():
    """`elsewhere(html)`: the address of a page of another site, on this machine."""
    servers = []

    def serve(html):
        class Page(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path == "/" else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(html.encode() if self.path == "/" else b"")

            def log_message(self, *args):
                """Nothing to tell."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("state", STATES)
def test_another_site_shows_the_frame(issued, anonymous_page, elsewhere, live_server, state):
    change(issued, **STATES[state])
    if state in ("prepared", "unsigned"):
        Credential.objects.filter(issued_badge=issued).delete()
    src = f"{live_server.url}{reverse('badges:embed', args=[issued.public_id])}"

    anonymous_page.goto(elsewhere(f'<iframe src="{src}" width="420" height="160" style="border:0"></iframe>'))

    expect(anonymous_page.frame_locator("iframe").get_by_role("heading")).to_have_text("Network Defender")
    shoot(anonymous_page, f"public-badge-embed-{state}")


def test_another_site_does_not_get_the_page_into_a_frame(issued, anonymous_page, elsewhere, live_server, complaints):
    with anonymous_page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        anonymous_page.goto(elsewhere(f'<iframe src="{live_server.url}{page_of(issued)}"></iframe>'))

    expect(anonymous_page.frame_locator("iframe").get_by_text("Network Defender")).to_have_count(0)
    complaints.expect("frame-ancestors")


@pytest.mark.parametrize("size", [(120, 60), (200, 80), (320, 400), (800, 600)], ids=str)
def test_the_frame_fits_whatever_room_it_gets(issued, anonymous_page, size):
    issued.badge.name = LONG
    issued.badge.save()
    anonymous_page.set_viewport_size({"width": size[0], "height": size[1]})

    anonymous_page.goto(reverse("badges:embed", args=[issued.public_id]))

    overflow = anonymous_page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
    )
    assert max(overflow) <= 0


@pytest.mark.parametrize(
    ("values", "button"),
    [
        ({"status": "pending", "accept_url": "https://www.credly.com/badges/1/accept"}, "Accept at www.credly.com"),
        ({"status": "accepted", "public_url": "https://www.credly.com/badges/1"}, "Go to www.credly.com"),
        ({"status": "rejected"}, None),
    ],
    ids=["pending", "accepted", "rejected"],
)
def test_a_badge_of_another_issuer_leads_there(issued, page_as, axe, values, button):
    BadgeProvider.objects.update(
        kind="credly", name="Credly", provider_organization_id="1", api_url="https://api.credly.com/v1"
    )
    change(issued, **values)
    page = page_as(issued.student)

    page.goto(page_of(issued))

    expect(page.locator(".certificate-actions a")).to_have_text([button] if button else [])
    shoot(page, f"public-badge-elsewhere-{values['status']}")
    axe(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_student_who_shares_is_asked_about_the_name_first(issued, page_as, axe, javascript):
    page = page_as(issued.student, java_script_enabled=javascript, viewport=NARROW)
    page.goto(reverse("achievements:mine"))
    if javascript:
        shoot(page, "wallet")
        axe(page)
    page.get_by_role("link", name="Share Network Defender").click()
    sheet = page.get_by_role("dialog") if javascript else page.get_by_role("main")
    expect(sheet.get_by_text("Before you share: show your name?")).to_be_visible()
    expect(sheet.get_by_role("radio", checked=True)).to_have_count(0)
    expect(sheet.get_by_label("Link", exact=True)).to_have_count(0)
    if javascript:
        shoot(page, "share-asks")
        axe(page)

    sheet.get_by_role("radio", name="Show my name").check()
    sheet.get_by_role("button", name="Save and share").click()
    expect(sheet.get_by_text("Visitors see your name.")).to_be_visible()
    expect(sheet.get_by_role("textbox", name="Link")).to_have_value(re.compile(page_of(issued)))
    expect(sheet.get_by_role("link", name="Add to LinkedIn profile")).to_be_visible()
    expect(sheet.get_by_role("link", name="Download")).to_be_visible()
    if javascript:
        shoot(page, "share-ways")
        axe(page)
    sheet.get_by_role("button", name="Hide my name").click()
    expect(sheet.get_by_text("Visitors do not see your name.")).to_be_visible()

    issued.refresh_from_db()
    assert (issued.is_name_public, issued.is_name_decided) == (False, True)


def test_the_link_is_copied_in_the_sheet(issued, page_as, live_server):
    answer(issued, is_name_public=True)
    page = page_as(issued.student, permissions=["clipboard-read", "clipboard-write"])
    page.goto(reverse("achievements:mine"))

    page.get_by_role("link", name="Share Network Defender").click()
    with page.expect_response(f"**{reverse('badges:shared', args=[issued.public_id])}") as told:
        page.get_by_role("button", name="Copy Link").click()
        expect(page.get_by_role("button", name="Copied Link")).to_be_visible()

    assert told.value.status == 204
    assert issued.step_moments.get().step == "shared"
    assert clipboard(page) == f"{live_server.url}{page_of(issued)}"


def test_a_student_s_badges_come_first_on_a_phone(issued, page_as):
    page = page_as(issued.student, viewport=NARROW)
    page.goto(reverse("achievements:mine"))

    tops = [page.get_by_role("region", name=name).bounding_box() for name in ("Badges", "Achievements")]

    assert tops[0]["y"] < tops[1]["y"]
