"""One customer never hears of another: a second tree of canaries, and everybody of the first at every address."""

import io
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.db import models, transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from achievements.sweep.sweeper import award_everybody
from badges.delivery.letters import write_due
from badges.delivery.rounds import deliver_now
from badges.models import BadgeLetter, IssuedBadge
from classes.models import Enrollment
from courses.models import CourseAssignment
from listing.lists import Listing
from listing.naming import NAMED, RowField
from listing.narrowing import ChosenRowsField
from listing.workbooks import XLSX_TYPE
from organizations.models import User
from tests.addresses import address_of, admin_names, url_names
from tests.factories import BadgeFactory, IssuedBadgeFactory
from tests.standing import stand
from tests.tenants import PERSONAS, Tree, enroll_outsider, plant
from tests.test_permissions import PUBLIC
from tests.writing import listening

pytestmark = pytest.mark.long

HTMX = {"HX-Request": "true"}
APPS = {"operation", "organizations", "listing", "badges", "courses", "classes", "achievements"}
# The log of sweeps is of the whole installation, and names nobody of other trees.
SHARED = ("achievements:sweep", "achievements:freshness", "admin:achievements_sweep_", "admin:operation_sweephint")
# Rows of these pages are no customer's.
OF_SUPERUSERS = {"auth_group", "axes_accessattempt", "axes_accesslog", "axes_accessfailurelog"}
# They lead somewhere else, or are asked by scripts with arguments of their own (see test_no_autocomplete_…).
ELSEWHERE = {"admin:login", "admin:logout", "admin:autocomplete", "admin:view_on_site"}


@dataclass
class Trees:
    """Who asks (`own`), and of whom nothing may be heard (`other`)."""

    own: Tree
    other: Tree
    # What may be heard of the other tree all the same, where the two have met.
    allowed: list[str] = field(default_factory=list)

    def leaks(self, text: str) -> list[str]:
        """The canaries in the text, each with what stands around it."""
        for phrase in sorted(self.allowed, key=len, reverse=True):
            text = text.replace(phrase, "")
        found = []
        for canary in (self.other.word, self.other.people):
            start = text.casefold().find(canary.casefold())
            if start >= 0:
                found.append(text[max(0, start - 80) : start + 60])
        return found


def plant_two() -> tuple[Tree, Tree]:
    return plant("Quokkaland", "Numbatson"), plant("Wombatland", "Echidnason")


@pytest.fixture(params=["first", "second"])
def trees(request, db) -> Trees:
    one, two = stand(plant_two)
    return Trees(one, two) if request.param == "first" else Trees(two, one)


def told(response: HttpResponseBase) -> str:
    """Everything that an answer says: its body, streamed or not, and its headers. Words are whole where they may break."""
    content = b"".join(response) if getattr(response, "streaming", False) else response.content  # type: ignore[attr-defined]
    if response["Content-Type"] == XLSX_TYPE:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"".join(parts.read(name) for name in parts.namelist())
    return f"{dict(response.items())} {content.decode(errors='replace')}".replace("<wbr>", "")


def product_addresses(tree: Tree) -> list[tuple[str, str]]:
    return [(name, address_of(name, tree.ids)) for name in sorted(set(url_names(get_resolver())))]


def admin_addresses(tree: Tree) -> Iterator[tuple[str, str]]:
    rows = {model._meta.label_lower.replace(".", "_"): row.pk for model, row in tree.rows.items()}
    for name in sorted(set(admin_names()) - ELSEWHERE):
        model, _, page = name.removeprefix("admin:").rpartition("_")
        if model in OF_SUPERUSERS and page in {"history", "delete", "change"}:
            continue
        ids: dict[str, Any] = {"app_label": "badges", "id": tree.student.pk}
        yield name, address_of(name, ids | ({"object_id": rows[model]} if model in rows else {}))


def of_tree(trees: Trees, tree: Tree) -> list[tuple[str, str]]:
    """Where to walk: of the other tree, nothing that is shown to the whole world."""
    found = [*product_addresses(tree), *admin_addresses(tree)]
    return found if tree is trees.own else [(name, url) for name, url in found if name not in PUBLIC]


