"""The page of the audit: in scope, with what was there before, by whom and to whom."""

import csv
import io

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from organizations.audit.acting import acting
from organizations.models import AuditEntry
from tests.factories import AdministratorFactory, BadgeFactory, OrganizationFactory, StudentFactory, UserFactory
from tests.organizations.audit.test_acting import request_of

pytestmark = pytest.mark.django_db

PAGE = "/audit/"


@pytest.fixture
def administrator():
    return AdministratorFactory.create()


@pytest.fixture
def asked(client, administrator):
    client.force_login(administrator)

    def answer(**query: str) -> str:
        found = client.get(PAGE, query)
        return b"".join(found).decode()

    return answer


def test_a_change_stands_with_who_what_and_before(asked, administrator):
    badge = BadgeFactory.create(organization=administrator.organization, name="Night Watch", manual_issuance=False)
    with acting(request_of(administrator)):
        badge.manual_issuance = True
        badge.save()

    shown = asked(actor=administrator.last_name)

    assert str(administrator) in shown
    assert "Badge Night Watch" in shown
    assert "Enable Manual Issuance: no → yes" in shown
    assert "198.51.100.7" in shown


def test_a_role_is_told_by_its_name(asked, administrator):
    student = StudentFactory.create(organization=administrator.organization)
    with acting(request_of(administrator)):
        student.groups.add(Group.objects.get(name="Instructor"))

    assert "Group: Instructor" in asked(person=student.last_name, actor=administrator.last_name)


def test_another_organizations_entries_are_not_found(asked, administrator):
    other = AdministratorFactory.create(organization=OrganizationFactory.create(name="Elsewhere"))
    with acting(request_of(other)):
        BadgeFactory.create(organization=other.organization, name="Secret Watch")

    assert "Secret Watch" not in asked()


def test_what_concerns_nobody_is_a_superusers_to_read(client, asked):
    client.post("/sign-out/")
    client.post("/sign-in/", {"username": "no-such-account", "password": "wrong"})
    AuditEntry.objects.get(words="no-such-account")
    client.force_login(AdministratorFactory.create())
    assert "no-such-account" not in asked()

    client.force_login(UserFactory.create(is_superuser=True))
    assert "no-such-account" in asked()


def test_an_entry_outlives_whoever_did_it(asked, administrator):
    gone = AdministratorFactory.create(organization=administrator.organization)
    with acting(request_of(gone)):
        BadgeFactory.create(organization=administrator.organization, name="Night Watch")
    gone.delete()

    assert "Somebody whose account was deleted" in asked(kind="badges.badge")


def test_filters_and_export_say_the_same(client, asked, administrator):
    with acting(request_of(administrator)):
        BadgeFactory.create(organization=administrator.organization, name="Night Watch")

    rows = list(csv.reader(io.StringIO(asked(kind="badges.badge", action="added", export="csv"))))

    assert rows[0][:5] == ["﻿When", "Who", "What", "About", "Person"]
    assert [row[3] for row in rows[1:]] == ["Badge Night Watch"]
    exported = AuditEntry.objects.latest("pk")
    assert (exported.action, exported.words) == ("exported", "audit")
    assert exported.after == {"query": "kind=badges.badge&action=added", "rows": 1}


def test_what_somebody_searched_for_is_not_kept(client, asked):
    asked(export="csv", actor="Adelheid", kind="badges.badge")

    assert "Adelheid" not in str(AuditEntry.objects.latest("pk").after)
    assert "actor=%E2%80%A6" in AuditEntry.objects.latest("pk").after["query"]


def test_the_page_asks_as_often_for_many_entries_as_for_few(client, administrator, django_assert_max_num_queries):
    with acting(request_of(administrator)):
        for number in range(30):
            BadgeFactory.create(organization=administrator.organization, name=f"Badge {number}")
    client.force_login(administrator)
    client.get(PAGE)

    with django_assert_max_num_queries(14):
        client.get(reverse("audit"))
