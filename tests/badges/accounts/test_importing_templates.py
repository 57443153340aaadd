import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from PIL import Image

from badges.models import Badge, BadgeProvider
from tests.credly.running import Credly
from tests.factories import (
    BadgeFactory,
    BadgeTemplateFactory,
    UserFactory,
)


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella, who manages the academy."""
    return signed_in(world.administrator)


@pytest.fixture
def provider(world, credly: Credly) -> BadgeProvider:
    return credly.provider(organization=world.academy, name="IPC-Credly")


def url(page: str, row: BadgeProvider) -> str:
    return reverse(f"badges:{page}", args=[row.pk])


def messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def imported(client, template, **options):
    return client.post(reverse("badges:provider_import", args=[template.provider_id, template.pk]), **options)


def test_importing_a_template_makes_a_badge(client, world, credly, provider):
    credly.template("Welding", description="Joins metal.")
    client.post(url("provider_refresh", provider))
    template = provider.templates.get()

    response = imported(client, template)

    badge = Badge.objects.get()
    assert response["Location"] == reverse("badges:profile", args=[badge.pk])
    assert (badge.name, badge.description, badge.organization) == ("Welding", "Joins metal.", world.academy)
    assert (badge.provider, badge.provider_template_id) == (provider, template.external_id)
    assert badge.manual_issuance is False


@pytest.fixture
def pictures(settings) -> Iterator[str]:
    """A host on this machine that shows a picture at /badge.png, words at /words.png, and nothing elsewhere."""

    class Pictures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown = {"/badge.png": picture(), "/words.png": b"<script>alert(1)</script>"}
            self.send_response(200 if self.path in shown else 404)
            self.end_headers()
            self.wfile.write(shown.get(self.path, b""))

        def log_message(self, *_arguments: object) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        settings.PROVIDER_TEST_HOSTS = [*settings.PROVIDER_TEST_HOSTS, host]
        yield f"http://{host}"
        server.shutdown()


def picture() -> bytes:
    """Larger than badge art is kept, and no PNG."""
    file = io.BytesIO()
    Image.new("RGB", (1500, 1000), "red").save(file, format="JPEG")
    return file.getvalue()


def test_the_picture_comes_along_and_is_written_anew(client, provider, pictures):
    template = BadgeTemplateFactory.create(provider=provider, image_url=f"{pictures}/badge.png")

    page = imported(client, template, follow=True)

    assert messages(page) == [f"{template.name} was created."]
    with Image.open(Badge.objects.get().image) as stored:
        assert (stored.format, stored.width) == ("PNG", 1024)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://127.0.0.1/badge.png", "127.0.0.1 is not a public address."),
        ("http://169.254.169.254/latest/meta-data/", "The address must begin with https://."),
        ("SITE/nowhere.png", "The picture could not be read (404)."),
        ("SITE/words.png", "Upload a PNG, JPEG"),
    ],
)
def test_a_picture_that_may_not_or_cannot_be_fetched_is_left_out(client, provider, pictures, address, why):
    template = BadgeTemplateFactory.create(provider=provider, image_url=address.replace("SITE", pictures))

    page = imported(client, template, follow=True)

    created, warning = messages(page)
    assert created == f"{template.name} was created."
    assert warning.startswith(f"Its picture could not be imported: {why}")
    assert not Badge.objects.get().image


def test_importing_twice_makes_one_badge(client, provider):
    template = BadgeTemplateFactory.create(provider=provider, name="Welding")
    imported(client, template)

    page = imported(client, template, follow=True)

    assert (messages(page)[-1], Badge.objects.count()) == ("Welding was already created from this template.", 1)


def test_a_name_that_is_taken_is_told(client, world, provider):
    BadgeFactory.create(name="Welding", organization=world.academy)
    template = BadgeTemplateFactory.create(provider=provider, name="Welding")

    page = imported(client, template, follow=True)

    assert Badge.objects.count() == 1
    assert messages(page) == [
        "Academy has a badge named Welding already. Rename it, or give it this template's id.",
    ]


def test_importing_needs_the_permission_to_add_badges(world, provider, signed_in):
    person = UserFactory.create(organization=world.academy, manages=[world.academy])
    names = ["view_badgeprovider", "change_badgeprovider"]
    person.user_permissions.add(*Permission.objects.filter(codename__in=names))
    template = BadgeTemplateFactory.create(provider=provider)

    assert imported(signed_in(person), template).status_code == 403


def test_a_template_of_another_provider_is_not_found(client, world, provider):
    foreign = BadgeTemplateFactory.create()

    response = client.post(reverse("badges:provider_import", args=[provider.pk, foreign.pk]))

    assert (response.status_code, Badge.objects.count()) == (404, 0)
