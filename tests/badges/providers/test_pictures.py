"""Pictures at addresses that a provider names."""

from badges.providers.base import NotSent, Uncertain
from badges.providers.http import fetch_image
from tests.badges.providers.conftest import Server, answer, nobody_waits, replies


def test_a_picture_is_fetched_without_a_token(serve):
    server: Server = serve(replies(answer(b"\x89PNG")))

    assert fetch_image(server.url, nobody_waits) == b"\x89PNG"
    assert b"authorization" not in server.seen[0].lower()


def test_a_picture_on_a_private_address_is_not_fetched(client):
    found = fetch_image("https://images.example/badge.png", nobody_waits, resolve=lambda *_: ["10.0.0.1"])

    assert found == NotSent("images.example is not a public address.")


def test_a_picture_that_is_not_there_is_none(serve):
    server = serve(replies(answer(b"<h1>Gone</h1>", status="404 Not FoundBadges")))

    assert fetch_image(server.url, nobody_waits) == Uncertain("The picture could not be read (404).")


def test_a_picture_that_is_too_large_is_none(serve, settings):
    settings.PROVIDER_MAX_ANSWER = 1024
    server = serve(replies(answer(bytes(2048))))

    assert fetch_image(server.url, nobody_waits) == Uncertain("The answer of 127.0.0.1 is too large.")