def test_a_tree_has_a_row_of_every_model(db):
    tree = stand(plant, "Quokkaland", "Numbatson")

    of_the_product = [model for model in apps.get_models() if model._meta.app_label in APPS]
    # What leads to no other row belongs to nobody: counters and heartbeats of the installation.
    of_somebody = {model for model in of_the_product if any(field.is_relation for field in model._meta.fields)}

    assert {model.__name__ for model in of_somebody - tree.rows.keys()} == set()


@dataclass
class Walk:
    """All that a page's list can be asked, and where the other tree was heard of."""

    trees: Trees
    client: Client
    leaks: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=dict)

    def get(self, address: str, query: dict[str, Any], **options: Any) -> Any:
        with listening() as changed:
            response = self.client.get(address, query, **options)
        asked = urlencode(query, doseq=True)
        if changed:
            self.changes[f"{address}?{asked}"] = changed
        # A page repeats what it was asked: of what names the other tree, only that nothing is found is looked at.
        if not self.trees.leaks(asked) and (found := self.trees.leaks(told(response))):
            self.leaks[f"{address}?{asked}"] = found
        return response

    def post(self, address: str) -> None:
        """Nothing, as if it were the first time: what it does is undone, signing out as well."""
        cookies = SimpleCookie(self.client.cookies.output(header="", sep=";"))
        with transaction.atomic():
            if found := self.trees.leaks(told(self.client.post(address))):
                self.leaks[f"POST {address}"] = found
            transaction.set_rollback(True)
        self.client.cookies = cookies

    def every_column(self, address: str, listing: Listing[Any]) -> dict[str, Any]:
        """All columns, on the page and in the export; what to ask for them."""
        everything: dict[str, Any] = {listing.own("columns"): [column.name for column in listing.columns]}
        self.get(address, everything)
        self.get(address, everything | {listing.own("export"): "csv"})
        self.get(address, everything | {listing.own("export"): "xlsx"})
        return everything

    def list_at(self, address: str, listing: Listing[Any]) -> None:
        everything = self.every_column(address, listing)
        for column in listing.columns:
            if column.order_by:  # the export is in the page's order, and takes a third of the time
                ordered = {listing.own("export"): "csv", listing.own("sort"): f"-{column.name}"}
                self.get(address, everything | ordered)
        for word in self.searched() if listing.search_form else []:
            self.finds_nothing(address, everything | {listing.own("q"): word})
        for filter_ in listing.filters:
            for value in self.values_of(filter_.field):
                self.finds_nothing(address, everything | {filter_.field.html_name: value})
            for word in self.searched() if isinstance(filter_.field.field, RowField) else []:
                named = {f"{filter_.field.html_name}{NAMED}": word}
                self.finds_nothing(address, everything | named)
                suggested = self.get(address, named | {"suggest": filter_.field.html_name})
                assert (address, named, list(suggested.context["naming"].suggested)) == (address, named, [])

    def searched(self) -> list[str]:
        """What names, user names and addresses of the other tree have in them, each."""
        return [self.trees.other.word, self.trees.other.people]

    def finds_nothing(self, address: str, query: dict[str, Any]) -> None:
        listing = self.get(address, query).context["listing"]
        assert (address, query, listing.count) == (address, query, 0)

    def values_of(self, bound: Any) -> list[Any]:
        """What would find rows of the other tree: its words, the ids of its rows."""
        queryset = getattr(bound.field, "queryset", None)
        if queryset is not None:
            row = self.trees.other.rows.get(queryset.model)
            return [] if row is None else [row.pk if not isinstance(bound.field, ChosenRowsField) else [row.pk]]
        is_text = type(bound.field).__name__ == "CharField"
        return self.searched() if is_text else []


@pytest.mark.parametrize("trees", ["first"], indirect=True)
@pytest.mark.parametrize("persona", PERSONAS)
def test_who_was_there_first_hears_of_the_other_tree_at_no_address(trees, signed_in, persona):
    walk = Walk(trees, signed_in(trees.own.personas[persona]))

    for address in dict.fromkeys(
        address for tree in (trees.own, trees.other) for _name, address in of_tree(trees, tree)
    ):
        walk.get(address, {})

    assert (walk.leaks, walk.changes) == ({}, {})


