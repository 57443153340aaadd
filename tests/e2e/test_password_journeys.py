"""Whoever has no password gets in by a letter; whoever left a session somewhere ends it."""

import re

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from organizations.models import UserSession
from organizations.sign_in.password_letters import write_due
from tests.e2e.conftest import NARROW, WIDE, shoot
from tests.factories import StudentFactory

NEW = "a staple of battery horses"


@pytest.mark.parametrize(("name", "viewport"), [("wide", WIDE), ("narrow", NARROW)])
def test_an_account_without_a_password_gets_one_and_ends_another_session(
    live_server, settings, open_context, page_as, axe, name, viewport
):
    settings.PUBLIC_URL = live_server.url
    student = StudentFactory.create(username="ada", email="ada@example.test")
    page_as(student).goto("/")
    page = open_context(viewport=viewport).new_page()
    page.goto(reverse("sign_in"))
    shoot(page, f"sign-in-{name}")
    page.get_by_role("link", name="Forgotten your password, or none yet?").click()
    axe(page)
    shoot(page, f"password-forgotten-{name}")
    page.get_by_label("User name or e-mail address").fill("ada@example.test")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("an e-mail with a link is on its way")).to_be_visible()
    shoot(page, f"password-letter-{name}")

    write_due()
    page.goto(re.findall(r"http://\S+", str(mail.outbox[-1].body))[0])
    axe(page)
    page.locator("[name=new_password1]").fill(NEW)
    page.locator("[name=new_password2]").fill(NEW)
    shoot(page, f"password-set-{name}")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set. Sign in with it.")).to_be_visible()

    page.get_by_label("User name or e-mail address").fill("ada")
    page.locator("[name=password]").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    student.refresh_from_db()
    page_as(student).goto("/")
    page.goto(reverse("sessions"))
    axe(page)
    shoot(page, f"sessions-{name}")
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("1 session was ended.")).to_be_visible()
    assert UserSession.objects.filter(user=student).count() == 1
