"""Whatever people and providers write stays a text: in a real browser, on every page, on a narrow screen."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, Page

from badges.models import BadgeProvider, Credential
from badges.openbadges.credentials import sign_again
from tests.addresses import address_of
from tests.e2e.conftest import NARROW
from tests.hostile import OWNED, soak
from tests.tenants import Tree, plant
from tests.test_permissions import DOCUMENTS, PUBLIC, lines

pytestmark = pytest.mark.long

FOR_PROGRAMS = {"alive", "metrics", "achievements:sweep_health", "badges:oembed"}
# What a page must not have; `{}` when all is well.
LOOK = f"""() => {{
  const all = (selector) => [...document.querySelectorAll(selector)]
  const leads = (element) => ['href', 'src', 'action', 'formaction'].some(
    (name) => /^\\s*(javascript|vbscript|data:text)/i.test(element.getAttribute(name) || ''))
  return Object.fromEntries(Object.entries({{
    title: document.title === '{OWNED}',
    handlers: all('[onerror], img[src="x"]').length,
    scripts: all('script:not([src]):not([type="application/json"])').length,
    addresses: all('[href], [src], [action], [formaction]').filter(leads).length,
    templates: document.body.innerText.includes('426763565'),
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }}).filter(([_name, found]) => found))
}}"""


@pytest.fixture
def tree(live_server: object) -> Tree:
    """Its provider is paused, which is when its words are shown most; what is signed tells the hostile texts too."""
    tree = plant("Quokkaland", "Numbatson")
    BadgeProvider.objects.update(paused_at=timezone.now())
    soak(tree)
    for credential in Credential.objects.select_related("issued_badge__badge__organization"):
        sign_again(credential.issued_badge)
    return tree


def faults_of(page: Page, addresses: Iterable[str]) -> dict[str, Any]:
    """What is wrong with each page that has something wrong."""
    faults: dict[str, Any] = {}

    def refuse(dialog: Dialog) -> None:
        faults[page.url] = dialog.message
        dialog.dismiss()

    page.on("dialog", refuse)
    for address in addresses:
        page.goto(address)
        if found := page.evaluate(LOOK):
            faults[address] = found
    return faults


def pages(persona: str) -> list[str]:
    """What the persona may open, of what a browser shows."""
    names = [name for name, method, answers in lines() if method == "GET" and answers[persona] == "ok"]
    return [name for name in names if name not in DOCUMENTS | FOR_PROGRAMS]


def test_no_page_takes_a_text_for_anything_else(tree, page_as, open_context):
    """To the administrator whatever there is; to the others what is shown to them otherwise."""
    of_student = [name for name in pages("student") if name not in PUBLIC]
    walks = [
        (page_as(tree.administrator, viewport=NARROW), pages("administrator")),
        (page_as(tree.student, viewport=NARROW), of_student),
        (open_context(viewport=NARROW).new_page(), ["sign_in", "badges:badge_page", "badges:verify", "badges:embed"]),
    ]

    faults = [faults_of(page, [address_of(name, tree.ids) for name in names]) for page, names in walks]

    assert faults == [{}, {}, {}]