def may_enter(person: User, name: str) -> bool:
    """The administration leads everybody else to its own signing in, which the test above sees."""
    return person.is_staff or not name.startswith("admin:")


# Both trees ask at every address; what follows asks more, as the one that was there later.
FROM_ONE_SIDE = pytest.mark.parametrize("trees", ["second"], indirect=True)


@FROM_ONE_SIDE
@pytest.mark.parametrize("persona", PERSONAS)
def test_nobody_hears_of_the_other_tree_at_any_address(trees, signed_in, caplog, persona):
    """However its list is asked, and whatever the page's own script asks for; and who looks changes nothing."""
    caplog.set_level(logging.INFO)
    person = trees.own.personas[persona]
    walk = Walk(trees, signed_in(person))
    own = {address: name for name, address in of_tree(trees, trees.own) if may_enter(person, name)}
    other = {address: name for name, address in of_tree(trees, trees.other) if may_enter(person, name)}
    other = {address: name for address, name in other.items() if address not in own}
    found, lists = set(), set()

    for address, name in own.items():
        response = walk.get(address, {})
        if response.status_code == 200 and not name.startswith("admin:"):
            walk.get(address, {}, headers=HTMX)
        if (getattr(response, "context", None) or {}).get("listing"):
            lists.add(name)
            walk.list_at(address, response.context["listing"])
    for address, name in other.items():
        if walk.get(address, {}).status_code == 200:
            found.add(name)
    for address in other | own:
        walk.post(address)

    assert (walk.leaks, walk.changes) == ({}, {})
    assert "classes:list" in lists
    assert {name for name in found if not name.startswith(SHARED)} == set()
    records = [record.getMessage() for record in caplog.records if record.name != "django.request"]
    assert trees.leaks("\n".join(records)) == []


@FROM_ONE_SIDE
def test_no_list_of_the_administration_finds_the_other_tree(trees, signed_in):
    walk = Walk(trees, signed_in(trees.own.administrator))

    for model, page in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        if model._meta.app_label not in APPS or (response := walk.client.get(address)).status_code == 403:
            continue
        shown = response.context["cl"]
        for column in range(len(shown.list_display)):
            walk.get(address, {"o": f"{column}.-{column}"})
        for spec in shown.filter_specs:
            for choice in spec.choices(shown):
                walk.get(f"{address}{choice['query_string']}", {})
        for word in walk.searched() if page.search_fields else []:
            assert walk.get(address, {"q": word}).context["cl"].result_count == 0

    assert walk.leaks == {}


def test_no_autocomplete_finds_the_other_tree(trees, signed_in):
    walk = Walk(trees, signed_in(trees.own.administrator))
    asked = set()

    for model, page in admin.site._registry.items():
        for owner, fields in [
            (model, page.autocomplete_fields),
            *((i.model, i.autocomplete_fields) for i in page.inlines),
        ]:
            for name in fields:
                source = {"app_label": owner._meta.app_label, "model_name": owner._meta.model_name, "field_name": name}
                walk.get(reverse("admin:autocomplete"), source | {"term": ""})
                for word in walk.searched():
                    assert walk.get(reverse("admin:autocomplete"), source | {"term": word}).json()["results"] == []
                asked.add(name)

    assert walk.leaks == {}
    assert {"student", "instructors", "organization", "badge"} <= asked


def of_outsider(own: Tree, rows: dict[type[models.Model], models.Model]) -> Tree:
    """The tree with the ids of what the outsider did there in place of those of its own student."""
    names = {Enrollment: "enrollment_id", CourseAssignment: "assignment_id", IssuedBadge: "issued_id"}
    changed = {name: rows[model].pk for model, name in names.items()}
    user = rows[Enrollment].student_id  # type: ignore[attr-defined]
    return replace(own, ids=own.ids | changed | {"user_id": user}, rows=own.rows | rows)


