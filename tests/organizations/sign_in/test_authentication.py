"""Which account is meant by what was typed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from organizations.models import User
from organizations.sign_in.authentication import account_name
from tests.factories import StudentFactory
from tests.old_names import migrate, without_rules
from tests.organizations.sign_in.signing_in import sign_in

pytestmark = pytest.mark.django_db


def test_an_address_opens_the_account_whose_address_it_is(student, client):
    """Also where another one has it as its name: from before names were held to their rules."""
    without_rules()
    StudentFactory.create(username="ada@example.test", email="eve@example.test", password="another good password")
    migrate()

    assert sign_in(client, "ada@example.test", "another good password").status_code == 200
    assert sign_in(client, "ada@example.test").status_code == 302
    assert client.session["_auth_user_id"] == str(student.pk)


def test_a_name_that_grows_when_its_case_is_folded_is_refused_like_any_other(client):
    assert (
        sign_in(client, "\N{LATIN SMALL LIGATURE FFI}\N{LATIN SMALL LETTER SHARP S}" * 80, "wrong").status_code == 200
    )
    assert sign_in(client, "\N{LATIN SMALL LETTER SHARP S}" * 200, "wrong").status_code == 200


@pytest.mark.parametrize(("typed", "index"), [("Ada@Example.test", "user_email_unique"), ("Ada", "user_name_unique")])
def test_an_account_is_looked_up_by_the_index(world, typed, index):
    """Among so many that no other plan comes near, whatever is known of the table by then."""
    names = [f"somebody-{number}" for number in range(2_000)]
    User.objects.bulk_create(
        User(username=name, email=f"{name}@example.test", organization=world.academy) for name in names
    )
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("ANALYZE organizations_user")
        account_name(typed)
        lookup = next(query["sql"] for query in queries.captured_queries if "LOWER" in query["sql"])
        cursor.execute("EXPLAIN " + lookup)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert index in plan


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ada", "ada"),
        (" ADA ", None),
        ("ａｄａ", "ada"),
        ("ada@EXAMPLE.test", "ada"),
        ("nobody", None),
        ("no@body.test", None),
        ("", None),
    ],
)
def test_an_account_is_meant_by_its_name_or_its_address(student, typed, name):
    StudentFactory.create(username="without", email="")

    assert account_name(typed) == name


def test_an_old_name_is_meant_only_as_it_is_written(world):
    without_rules()
    StudentFactory.create(username="peter", email="")
    StudentFactory.create(username="Peter", email="")
    migrate()

    assert [account_name(typed) for typed in ("peter", "Peter", "PETER")] == ["peter", "Peter", "peter"]
