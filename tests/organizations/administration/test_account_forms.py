import pytest

from organizations.administration.account_forms import AccountForm, AddressForm, read_by
from organizations.models import User
from tests.factories import StudentFactory, UserFactory


def errors(person: User, reader: User, **typed):
    fields = {"username": person.username, "email": person.email, "organization": person.organization_id}
    form = read_by(AccountForm, reader)(
        fields | {"date_joined_0": "2026-03-02", "date_joined_1": "09:00"} | typed, instance=person
    )
    return {name: list(said) for name, said in form.errors.items() if name in {"username", "email", "__all__"}}


def test_a_superuser_is_told_which_of_the_two_is_taken(world):
    superuser = UserFactory.create(is_superuser=True)

    assert errors(world.student, superuser, email=world.stranger.email) == {
        "__all__": ["Another account has this e-mail address."]
    }


@pytest.mark.parametrize("name", ["username", "email"])
def test_what_an_account_in_scope_has_is_told(world, name):
    taken = errors(world.student, world.administrator, **{name: getattr(world.instructor, name)})

    assert "cannot be used" not in str(taken)
    assert taken != {}


def test_what_is_wrong_for_another_reason_is_told_as_it_is(world):
    StudentFactory.create(organization=world.outside, username="ivy")

    assert list(errors(world.student, world.administrator, email="no address")) == ["email"]


def addressed(person: User, reader: User, email: str):
    form = read_by(AddressForm, reader)({"email": email}, instance=User.objects.get(pk=person.pk))
    return {name: list(said) for name, said in form.errors.items()}


def test_an_address_alone_is_refused_as_the_whole_form_refuses_it(world):
    refused = {
        email: addressed(world.student, world.administrator, email)
        for email in ("", "nonsense", world.instructor.email, world.stranger.email, "new@example.test")
    }

    assert refused == {
        "": {"email": ["This field is required."]},
        "nonsense": {"email": ["Enter a valid email address."]},
        world.instructor.email: {"__all__": ["Another account has this e-mail address."]},
        world.stranger.email: {"__all__": ["This e-mail address cannot be used. Enter another one."]},
        "new@example.test": {},
    }


def test_an_address_that_is_the_user_name_cannot_leave_it(world):
    person = StudentFactory.create(organization=world.academy, username="kim@example.test", email="kim@example.test")

    assert addressed(person, world.administrator, "other@example.test") == {
        "email": ["Only the account's own e-mail address may be a user name with an @."]
    }