# Who reads the name of an outsider on a roster, and who reads the address as well: whoever teaches the outsider there.
NAMES, ADDRESSES = {"administrator", "contractor"}, {"contractor"}


@FROM_ONE_SIDE
@pytest.mark.parametrize("persona", PERSONAS)
def test_an_outsider_and_a_foreign_contractor_are_named_without_their_addresses(trees, signed_in, persona):
    own, guest, teacher = trees.own, trees.other.student, trees.other.contractor
    rows = enroll_outsider(own, guest)
    own.klass.instructors.add(teacher)
    trees.allowed = [] if persona == "nobody" else [str(teacher)]
    if persona in NAMES:
        trees.allowed += [str(guest), guest.organization.name]
    if persona in ADDRESSES:
        trees.allowed += [guest.email, guest.username]
    walk = Walk(trees, signed_in(own.personas[persona]))

    walked = [*of_tree(trees, own), *of_tree(trees, of_outsider(own, rows))]
    for address in dict.fromkeys(address for _name, address in walked):
        response = walk.get(address, {})
        listing = (
            response.context["listing"]
            if getattr(response, "context", None) and "listing" in response.context
            else None
        )
        if listing is not None:
            walk.every_column(address, listing)
        if listing is not None and listing.search_form and persona not in ADDRESSES:
            found = [
                walk.get(address, {listing.own("q"): word}).context["listing"].count
                for word in (guest.email, guest.username)
            ]
            assert (address, found) == (address, [0, 0])

    assert walk.leaks == {}


@FROM_ONE_SIDE
@pytest.mark.parametrize("persona", ["administrator", "student"])
def test_what_a_student_did_in_the_other_tree_names_none_of_its_people(trees, signed_in, persona):
    enroll_outsider(trees.other, trees.own.student)
    trees.allowed = [trees.other.word]
    walk = Walk(trees, signed_in(trees.own.personas[persona]))

    heard = False
    for _name, address in of_tree(trees, trees.own):
        response = walk.get(address, {})
        heard = heard or trees.other.klass.name in told(response)
        if getattr(response, "context", None) and "listing" in response.context:
            walk.every_column(address, response.context["listing"])

    assert walk.leaks == {}
    assert heard


@FROM_ONE_SIDE
def test_who_teaches_in_the_other_tree_meets_that_class_alone(trees, signed_in):
    contractor, other = trees.own.contractor, trees.other
    other.klass.instructors.add(contractor)
    taught, colleagues = other.student, [other.instructor, other.contractor]
    trees.allowed = [other.word, str(taught), taught.email, taught.username, *map(str, colleagues)]
    walk = Walk(trees, signed_in(contractor))

    for address in dict.fromkeys(address for tree in (trees.own, other) for _name, address in of_tree(trees, tree)):
        walk.get(address, {})

    assert walk.leaks == {}
    assert walk.client.get(reverse("classes:roster", args=[other.klass.pk])).status_code == 200


def test_no_letter_request_or_log_line_carries_the_other_tree(trees, credly, caplog):
    caplog.set_level(logging.DEBUG)
    provider = credly.provider(organization=trees.own.child, name=f"{trees.own.word} Credly")
    template = credly.template(f"{trees.own.word} template")
    badge = BadgeFactory.create(organization=trees.own.child, provider=provider, provider_template_id=template)
    waiting = IssuedBadgeFactory.create(
        badge=badge, student=trees.own.student, status="pending", delivery="pending", next_attempt_at=timezone.now()
    )
    BadgeLetter.objects.update(next_attempt_at=timezone.now(), failure="")

    award_everybody(at=timezone.now())
    deliver_now(waiting.pk, patience=20)
    write_due()

    asked = [f"{request.path} {request.query} {request.body}" for request in credly.requests()]
    assert (len(asked) > 0, trees.leaks(" ".join(asked))) == (True, [])
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert letters.keys() == {trees.own.student.email, trees.other.student.email}
    assert trees.leaks(str(letters[trees.own.student.email].message())) == []
    lines = [record.getMessage() for record in caplog.records]
    assert trees.leaks(" ".join(lines)) == []
