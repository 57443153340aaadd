"""Every refusal is a page in the frame, in the reader's language, with a way on."""

import re

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from operation.busy import busy_answer
from tests.test_permissions import PUBLIC, addresses, lines  # noqa: F401 - a fixture
from tms.errors import page_above
from tms.views import server_error

SENT_TO = sorted({name for name, method, answers in lines() if method == "GET" and set(answers.values()) == {"405"}})
WAY_ON = re.compile(r'<a class="button primary" href="([^"]+)">')


def way_on(answer):
    """Where the page's button leads."""
    found = WAY_ON.search(answer.text)
    assert found, answer.text
    return found[1]


def test_many_addresses_only_take_what_a_form_sends():
    assert len(SENT_TO) > 15


def test_an_address_for_forms_alone_leads_to_the_page_of_its_object(addresses, world, signed_in):  # noqa: F811 - the fixture
    client = signed_in(world.administrator)

    asked = {name: client.get(addresses(name)) for name in SENT_TO}
    ways = {name: way_on(answer) for name, answer in asked.items()}
    reached = {name: client.get(way).status_code for name, way in ways.items()}

    assert {(answer.status_code, answer["Allow"][:4]) for answer in asked.values()} == {(405, "POST")}
    assert reached == dict.fromkeys(SENT_TO, 200)
    assert ways["achievements:copy"] == addresses("achievements:details")
    assert ways["badges:sharing"] == addresses("badges:badge_page")
    assert ways["courses:add_to_path"] == addresses("courses:path_courses")
    assert ways["badges:provider_import"] == addresses("badges:provider_templates")
    assert ways["choose_language"] == "/"


def test_somebody_signed_out_signs_in_first_where_a_page_takes_that(addresses, client):  # noqa: F811 - the fixture
    answers = {name: client.get(addresses(name)) for name in SENT_TO}

    assert {name for name, answer in answers.items() if answer.status_code == 405} == set(SENT_TO) & PUBLIC
    assert {answer.headers.get("Location", "")[:15] for answer in answers.values()} == {"", "/sign-in/?next="}


def test_signing_out_of_the_administration_by_address_leads_back(world, signed_in):
    answer = signed_in(world.administrator).get("/admin/logout/")

    assert (answer.status_code, way_on(answer)) == (405, "/admin/")


def test_a_form_sent_to_a_page_that_takes_none_leads_to_that_page(world, signed_in):
    answer = signed_in(world.administrator).post("/classes/")

    assert (answer.status_code, way_on(answer)) == (405, "/classes/")
    assert "This page takes no form, so what you sent was not used." in answer.text


def test_a_dialog_gets_the_status_alone(world, signed_in):
    answer = signed_in(world.administrator).get(reverse("achievements:run_sweep"), headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (405, b"")


@pytest.mark.parametrize(
    ("path", "above"),
    [("/", "/"), ("/nowhere/at/all/", "/"), ("/classes/1/roster/x/", "/classes/1/roster/"), ("/metrics", "/")],
)
def test_the_page_above(path, above):
    assert page_above(path) == above


HEADS = {
    400: "Bad request",
    403: "You do not have access",
    404: "Page not found",
    405: "Nothing was done",
    429: "Too many requests",
    "csrf": "This form has expired",
}


def refused(person, what, sign_in):
    """An answer of this kind, as the person gets it from a page."""
    client = sign_in(person)
    if what == "csrf":
        client.handler.enforce_csrf_checks = True
    ask = {
        400: lambda: client.post("/language/", {"language": "fr"}),
        403: lambda: client.get("/badges/"),
        404: lambda: client.get("/nowhere/"),
        405: lambda: client.get("/sweeps/run/"),
        429: lambda: client.post("/language/", headers={"Accept": "text/html"}),
        "csrf": lambda: client.post("/sessions/"),
    }
    return ask[what]()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("what", HEADS)
def test_a_refusal_is_a_page_with_the_menu_in_the_language_of_the_person(world, signed_in, settings, what, language):
    settings.PUBLIC_REQUESTS_PER_MINUTE = 0 if what == 429 else 100
    world.student.language = language
    world.student.save()

    page = refused(world.student, what, signed_in)

    with translation.override(language):
        assert f"<h1>{gettext(HEADS[what])}</h1>" in page.text
    assert page.status_code == (403 if what == "csrf" else what)
    assert f'<html lang="{language}">' in page.text
    assert ('id="menu"' in page.text, reverse("achievements:mine") in page.text) == (True, True)
    assert way_on(page)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("answer_of", "head"), [(server_error, "Something went wrong"), (busy_answer, "Busy just now")]
)
def test_what_must_do_without_the_database_speaks_the_language_and_leads_home(rf, language, answer_of, head):
    with translation.override(language):
        page = answer_of(rf.get("/classes/"))

        assert f"<h1>{gettext(head)}</h1>" in page.text
    assert f'<html lang="{language}">' in page.text
    assert way_on(page) == "/"


def test_a_visitor_is_not_sent_to_a_menu(client, db):
    page = client.get("/nowhere/")

    assert (page.status_code, 'id="menu"' in page.text, "in the menu" in page.text) == (404, False, False)
