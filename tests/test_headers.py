"""What every answer carries, whoever asks for whatever."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, override_settings

POLICY = {
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
}
PATHS = [
    "/",
    "/sign-in/",
    "/password/",
    "/password/forgotten/",
    "/password/set/MQ/x/",
    "/health/alive/",
    "/nowhere/",
    "/admin/",
]

pytestmark = pytest.mark.django_db


def policy_of(response):
    return {part.strip() for part in response["Content-Security-Policy"].split(";")}


@pytest.fixture(params=["visitor", "administrator"])
def asking(request, world, signed_in):
    return Client() if request.param == "visitor" else signed_in(world.administrator)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_forbids_what_it_does_not_need(asking, path):
    response = asking.get(path)

    assert policy_of(response) >= POLICY
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(response["Permissions-Policy"].split(", "))
    assert "web-share" not in response["Permissions-Policy"], (
        "Chromium warns on each page where the system cannot share"
    )


@pytest.mark.parametrize(
    ("path", "is_told"),
    [
        ("/static/css/tokens.css", False),
        ("/static/js/dialog.js", False),
        ("/static/img/seal.png", False),
        ("/media/badges/f00d.png", False),
        ("/static/img/favicon.svg", True),
        ("/media/badges/f00d.svg", True),
    ],
)
def test_what_can_do_nothing_is_not_told_what_it_may_not_do(client, path, is_told):
    if path.startswith("/media/"):
        default_storage.save(path.removeprefix("/media/"), ContentFile(b"content"))

    response = client.get(path)

    assert (response.status_code, "Permissions-Policy" in response) == (200, is_told)
    b"".join(response.streaming_content)
    response.close()


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_kept_by_a_cache(asking, path):
    assert "no-store" in asking.get(path)["Cache-Control"]


def test_scripts_are_let_in_by_a_nonce_that_changes(world, signed_in):
    client = signed_in(world.student)

    first, second = (client.get("/") for _ in range(2))

    nonces = [next(part for part in policy_of(page) if part.startswith("script-src")) for page in (first, second)]
    assert nonces[0] != nonces[1]
    for page, nonce in zip((first, second), nonces, strict=True):
        assert nonce.partition("'nonce-")[2].removesuffix("'") in page.content.decode()


def test_cookies_are_kept_from_scripts_and_from_other_sites(world):
    response = Client().post(
        "/sign-in/", {"username": world.student.username, "password": "correct horse battery staple"}
    )

    cookie = response.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_form_without_its_token_is_refused_in_words(world, method):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.student, backend="organizations.sign_in.authentication.NameOrEmailBackend")

    response = getattr(client, method)("/password/")

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("/nowhere/", 404, "Page not found"), ("/admin/login/", 403, "You do not have access")],
)
def test_a_page_one_cannot_have_says_what_to_do(world, signed_in, path, status, words):
    response = signed_in(world.student).get(path)

    assert response.status_code == status
    assert words in response.content.decode()


def test_an_unknown_host_is_refused(db):
    response = Client().get("/sign-in/", headers={"Host": "evil.test"})

    assert response.status_code == 400
    assert "Bad request" in response.content.decode()


@pytest.mark.urls("tests.gallery")
def test_a_fault_shows_no_detail(world, signed_in):
    client = signed_in(world.student)
    client.raise_request_exception = False

    response = client.get("/gallery/failing/", {"status": "not a number"})

    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()
    assert "Traceback" not in response.content.decode()


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=31536000, SECURE_REDIRECT_EXEMPT=[r"^health/"])
def test_in_production_pages_are_https_and_health_may_be_asked_without():
    client = Client()

    assert client.get("/sign-in/").status_code == 301
    assert client.get("/health/alive/").status_code == 200
    assert client.get("/sign-in/", secure=True)["Strict-Transport-Security"] == "max-age=31536000"
