"""The switch of language: for a visitor, for a person, and for a browser that asks for one."""

import pytest
from django.test import Client
from django.urls import reverse

GERMAN = "Anmelden"


def spoken(response) -> str:
    """The language that a page says it is written in."""
    return str(response.content.decode()).partition('<html lang="')[2].partition('"')[0]


def choose(client: Client, language: str, address: str = "/"):
    return client.post(reverse("choose_language"), {"language": language, "next": address})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepts", "language"),
    [("de-CH,de;q=0.9,en;q=0.5", "de"), ("fr,de;q=0.5", "de"), ("fr", "en"), ("", "en"), (";;q=x,%00", "en")],
)
def test_a_visitor_reads_what_the_browser_asks_for(client, accepts, language):
    response = client.get("/sign-in/", headers={"Accept-Language": accepts})

    assert (spoken(response), response["Content-Language"]) == (language, language)
    assert (GERMAN in response.content.decode()) == (language == "de")
    assert "Accept-Language" in response["Vary"]


@pytest.mark.django_db
def test_a_visitor_who_chooses_keeps_the_language(client):
    response = choose(client, "de", "/sign-in/?next=/classes/")

    assert response["Location"] == "/sign-in/?next=/classes/"
    assert spoken(client.get("/sign-in/", headers={"Accept-Language": "en"})) == "de"


def test_a_person_keeps_the_language_on_every_browser(world, signed_in):
    choose(signed_in(world.student), "de")

    world.student.refresh_from_db()
    assert world.student.language == "de"
    elsewhere = signed_in(world.student).get("/", headers={"Accept-Language": "en"})
    assert (spoken(elsewhere), elsewhere["Content-Language"]) == ("de", "de")


def test_the_next_request_is_not_answered_in_the_language_of_the_last(world, signed_in, client):
    choose(signed_in(world.student), "de")
    signed_in(world.student).get("/")

    assert spoken(client.get("/sign-in/")) == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["", "fr", "../../etc", "\0", "x" * 5000])
def test_a_language_that_is_none_is_refused_in_words(client, language):
    response = choose(client, language)

    assert response.status_code == 400
    assert "<p>This language is not available.</p>" in response.text


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ["fr", "%00", "x" * 4000, "de; drop"])
def test_a_language_cookie_that_is_none_is_passed_over(client, settings, cookie):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie

    assert spoken(client.get("/sign-in/")) == "en"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", "100000", "nowhere", "home"]
)
def test_the_way_back_is_a_page_of_ours(client, address):
    assert choose(client, "de", address)["Location"] == "/"


def test_dates_and_numbers_are_written_as_the_language_writes_them(world, signed_in):
    choose(signed_in(world.instructor), "de")

    page = signed_in(world.instructor).get(reverse("classes:list")).content.decode()

    starts = world.klass.starts_at
    assert f">{starts.day}. " in page
