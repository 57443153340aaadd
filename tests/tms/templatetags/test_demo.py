"""The demo's accounts on the sign-in page: of `make run` alone."""

import re
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone

from organizations.models import User
from tms.demo.people import PASSWORD, PERSONAS, add_people

pytestmark = pytest.mark.django_db
NAMES = [persona.username for persona in PERSONAS]
README = Path(__file__).parents[3] / "README.md"
of_the_demo = override_settings(DEMO_ACCOUNTS=True)


@pytest.fixture
def demo(db):
    add_people(timezone.now())


def page_of(client, **query: str) -> str:
    page: str = client.get("/sign-in/", query).content.decode()
    return page


@of_the_demo
def test_the_sign_in_page_names_each_account_and_the_password_once(demo, client):
    page = page_of(client)

    assert re.findall(r'<button name="username" value="(\w+)">', page) == NAMES
    assert [persona.words for persona in PERSONAS if str(persona.words) not in page] == []
    assert page.count(f'<code class="nowrap">{PASSWORD}</code>') == 1


@of_the_demo
@pytest.mark.parametrize("name", NAMES)
def test_a_press_signs_in_and_leads_to_the_page_that_was_asked_for(demo, client, name):
    [form] = re.findall(
        r"<form[^>]*>(?:(?!</form>).)*demo-accounts.*?</form>", page_of(client, next="/sessions/"), re.DOTALL
    )
    sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))

    answer = client.post(re.findall('action="([^"]*)"', form)[0], sent | {"username": name})

    assert (answer.status_code, answer["Location"]) == (302, "/sessions/")
    assert client.session["_auth_user_id"] == str(User.objects.get(username=name).pk)


@of_the_demo
def test_an_account_that_was_closed_is_not_offered(demo, client):
    User.objects.filter(username="stranger").update(is_active=False)

    assert "stranger" not in page_of(client)


@of_the_demo
def test_without_the_demo_there_is_nothing_to_press(client):
    assert PASSWORD not in page_of(client)


def test_no_other_run_shows_them_even_where_the_demo_is_loaded(demo, client, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = page_of(client)

    assert [words for words in (PASSWORD, "demo-accounts", *NAMES) if words in page] == []


def test_the_readme_names_the_same_accounts():
    words = README.read_text()

    assert re.findall(r"^\| `(\w+)` \| [a-z]", words, re.MULTILINE)[: len(NAMES)] == NAMES
    assert f"The password of all is `{PASSWORD}`." in words
