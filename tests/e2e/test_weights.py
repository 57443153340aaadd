"""What pages weigh: bytes over the wire, as production sends them, to who comes first and to who comes again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as of_django
from django.core.files.base import ContentFile
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test import override_settings
from django.test.testcases import LiveServerThread
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from badges.models import Badge
from tests.factories import BadgeFactory, EnrollmentFactory, IssuedBadgeFactory, StudentFactory
from tms.demo import art
from tms.demo.badges import HONOURS

COLD, WARM = 150_000, 30_000
STUDENTS = 30


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of production that decide what is sent, with static files collected as the image has them."""
    folder: Path = tmp_path_factory.mktemp("static")
    values = {
        "STATIC_ROOT": folder,
        "STORAGES": of_django.STORAGES
        | {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}},
        "WHITENOISE_USE_FINDERS": False,
        "WHITENOISE_AUTOREFRESH": False,
    }
    with override_settings(**values):
        call_command("collectstatic", interactive=False, verbosity=0)
    return values


class WithoutDjangosFiles(WSGIHandler):
    """In the place of the handler that would answer for static files before any middleware is asked."""

    def __init__(self, _files: WSGIHandler) -> None:
        super().__init__()


@pytest.fixture
def live_server(production: dict[str, Any], settings: Any) -> Iterator[LiveServer]:
    """A server that hands out files by the product's own middleware, not by Django's for tests."""
    for name, value in production.items():
        setattr(settings, name, value)
    server = LiveServer("127.0.0.1", start=False)
    server.thread = LiveServerThread("127.0.0.1", WithoutDjangosFiles, connections_override={})
    server.thread.daemon = True
    server.start()
    yield server
    server.stop()


@pytest.fixture
def badges(world) -> list[Badge]:
    """As many as the demo has, each with its art."""
    found = [BadgeFactory.create(organization=world.academy, name=honour.name) for honour in HONOURS]
    for badge, honour in zip(found, HONOURS, strict=True):
        badge.image.save(f"{honour.key}.png", ContentFile(art.picture(honour.key)))
    world.course.badges.add(*found)
    return found


@pytest.fixture
def roster(world, badges) -> str:
    """Thirty lines, with two badges on each."""
    for number in range(STUDENTS - 1):
        student = StudentFactory.create(organization=world.academy)
        EnrollmentFactory.create(klass=world.klass, student=student)
        for badge in (badges[number % len(badges)], badges[(number + 1) % len(badges)]):
            IssuedBadgeFactory.create(badge=badge, student=student)
    return reverse("classes:roster", args=[world.klass.pk])


def weight_of(page: Page, address: str) -> int:
    """Bytes that come over the wire until the page is there to its end, with all that it shows further down."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="load")
    page.locator("img").evaluate_all("pictures => pictures.forEach(picture => { picture.loading = 'eager'; })")
    page.wait_for_function("() => [...document.images].every(picture => picture.complete)")
    page.wait_for_load_state("networkidle")
    broken = page.locator("img").evaluate_all("pictures => pictures.filter(picture => !picture.naturalWidth).length")
    session.detach()
    assert broken == 0
    return int(sum(sizes))


def assert_light(page: Page, address: str) -> None:
    cold = weight_of(page, address)
    page.goto("about:blank")
    warm = weight_of(page, address)

    print(f"{address}: {cold} bytes cold, {warm} warm")
    assert (cold <= COLD, warm <= WARM) == (True, True), (cold, warm)
    assert warm > 0


def test_a_roster_of_thirty_lines_is_light(world, page_as, roster):
    page = page_as(world.instructor)

    assert_light(page, roster)

    assert page.locator("tbody tr").count() == STUDENTS
    assert page.locator(".art img").count() == 2 * (STUDENTS - 1)


def test_the_badges_of_a_student_are_light(world, page_as, badges):
    for badge in badges:
        IssuedBadgeFactory.create(badge=badge, student=world.student)
    page = page_as(world.student)

    assert_light(page, reverse("achievements:mine"))

    assert page.locator(".badge-tile img").count() == len(badges)


def test_find_issued_badges_is_light(world, page_as, roster):
    page = page_as(world.administrator)

    assert_light(page, reverse("badges:issued"))

    assert page.locator("tbody .art img").count() >= 25
