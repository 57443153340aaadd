import io
import json

import pytest
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from badges.models import Credential, IssuedBadge
from badges.openbadges import credentials, keys
from tests.badges.openbadges import unbaking
from tests.factories import PAST, BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db

UNKNOWN = "6e0a4bb4-52a0-4a7c-9d6a-0a8b7c6d5e4f"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'
NO_CACHE, SHORT, MINUTE, HOUR = "no-cache", "max-age=30, public", "max-age=60, public", "max-age=3600, public"


@pytest.fixture
def credential() -> Credential:
    return credentials.sign(IssuedBadgeFactory.create())


def address(name: str, credential: Credential) -> str:
    issued = credential.issued_badge
    provider = str(issued.provider.public_id)
    arguments: dict[str, list[object]] = {
        "achievement": [issued.badge.public_id],
        "issuer": [provider],
        "did": [provider],
        "key": [provider, keys.in_use(issued.provider).rsa.pk],
        "status_list": [provider, 1],
    }
    return reverse(f"badges:{name}", args=arguments.get(name, [issued.public_id]))


KINDS = [
    ("credential", "application/vc+ld+json", NO_CACHE),
    ("token", "text/plain; charset=utf-8", NO_CACHE),
    ("baked_png", "image/png", NO_CACHE),
    ("baked_svg", "image/svg+xml", NO_CACHE),
    ("achievement", "application/ld+json", HOUR),
    ("issuer", "application/ld+json", HOUR),
    ("did", "application/did+ld+json", MINUTE),
    ("key", "application/jwk+json", HOUR),
    ("status_list", "application/vc+ld+json", SHORT),
]


@pytest.mark.parametrize(("name", "kind", "kept"), KINDS)
def test_a_document_is_for_everybody_and_every_site(client, credential, name, kind, kept):
    answer = client.get(address(name, credential))

    assert (answer.status_code, answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == (200, kind, "*")
    assert ", ".join(sorted(answer["Cache-Control"].split(", "))) == kept


@pytest.mark.parametrize("name", [name for name, _kind, _kept in KINDS])
def test_a_document_only_answers(client, credential, name):
    assert client.post(address(name, credential)).status_code == 405


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("credential", [UNKNOWN]), ("token", [UNKNOWN]), ("baked_png", [UNKNOWN]), ("baked_svg", [UNKNOWN]),
        ("achievement", [UNKNOWN]), ("issuer", [UNKNOWN]), ("did", [UNKNOWN]), ("key", [UNKNOWN, 1]),
        ("status_list", [UNKNOWN, 1]),
    ],
)  # fmt: skip
def test_what_is_unknown_is_not_there(client, name, arguments):
    assert client.get(reverse(f"badges:{name}", args=arguments)).status_code == 404


@pytest.mark.parametrize("name", ["credential", "token", "baked_png", "baked_svg"])
def test_what_is_not_signed_yet_is_not_there(client, name):
    issued = IssuedBadgeFactory.create()

    assert client.get(reverse(f"badges:{name}", args=[issued.public_id])).status_code == 404


def test_a_badge_that_nobody_was_given_is_not_public(client):
    badge = BadgeFactory.create()

    assert client.get(reverse("badges:achievement", args=[badge.public_id])).status_code == 404


def test_an_account_outside_has_no_documents_here(client):
    provider = BadgeProviderFactory.create(
        kind="credly", provider_organization_id="x", api_url="https://api.example.test/v1"
    )

    assert client.get(reverse("badges:did", args=[provider.public_id])).status_code == 404


def test_the_keys_of_proofs_stand_in_the_did_document_alone(client, credential):
    provider = credential.issued_badge.provider
    key = keys.in_use(provider).ed25519

    assert client.get(reverse("badges:key", args=[provider.public_id, key.pk])).status_code == 404


@pytest.mark.parametrize("name", ["credential", "token", "baked_png", "baked_svg"])
def test_a_revoked_badge_is_served_still(client, credential, name):
    IssuedBadge.objects.update(status="revoked", revoked_at=PAST)

    assert client.get(address(name, credential)).status_code == 200


def test_credential_and_token_are_handed_out_as_they_were_signed(client, credential):
    answers = [client.get(address(name, credential)).content.decode() for name in ("credential", "token")]

    assert answers == [credential.document, credential.token]


def test_a_badge_without_picture_is_baked_into_the_seal(client, credential):
    png, svg = (client.get(address(name, credential)).content for name in ("baked_png", "baked_svg"))

    assert unbaking.read_png(png) == unbaking.read_svg(svg) == credential.document


def test_an_svg_is_baked_into_itself_and_may_do_nothing(client):
    image = default_storage.save("badges/drawn.svg", ContentFile(DRAWING))
    credential = credentials.sign(IssuedBadgeFactory.create(badge__image=image))

    png, svg = (client.get(address(name, credential)) for name in ("baked_png", "baked_svg"))

    assert b"<circle" in svg.content
    assert unbaking.read_png(png.content) == unbaking.read_svg(svg.content) == credential.document
    assert svg["Content-Security-Policy"] == "default-src 'none'; img-src data:; sandbox"
    with Image.open(io.BytesIO(png.content)) as picture:
        assert (picture.size, picture.convert("RGBA").getpixel((9, 9))) == ((512, 512), (0, 0, 0, 255))


def test_a_picture_that_is_gone_is_replaced_by_the_seal(client):
    credential = credentials.sign(IssuedBadgeFactory.create(badge__image="badges/gone.png"))

    assert unbaking.read_png(client.get(address("baked_png", credential)).content) == credential.document


def test_the_profile_is_the_one_in_the_credentials(client, credential):
    profile = json.loads(client.get(address("issuer", credential)).content)

    del profile["@context"]
    assert profile == json.loads(credential.document)["issuer"]


def test_a_status_list_that_cannot_be_signed_says_so(client, credential, settings):
    cache.clear()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    answer = client.get(address("status_list", credential))

    assert (answer.status_code, answer["Cache-Control"], answer["Retry-After"]) == (503, "no-cache", "3600")


@pytest.mark.parametrize(
    ("name", "queries"), [("credential", 3), ("token", 3), ("baked_png", 2), ("key", 2), ("did", 3)]
)
def test_a_document_costs_few_queries(client, credential, django_assert_num_queries, name, queries):
    url = address(name, credential)

    with django_assert_num_queries(queries):
        client.get(url)
