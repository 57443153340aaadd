"""What anybody can type into an address or a form: values that no page would send, in everything that a page reads."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory
from tests.submitting import Form, forms_of
from tests.test_forged_ids import filled, presses, trees  # noqa: F401 - a fixture
from tests.test_permissions import addresses, lines  # noqa: F401 - a fixture
from tests.test_tenancy import product_addresses

HOSTILE = {
    "nothing": "",
    "a NUL": "\0",
    "half a character": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe",
    "an open bracket": "[",
    "a huge number": "1" + "0" * 30,
    "beyond bigint": "9223372036854775808",
    "below zero": "-1",
    "no number": "1e400",
    "other digits": "٣",
    "a year too far": "99999-12-31",
    "no day": "2026-02-31T25:61",
    "an address that is none": "http://[::1",
    "a list": "1,2,,x",
    "a marker": "%s%(x)s{0}",
}
NAMES: set[str] = set()
# Enough for every page: each costs a request for each.
TELLING = ["a NUL", "half a character", "an open bracket", "a huge number", "below zero", "a year too far", "a list"]
FAULT = 500


class Listening(QueryDict):
    """The parameters of a request; what a page asks for is kept in `NAMES`."""

    def __getitem__(self, key):
        NAMES.add(key)
        return super().__getitem__(key)

    def getlist(self, key, default=None):
        NAMES.add(key)
        return super().getlist(key, default)

    def __contains__(self, key):
        NAMES.add(key)
        return super().__contains__(key)


def listen(get_response):
    """A middleware."""

    def answer(request):
        request.GET = Listening(request.META["QUERY_STRING"], encoding=request.encoding)
        return get_response(request)

    return answer


@pytest.fixture
def names_of(settings):
    """The parameters that the page at an address reads."""
    settings.MIDDLEWARE = ["tests.test_hostile_values.listen", *settings.MIDDLEWARE]

    def ask(client: Client, address: str) -> set[str]:
        NAMES.clear()
        client.get(address)
        return {name for name in NAMES if name.isprintable() and name}

    return ask


def failures(client: Client, address: str, names: set[str], alone: set[str]) -> list[tuple[str, str, int]]:
    """What the page cannot bear: each value in all parameters at once, and in some `alone` what most stumble over."""
    asked = [(words, dict.fromkeys(names, HOSTILE[words])) for words in TELLING if names]
    asked += [(f"a NUL in {name}", {name: "\0"}) for name in sorted(alone)]
    statuses = [(address, words, client.get(f"{address}?{urlencode(query)}").status_code) for words, query in asked]
    return [each for each in statuses if each[2] == FAULT]


PAGES = sorted({name for name, method, answers in lines() if method == "GET" and answers["administrator"] != "405"})


@pytest.mark.parametrize("some", [list(some) for some in itertools.batched(PAGES, 10, strict=False)], ids=itemgetter(0))
def test_no_value_of_a_parameter_breaks_a_page(addresses, world, signed_in, names_of, subtests, some):  # noqa: F811 - the fixture
    client = signed_in(world.administrator)
    client.raise_request_exception = False
    met: set[str] = set()  # what several pages read is read by what they share

    for name in some:
        with subtests.test(name):
            address = addresses(name)

            names = names_of(client, address)

            assert failures(client, address, names, names - met) == []
            met |= names


LOOKUPS = ["q=%00", "name__regex=[", "id__range=1", "id__exact=1" + "0" * 30, "created_at__year=99999"]
PARAMETERS = [
    "created_at__gte=x",
    "p=1" + "0" * 30,
    "p=-1",
    "o=1.-2.x",
    "_to_field=%00",
    "organization__id__exact=%00",
    "_changelist_filters=%00",
    "nothing=%00",
    "e=1&q=[",
]


@pytest.mark.django_db(transaction=True)  # what the database refuses ends the transaction that a test is
@pytest.mark.parametrize("persona", ["administrator", "superuser"])
def test_no_lookup_breaks_a_list_of_the_administration(world, signed_in, persona):
    """Whatever its page offers; a superuser may look for most."""
    user = UserFactory.create(is_superuser=True, is_staff=True) if persona == "superuser" else world.administrator
    client = signed_in(user)
    client.raise_request_exception = False
    lists = [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]
    asked = [(name, query) for name in lists for query in LOOKUPS]
    asked += [("admin:organizations_user_changelist", query) for query in PARAMETERS]

    broken = [(name, query) for name, query in asked if client.get(f"{reverse(name)}?{query}").status_code >= 500]

    assert broken == []


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_value_breaks_what_the_administration_offers_to_choose(world, signed_in, name):
    client = signed_in(world.administrator)
    client.raise_request_exception = False
    known = {"app_label": "classes", "model_name": "enrollment", "field_name": "student"}

    for parameter in ("term", "page", *known):
        query = urlencode({**known, parameter: HOSTILE[name]})
        assert client.get(f"/admin/autocomplete/?{query}").status_code < 500


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_value_breaks_a_form_of_every_page(world, signed_in, client, name):
    value = HOSTILE[name]
    signed = signed_in(world.administrator)
    for each in (client, signed):
        each.raise_request_exception = False

    assert client.post("/sign-in/", {"username": value, "password": value, "next": value}).status_code < 500
    assert client.post("/password/forgotten/", {"username": value}).status_code < 500
    assert signed.post("/password/", {"old_password": value}).status_code < 500
    for next_page in (value, f"//{name}", f"/badges/?x={name}"):
        form = {"next": next_page, "per_page": value, "columns": [value, value]}
        assert signed.post("/lists/columns/", form).status_code < 500


TYPED: dict[str, Any] = {
    name: HOSTILE[name] for name in ("a NUL", "half a character", "an open bracket", "a huge number")
} | {"very long": "W" * 20_000}
WORDY = {"text", "textarea", "url", "email", "password"}
ENDING = {"/sign-out/", "/admin/logout/"}


@dataclass
class Typing:
    """Types into forms what no page would send; each form is sent as if it were the first."""

    client: Client
    broken: dict[tuple[str, str, str], int] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    met: set[tuple[str, str]] = field(default_factory=set)

    def type_into(self, form: Form) -> None:
        """All of its fields at once, wherever its buttons lead."""
        if all((form.address.split("/")[1], name) in self.met for name in form.fields):
            return
        buttons = dict(presses(form))
        for address in buttons.keys() - self.sent:
            for words, value in TYPED.items():
                self._send(address, "all", words, {name: [value] for name in form.fields})
        self.sent |= buttons.keys()
        address = form.address if form.address in buttons else next(iter(buttons))
        self._alone(form, address, buttons[address])

    def _alone(self, form: Form, address: str, pressed: Mapping[str, list[str]]) -> None:
        """Each field beside what is in order, which goes further: once in each part of the site."""
        in_order: dict[str, list[Any]] = {**filled(form), **pressed}
        part = address.split("/")[1]
        for typed in form.fields.values():
            if (part, typed.name) not in self.met:
                self.met.add((part, typed.name))
                for words in ("a NUL", "very long" if typed.kind in WORDY else "a huge number"):
                    self._send(address, typed.name, words, in_order | {typed.name: [TYPED[words]]})

    def _send(self, address: str, name: str, words: str, data: Mapping[str, Any]) -> None:
        cookies = SimpleCookie(self.client.cookies.output(header="", sep=";"))
        with transaction.atomic():
            sent = urlencode(data, doseq=True)
            answer = self.client.post(address, sent, content_type="application/x-www-form-urlencoded")
            transaction.set_rollback(True)
        self.client.cookies = cookies
        if answer.status_code >= FAULT:
            self.broken[address, name, words] = answer.status_code


MET = {
    "administrator": {"name", "conditions", "organization", "achievement", "students"},
    "instructor": {"badge", "badges", "students", "key"},
    "student": {"old_password", "next"},
    "nobody": {"username", "password", "next"},
}


@pytest.mark.long
@pytest.mark.parametrize("persona", MET)
def test_no_value_breaks_a_form_that_is_shown(trees, signed_in, persona):  # noqa: F811 - the fixture
    client = signed_in(trees.own.personas[persona]) if persona != "nobody" else Client()
    client.raise_request_exception = False
    typing = Typing(client)

    for _name, page in product_addresses(trees.own):
        shown = client.get(page)
        if shown.status_code == 200 and "html" in shown["Content-Type"]:
            for form in forms_of(shown.content.decode(), page):
                if form.address not in ENDING:
                    typing.type_into(form)

    assert typing.broken == {}
    assert {name for _part, name in typing.met} >= MET[persona]
