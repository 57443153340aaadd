"""An account's address, given outside of the administration."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import RequestFactory

from operation.models import SweepHint
from organizations.administration.account_forms import AddressForm, read_by
from organizations.administration.addresses import save_address
from organizations.models import User
from tests.factories import StudentFactory


@pytest.fixture
def request_of(world):
    def make(email, user=None):
        request = RequestFactory().post("/", {"email": email})
        request.user = user or world.administrator
        return request

    return make


def errors_of(form):
    return [*form.errors.get("email", []), *form.non_field_errors()]


def test_the_address_is_saved_the_sweep_told_and_the_history_kept(world, request_of):
    account = StudentFactory.create(organization=world.academy, email="")
    request = request_of(" there@example.test ")
    form = read_by(AddressForm, request.user)(request.POST, instance=account)

    is_saved = form.is_valid() and save_address(form, request)

    account.refresh_from_db()
    entry = LogEntry.objects.get()
    assert (is_saved, account.email) == (True, "there@example.test")
    assert list(SweepHint.objects.values_list("student_id", "is_of_account")) == [(account.pk, True)]
    assert (entry.user, entry.object_id) == (world.administrator, str(account.pk))
    assert entry.get_change_message() == "Changed E-mail address."


def test_an_address_that_is_taken_meanwhile_is_refused(world, request_of):
    account = StudentFactory.create(organization=world.academy, email="")
    request = request_of("there@example.test")
    form = read_by(AddressForm, request.user)(request.POST, instance=account)
    assert form.is_valid()
    StudentFactory.create(organization=world.academy, email="there@example.test")

    assert save_address(form, request) is False
    assert errors_of(form) == ["This e-mail address cannot be used. Enter another one."]
    assert User.objects.get(pk=account.pk).email == ""
    assert not LogEntry.objects.exists()
