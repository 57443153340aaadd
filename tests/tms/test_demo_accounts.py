import pytest
from django.core.management import call_command
from django.utils import timezone

from organizations.models import User
from tests.factories import UserFactory
from tms.demo.people import PASSWORD, PERSONAS, add_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db):
    add_people(timezone.now())


def test_demo_accounts_names_each_persona_with_its_role(demo, capsys):
    call_command("demo_accounts", "--address", "http://127.0.0.1:8000/")

    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == [
        "Laurel is running: http://127.0.0.1:8000/",
        f"Sign in with one of these names; the password of all is: {PASSWORD}",
    ]
    assert [line.split()[0] for line in lines[4:9]] == ["admin", "instructor", "contractor", "student", "stranger"]
    assert {line.index(str(one.words)) for line, one in zip(lines[4:9], PERSONAS, strict=True)} == {15}


def test_demo_accounts_leaves_out_an_account_that_was_closed(demo, capsys):
    User.objects.filter(username="stranger").update(is_active=False)

    call_command("demo_accounts")

    assert "stranger" not in capsys.readouterr().out


def test_demo_accounts_prints_the_address_alone_without_the_demo(capsys):
    UserFactory.create(username="admin")

    call_command("demo_accounts", "--address", "https://laurel.example/")

    assert capsys.readouterr().out == "\nLaurel is running: https://laurel.example/\n"
