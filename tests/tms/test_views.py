"""The pages that belong to no app, as they are asked for."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.badges.shown import png

pytestmark = pytest.mark.django_db


def test_alive_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get("/health/alive/")

    assert (answer.status_code, answer.json()) == (200, {"web": "ok"})


def test_an_uploaded_picture_is_for_everybody(client, db):
    name = default_storage.save("badges/0f3a.png", ContentFile(b"png"))

    answer = client.get(default_storage.url(name))

    assert (b"".join(answer.streaming_content), answer["Content-Type"]) == (b"png", "image/png")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("folder", ["badges", "paths"])
def test_a_thumbnail_is_made_for_whoever_loads_it_first(client, db, django_assert_num_queries, folder):
    default_storage.save(f"{folder}/5eal.png", ContentFile(png(400, 400)))
    address = f"/media/{folder}/5eal-png-56.webp"

    with django_assert_num_queries(0):
        first, second = (b"".join(client.get(address).streaming_content) for _ in range(2))
        answer = client.get(address)

    assert (first[:4], first[8:12], first == second) == (b"RIFF", b"WEBP", True)
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_picture_that_has_no_thumbnail_stands_in_for_it(client, db):
    default_storage.save("badges/bad.png", ContentFile(b"png"))

    answer = client.get("/media/badges/bad-png-56.webp")

    assert (answer.status_code, answer.headers.get("Location")) == (302, "/media/badges/bad.png")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "badges/nowhere-png-56.webp",
        "badges/nowhere-svg-56.webp",
        "other/a-png-56.webp",
        "badges/none.png",
        "badges/../../manage.py",
        "badges/..png",
        "other/a.png",
        "badges/",
        "badges/a.gif",
        "badges/a.html",
    ],
)
def test_nothing_else_is_handed_out(client, db, path):
    assert client.get(f"/media/{path}").status_code == 404


TOKEN = "a-token-of-the-tests"


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"HTTP_X_FORWARDED_FOR": "192.0.2.1"}, 404),
        ({"REMOTE_ADDR": "192.0.2.1"}, 404),
        ({"REMOTE_ADDR": "192.0.2.1", "HTTP_AUTHORIZATION": "Bearer wrong"}, 404),
        ({"REMOTE_ADDR": "192.0.2.1", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
        ({"HTTP_X_FORWARDED_FOR": "192.0.2.1", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_who_may_read_them(client, settings, how, status):
    settings.METRICS_TOKEN = TOKEN

    assert client.get("/metrics", **how).status_code == status


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer"])
def test_without_a_token_of_our_own_none_is_right(client, header):
    answer = client.get("/metrics", REMOTE_ADDR="192.0.2.1", HTTP_AUTHORIZATION=header)

    assert answer.status_code == 404
