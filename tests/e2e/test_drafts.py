"""What was typed when a session ended, in a real browser."""

import re
from http import HTTPStatus

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect

from badges.models import Badge
from organizations.models import User
from tests.factories import AchievementFactory, AdministratorFactory, BadgeFactory

PASSWORD = "Numbat-in-the-oven-7"
KEPT = "We kept what you had typed."


@pytest.fixture
def administrator(world) -> User:
    found: User = world.administrator
    found.set_password(PASSWORD)
    found.save()
    return found


def sign_in_again(page: Page, user: User) -> None:
    expect(page.get_by_text("You were signed out. Your last change was not saved.")).to_be_visible()
    page.get_by_label("User name or e-mail address").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_badge_that_was_typed_is_there_after_signing_in_again(world, administrator, page_as):
    badge = BadgeFactory.create(organization=world.academy)
    page = page_as(administrator)
    page.goto(reverse("badges:edit", args=[badge.pk]))
    page.locator("#id_name").fill("Night Watch")
    page.locator("#id_description").fill("Stays awake.")
    page.locator("#id_manual_issuance").check()
    Session.objects.all().delete()

    page.get_by_role("button", name="Save").click()
    sign_in_again(page, administrator)

    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("Night Watch")
    expect(page.locator("#id_description")).to_have_value("Stays awake.")
    expect(page.locator("#id_manual_issuance")).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Night Watch")
    expect(page.get_by_text(KEPT)).to_be_hidden()


def test_a_preview_of_an_ended_session_leaves_what_is_being_typed_alone(world, administrator, page_as):
    badge = BadgeFactory.create(organization=world.academy)
    page = page_as(administrator)
    page.goto(reverse("badges:edit", args=[badge.pk]))
    Session.objects.all().delete()

    with page.expect_response(
        lambda answer: "asks-alone" in answer.request.headers and answer.request.method == "POST"
    ) as asked:
        page.locator("#id_name").fill("Night Watch")

    assert asked.value.status == HTTPStatus.NO_CONTENT
    page.get_by_role("button", name="Save").click()
    sign_in_again(page, administrator)
    expect(page.locator("#id_name")).to_have_value("Night Watch")


def test_completions_on_a_roster_are_there_after_signing_in_again(world, administrator, page_as):
    page = page_as(administrator)
    page.goto(reverse("classes:roster", args=[world.klass.pk]))
    line = page.get_by_role("row", name=str(world.student))
    line.locator("select[name$=completion]").select_option("Complete")
    Session.objects.all().delete()

    page.get_by_role("button", name="Save Changes").click()
    sign_in_again(page, administrator)

    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(line).to_have_class("is-changed")
    page.get_by_role("button", name="Save Changes").click()
    expect(page.get_by_text("1 change saved.")).to_be_visible()


def test_conditions_that_were_written_are_there_after_signing_in_again(world, administrator, page_as):
    achievement = AchievementFactory.create(organization=world.academy, name="Three labs")
    page = page_as(administrator)
    page.goto(reverse("achievements:edit", args=[achievement.pk]))
    page.locator("#id_name").fill("Five labs")
    page.locator(".as-text > summary").click()
    page.locator("#id_conditions").fill('[{"Subject": 0, "Count": 5, "Complete": true}]')
    page.locator("#id_conditions").blur()
    expect(page.locator("[name$=-count]")).to_have_value("5")
    Session.objects.all().delete()
    with page.expect_response(
        lambda answer: "asks-alone" in answer.request.headers and "/conditions/" in answer.url
    ) as asked:
        page.locator("[name$=-count]").fill("7")

    assert asked.value.status == HTTPStatus.NO_CONTENT
    page.get_by_role("button", name="Save", exact=True).last.click()
    sign_in_again(page, administrator)

    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("Five labs")
    expect(page.locator("[name$=-count]")).to_have_value("7")
    expect(page.locator("#id_conditions")).to_have_value(re.compile('"Count": 7'))


def test_nobody_else_finds_what_was_typed(world, administrator, page_as):
    badge = BadgeFactory.create(organization=world.academy, name="Night Watch")
    other = AdministratorFactory.create(organization=world.umbrella)
    other.set_password(PASSWORD)
    other.save()
    page = page_as(administrator)
    page.goto(reverse("badges:edit", args=[badge.pk]))
    page.locator("#id_name").fill("A secret")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()

    sign_in_again(page, other)

    expect(page.locator("#id_name")).to_have_value("Night Watch")
    page.wait_for_function("sessionStorage.getItem('draft') === null")
    assert Badge.objects.get(pk=badge.pk).name == "Night Watch"
