from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from organizations.models import Organization, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "quince-harbour-violet-9"
OPTIONS = {"organization": "Acorn", "username": "rowan", "email": "rowan@example.test", "time_zone": "Europe/Paris"}


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", PASSWORD)


def create(**changes) -> str:
    output = StringIO()
    call_command("create_administrator", no_input=True, stdout=output, **(OPTIONS | changes))
    return output.getvalue()


def test_a_new_deployment_gets_an_organization_and_an_administrator():
    output = create()

    rowan = User.objects.get()
    assert output == "Created rowan, who administers Acorn and may do everything.\n"
    assert (rowan.organization.name, rowan.organization.time_zone) == ("Acorn", "Europe/Paris")
    assert (rowan.is_superuser, rowan.is_staff, rowan.check_password(PASSWORD)) == (True, True, True)
    assert list(rowan.managed_organizations.all()) == [rowan.organization]
    assert [group.name for group in rowan.groups.all()] == ["Administrator"]


def test_the_new_administrator_enters_the_admin(signed_in):
    create()

    assert signed_in(User.objects.get()).get("/admin/").status_code == 200


def test_a_second_run_changes_nothing(monkeypatch):
    create()
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", "another-good-password-7")

    output = create(organization="Other")

    assert output == "The account rowan exists; nothing was changed.\n"
    assert User.objects.get().check_password(PASSWORD) is True
    assert [organization.name for organization in Organization.objects.all()] == ["Acorn"]


def test_a_name_typed_full_width_is_the_same_name():
    create()

    assert create(username="ｒｏｗａｎ") == "The account rowan exists; nothing was changed.\n"


def test_a_second_administrator_joins_the_organization():
    create()

    create(username="hazel", email="hazel@example.test")

    assert [user.organization.name for user in User.objects.all()] == ["Acorn", "Acorn"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"organization": None}, "Give --organization."),
        ({"username": None}, "Give --username."),
        ({"email": None}, "Give --email."),
        ({"email": "nowhere"}, "Enter a valid email address."),
        ({"time_zone": "Mars"}, "“Mars” is not a time zone. Use an IANA name such as Europe/Paris or America/Denver."),
        ({"email": "TAKEN@example.test"}, "Another account has this e-mail address."),
        ({"username": "Taken"}, "Another account has this user name. Choose one that differs by more than case."),
        ({"username": "a@b.test"}, "Only the account's own e-mail address may be a user name with an @."),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    UserFactory.create(username="taken", email="taken@example.test")

    with pytest.raises(CommandError) as caught:
        create(**changes)

    assert str(caught.value) == message
    assert not Organization.objects.filter(name="Acorn").exists()


def test_a_weak_password_is_refused(monkeypatch):
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", "rowan")

    with pytest.raises(CommandError) as caught:
        create()

    assert str(caught.value).splitlines() == [
        "The password is too similar to the username.",
        "This password is too short. It must contain at least 12 characters.",
    ]
    assert list(User.objects.all()) == []


def test_without_a_password_nothing_is_created(monkeypatch):
    monkeypatch.delenv("ADMINISTRATOR_PASSWORD")

    with pytest.raises(CommandError, match=r"^Set ADMINISTRATOR_PASSWORD to the new password\.$"):
        create()
