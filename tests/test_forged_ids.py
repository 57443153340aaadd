"""Whatever id a form names a row by, one of another customer's rows is refused: in every field of every page."""

import itertools
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from badges.models import BadgeProvider
from tests.factories import BadgeFactory, CourseFactory
from tests.submitting import Field, Form, forms_of
from tests.tenants import plant
from tests.test_tenancy import Trees, admin_addresses, product_addresses, told

pytestmark = pytest.mark.long

# Where the ids of each tree begin, in every table: so a number alone says whose row it names.
OTHER, OWN = 7_000_000, 8_000_000
OF_OTHER, OF_OWN = re.compile(r"\b70000\d\d\b"), re.compile(r"\b80000(\d\d)\b")
# The other tree's first and second row of a table, and among its people its student.
FORGED = ("01", "02", "04")
# Forms that are about nobody's rows but one's own.
PASSED_OVER = {
    "/sign-out/",
    "/admin/logout/",
    "/lists/columns/",
    "/lists/views/",
    "/language/",
    "/password/",
    "/sessions/",
}
# What the sessions of those who walk leave behind, and the counters of operators.
BOOKKEEPING = {"django_session", "organizations_usersession", "operation_tally", "operation_allowance"} | {
    "organizations_auditentry"  # what was refused is noted, too
}
# What is kept of a form that is refused: that it was sent; and of one in which nothing changed: that it was saved.
OF_THE_PRESS = {"operation_formpress", "django_admin_log"}
# What is ticked on the way to Issue Badges is kept as it was sent, and judged whenever it is read: see the last test.
KEPT_AS_SENT = {"classes_selection"}
# They tell what the page showed before, where to come back to, and about what a helper of the page is asked: nothing is
# saved of them.
TELLING = re.compile("initial-|next$|achievement$")


@pytest.fixture
def trees(db) -> Iterator[Trees]:
    """Their ids come from ranges of their own; afterwards those of other tests go on where they were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname || '.' || sequencename, coalesce(last_value, 0) FROM pg_sequences")
        before = cursor.fetchall()
    count_from(before, OTHER)
    other = plant("Quokkaland", "Numbatson")
    count_from(before, OWN)
    own = plant("Wombatland", "Echidnason")
    badge = BadgeFactory.create(name="Zephyr", organization=own.child, provider=own.rows[BadgeProvider])
    own.course.badges.add(badge)
    CourseFactory.create(name="Zephyr", organization=own.child, published_to=[own.child])
    yield Trees(own, other)
    with connection.cursor() as cursor:
        for name, value in before:
            cursor.execute("SELECT setval(%s, greatest(%s, 1), %s)", [name, value, value > 0])


def count_from(sequences: list[tuple[str, int]], number: int) -> None:
    with connection.cursor() as cursor:
        for name, _value in sequences:
            cursor.execute("SELECT setval(%s, %s)", [name, number])


def rows() -> Counter[str]:
    """Every row of every table, as text."""
    tables = sorted(set(connection.introspection.table_names()) - BOOKKEEPING)
    statement = " UNION ALL ".join(f"SELECT '{name} ' || row::text FROM \"{name}\" row" for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return Counter(text for (text,) in cursor.fetchall())


def writes() -> dict[str, int]:
    """How often this transaction has written to each table, what it has undone included: much quicker than all rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND relname <> ALL(%s)",
            [list(BOOKKEEPING)],
        )
        return dict(cursor.fetchall())


TYPED = {
    "text": "Words",
    "textarea": "Words",
    "number": "1",
    "url": "https://words.example/",
    "email": "a@words.example",
}
NAMED = {
    "conditions": '[{"Subject": 10, "Count": 1, "Complete": true, "CourseIds": [8000001]}]',
    "organization": "8000002",
    "student": "8000005",
    "password1": "Numbat-in-the-oven-7",
    "password2": "Numbat-in-the-oven-7",
    "enrolled_at_0": "2026-03-02",
    "enrolled_at_1": "09:00:00",
    "starts_at_0": "2026-03-02",
    "starts_at_1": "09:00:00",
    "ends_at_0": "2026-03-03",
    "ends_at_1": "09:00:00",
}


def filled(form: Form) -> dict[str, list[str]]:
    """What somebody would send who has filled in what has to be: with rows of the own tree."""
    return {one.name: one.values or fill(one) for one in form.fields.values() if one.values or fill(one)}


def fill(one: Field) -> list[str]:
    named = next((value for name, value in NAMED.items() if one.name.endswith(name)), "")
    if named:
        return [named]
    own = [offered for offered in one.offered or [] if OF_OWN.fullmatch(offered)]
    if own and (one.is_required or one.kind != "select"):
        return own[-1:]
    if one.is_required and one.offered is not None:
        return [offered for offered in one.offered if offered][:1] or ["8000001"]
    return [TYPED[one.kind]] if one.is_required and one.kind in TYPED else []


def names_rows(one: Field) -> bool:
    """Whether the field names a row of ours, or could: an empty choice of the administration is filled by a script."""
    values = [*one.values, *(one.offered or [])]
    of_a_row = any(map(OF_OWN.search, values)) or (one.kind == "select" and not any(values))
    return of_a_row and "__prefix__" not in one.name  # which is what the next line of a form is made from


