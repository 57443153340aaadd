"""Who of the demo is offered, at the start of `make run` and on its sign-in page."""

import pytest
from django.utils import timezone

from organizations.models import User
from tests.factories import UserFactory
from tms.demo.accounts import DemoAccount, demo_accounts
from tms.demo.people import PERSONAS, add_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db):
    add_people(timezone.now())


def test_each_persona_is_offered_in_their_order(demo):
    assert demo_accounts() == [DemoAccount(persona.username, persona.words) for persona in PERSONAS]


def test_an_account_is_offered_by_the_name_that_it_has_now(demo):
    User.objects.filter(username="admin").update(username="ada")

    assert demo_accounts()[0] == DemoAccount("ada", PERSONAS[0].words)


def test_an_account_that_was_closed_is_left_out(demo):
    User.objects.filter(username="stranger").update(is_active=False)

    assert [account.username for account in demo_accounts()] == ["admin", "instructor", "contractor", "student"]


def test_accounts_of_other_people_are_none_of_the_demo_s(db):
    UserFactory.create(username="admin")

    assert demo_accounts() == []
