"""All files or none, one import at a time, and every problem said at once."""

import pytest
from django.core.management import CommandError
from django.db import connection

from organizations.models import Organization, User
from tests.classes.training_files import ATTEMPTS, FILES, USERS, refusal, run
from tests.factories import (
    OrganizationFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db


def test_two_accounts_that_swap_their_addresses(acme, refused):
    StudentFactory.create(organization=acme, username="ivo", email="ivo@example.test")

    lines = refused("users.csv", f"{USERS}\nana,Acme,ivo@example.test\nivo,Acme,ana@example.test\n")

    assert lines == [
        "import: the database refused it: duplicate key value violates unique constraint “user_email_unique”. "
        "Somebody may have changed the same rows meanwhile; try again.".replace("“", '"').replace("”", '"')
    ]


def test_all_problems_of_all_files_are_said_at_once(acme, tmp_path):
    (tmp_path / "users.csv").write_text(f"{USERS}\nzoe,Acme,zoe@\nz z,Acme,\n")
    (tmp_path / "attempts.csv").write_text(f"{ATTEMPTS}\na1,zoe,Acme,L1,,yesterday,,,\n")

    lines = refusal([tmp_path / "attempts.csv", tmp_path / "users.csv"])

    assert lines == [
        "users.csv, line 2, column email: “zoe@” is not an e-mail address.",
        "users.csv, line 3, column username: “z z” is not a user name: letters, digits and @ . + - _ only.",
        (
            "attempts.csv, line 2, column started_at: “yesterday” is not a date and time; "
            "write it like 2026-03-02T09:30:00+01:00."
        ),
        "Nothing was imported.",
    ]


def test_one_wrong_row_keeps_every_other_file_out(tmp_path):
    (tmp_path / "organizations.csv").write_text("organization\nAcme\n")
    (tmp_path / "users.csv").write_text(f"{USERS}\nana,Acme,\nzoe,Umbra,\n")

    refusal([tmp_path / "organizations.csv", tmp_path / "users.csv"])

    assert list(Organization.objects.all()) == []
    assert list(User.objects.all()) == []


def test_a_hundred_problems_are_enough(acme, refused):
    lines = refused("users.csv", f"{USERS}\n" + "a b,Acme,\n" * 1000)

    assert len(lines) == 101
    assert lines[-1] == "These are the first 100 problems."


def test_several_files_of_one_kind(write):
    OrganizationFactory.create(name="Acme")

    lines = run(write(**{f"users-{name}": f"username,organization\n{name},Acme\n" for name in ("ana", "ivo")}))

    assert lines[-1] == "2 rows written."


def test_the_statements_of_an_import_do_not_grow_with_its_rows(write, django_assert_num_queries):
    OrganizationFactory.create(name="Acme")
    users = "username,organization\n" + "".join(f"user.{number},Acme\n" for number in range(500))

    with django_assert_num_queries(28):
        run(write(users=users))


def test_two_imports_at_a_time_are_refused(write, transactional_db):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [0x1A_0001])

    with pytest.raises(CommandError) as refusal:
        run(write(organizations=FILES["organizations"]))
    other.close()

    assert str(refusal.value).splitlines() == [
        "import: another import is running; try again when it is done.",
        "Nothing was imported.",
    ]