def forged(one: Field, number: str) -> str:
    """What the field says, of the other tree's row."""
    said = next(filter(OF_OWN.search, [*one.values, *(one.offered or [])]), "8000001")
    return OF_OWN.sub(f"70000{number}", said)


def presses(form: Form) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Where its buttons send the form, each place once, and what the button adds; every action of a list."""
    places = {address or form.address: (name, value) for name, value, address in reversed(form.buttons)}
    for address, (name, value) in (places or {form.address: ("", "")}).items():
        yield address, {name: [value]} if name else {}
    actions = form.fields["action"].offered or [] if "_selected_action" in form.fields else []
    yield from ((form.address, {"action": [action], "post": ["yes"]}) for action in actions if action)


@dataclass
class Sender:
    """Sends forms, each as if it were the first; `before` is every row as it was, `sent` what has been forged."""

    trees: Trees
    client: Client
    before: Counter[str]
    sent: set[tuple[str, str, str]] = field(default_factory=set)

    def not_sent(self, form: Form, address: str, pressed: dict[str, list[str]]) -> list[Field]:
        """The fields to forge, each once: two pages may have the same form."""
        found = [one for one in form.fields.values() if names_rows(one)]
        new = [one for one in found if (address, str(pressed), one.name) not in self.sent]
        self.sent |= {(address, str(pressed), one.name) for one in new}
        return new

    def is_taken(self, address: str, data: dict[str, list[str]]) -> bool:
        """Whether the form is in order."""
        status, _changed, answer = self._send(address, data)
        return status in {200, 302} and "errorlist" not in answer

    def fault_of(self, one: Field, number: str, address: str, data: dict[str, list[str]]) -> str:
        """What is wrong with the answer to a form in which this field names a row of the other tree."""
        status, changed, answer = self._send(address, data | {one.name: [forged(one, number)]})
        tables = {row.split()[0] for row in changed} - OF_THE_PRESS - KEPT_AS_SENT
        named = [row for row in changed if OF_OTHER.search(row) and row.split()[0] not in KEPT_AS_SENT]
        faults = {
            "it failed": status >= 500,
            f"it wrote {named}": bool(named),
            f"it wrote to {tables}": bool(tables) and not TELLING.match(one.name),
            f"it told {self.trees.leaks(answer)}": bool(self.trees.leaks(answer)),
            "it was not refused in words": one.kind == "select" and status < 400 and "errorlist" not in answer,
        }
        return ", ".join(words for words, is_so in faults.items() if is_so)

    def _send(self, address: str, data: dict[str, list[str]]) -> tuple[int, list[str], str]:
        written = writes()
        with transaction.atomic():
            response = self.client.post(address, data)
            has_failed = response.status_code >= 500
            after = self.before if has_failed or writes() == written else rows()
            transaction.set_rollback(True)
        return response.status_code, sorted((after - self.before) + (self.before - after)), told(response)


def forms(client: Client, pages: list[tuple[str, str]]) -> Iterator[tuple[str, Form]]:
    """All that post, on all pages that the person may open, with the page's name."""
    for name, page in pages:
        response = client.get(page)
        if response.status_code == 200 and "html" in response["Content-Type"]:
            found = forms_of(response.content.decode(), page)
            yield from ((name, form) for form in found if form.address not in PASSED_OVER)


# A class with a roster is not deleted: nothing but its own rows could be tried.
NOT_TAKEN = {"admin:classes_class_changelist"}
# Some of the fields that must have been met: of each kind one.
MET = {
    "administrator": {"organization", "available_to", "student", "instructors", "conditions", "conditions-0-course_ids"}
    | {"issued", "students", "courses", "steps-0-course", "_selected_action"},
    "instructor": {"badge", "badges", "students"},
}


@pytest.mark.parametrize("persona", MET)
def test_no_form_takes_the_id_of_a_row_of_the_other_tree(trees, signed_in, persona):
    """Beside its forgeries each form is sent as it should be, and taken: it is the id that is refused."""
    own, client = trees.own, signed_in(trees.own.personas[persona])
    client.raise_request_exception = False
    sender = Sender(trees, client, rows())
    faults, not_taken, met = {}, set(), set()

    for name, form in forms(client, [*product_addresses(own), *admin_addresses(own)]):
        for address, pressed in presses(form):
            data = filled(form) | pressed
            fields = sender.not_sent(form, address, pressed)
            if fields and not sender.is_taken(address, data):
                not_taken.add(name)
            for one, number in itertools.product(fields, FORGED):
                met.add(one.name)
                if fault := sender.fault_of(one, number, address, data):
                    faults[name, address, one.name, number] = fault

    assert faults == {}
    assert not_taken <= NOT_TAKEN
    assert met >= MET[persona]


def test_a_selection_of_rows_of_the_other_tree_issues_nothing(trees, signed_in):
    client, page = signed_in(trees.own.instructor), reverse("classes:issue_badges", args=[trees.own.klass.pk])
    for name in ("badges", "students"):
        ids = [f"70000{number}" for number in FORGED]
        page = client.post(page, {"choose": name, name: ids}).headers.get("Location", page)
    before = rows()

    response = client.post(page, {"issue": "1", "key": uuid.uuid4()})

    assert response.status_code == 422
    assert (rows() - before, trees.leaks(told(response))) == (Counter(), [])
