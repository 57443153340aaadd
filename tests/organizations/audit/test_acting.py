"""What people change is noted by the database, with who did it and from where."""

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory

from badges.models import Badge
from badges.secrets import encrypt
from organizations.audit.acting import acting, who_acts
from organizations.audit.watched import ALWAYS, OF_PEOPLE, WATCHED
from organizations.models import AuditEntry, Organization, User
from tests.factories import AdministratorFactory, BadgeFactory, BadgeProviderFactory, StudentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return AdministratorFactory.create()


def request_of(user: User | None):
    request = RequestFactory(REMOTE_ADDR="198.51.100.7").post("/")
    request.META["tms.request"] = {"request_id": "abc12345"}
    if user is not None:
        request.user = user
    return request


def last() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def test_a_change_says_who_from_where_and_what_was_there_before(administrator):
    badge = BadgeFactory.create(organization=administrator.organization, name="Night Watch", manual_issuance=False)

    with acting(request_of(administrator)):
        badge.name, badge.manual_issuance = "Day Watch", True
        badge.save()

    entry = last()
    assert (entry.action, entry.kind, entry.row_id, entry.words) == ("changed", "badges.badge", badge.pk, "Day Watch")
    assert entry.before == {"name": "Night Watch", "manual_issuance": False}
    assert entry.after == {"name": "Day Watch", "manual_issuance": True}
    assert (entry.actor, entry.address, entry.request_id) == (administrator, "198.51.100.7", "abc12345")
    assert entry.organization == administrator.organization


def test_what_no_column_differs_in_leaves_no_trace(administrator):
    badge = BadgeFactory.create(organization=administrator.organization)
    count = AuditEntry.objects.count()

    with acting(request_of(administrator)):
        badge.save()

    assert AuditEntry.objects.count() == count


def test_a_change_by_no_request_has_nobody_who_did_it(administrator):
    badge = BadgeFactory.create(organization=administrator.organization)

    Badge.objects.filter(pk=badge.pk).update(name="By hand")

    assert (last().actor_id, last().address, last().after) == (None, None, {"name": "By hand"})


def test_the_next_transaction_knows_nothing_of_who_acted_before(administrator):
    badge = BadgeFactory.create(organization=administrator.organization)
    with acting(request_of(administrator)):
        badge.name = "First"
        badge.save()
    with connection.cursor() as cursor:  # as the end of the transaction does
        cursor.execute("SELECT set_config('tms.acting', '', true)")

    Badge.objects.filter(pk=badge.pk).update(name="Second")

    assert (last().actor_id, last().after) == (None, {"name": "Second"})


def test_who_acts_is_told_again_after_a_rollback(administrator):
    badge = BadgeFactory.create(organization=administrator.organization)

    with acting(request_of(administrator)):
        with transaction.atomic():
            Badge.objects.filter(pk=badge.pk).update(name="Undone")
            transaction.set_rollback(True)
        Badge.objects.filter(pk=badge.pk).update(name="Kept")

    assert [entry.after for entry in AuditEntry.objects.filter(actor=administrator)] == [{"name": "Kept"}]


def test_secrets_and_people_are_never_kept(administrator):
    provider = BadgeProviderFactory.create(organization=administrator.organization)
    with acting(request_of(administrator)):
        provider.encrypted_token = encrypt("a new secret")
        provider.save()
        administrator.first_name, administrator.email = "Adelheid", "adelheid@example.org"
        administrator.set_password("something else entirely")
        administrator.save()

    of_provider, of_person = AuditEntry.objects.filter(actor=administrator).order_by("pk")
    assert of_provider.after == {"encrypted_token": "…"}
    assert of_person.after == {"first_name": "…", "email": "…", "password": "…"}
    assert (of_person.person, of_person.words) == (administrator, "")


def test_a_role_that_somebody_gets_is_an_entry_about_that_person(administrator):
    student = StudentFactory.create(organization=administrator.organization)
    role = Group.objects.get(name="Instructor")

    with acting(request_of(administrator)):
        student.groups.add(role)

    assert (last().action, last().kind, last().row_id, last().person) == (
        "added",
        "organizations.user",
        student.pk,
        student,
    )
    assert last().after == {"user_id": student.pk, "group_id": role.pk}
    assert last().organization == student.organization


def test_what_is_deleted_keeps_its_name(administrator):
    badge = BadgeFactory.create(organization=administrator.organization, name="Night Watch")
    pk = badge.pk

    with acting(request_of(administrator)):
        badge.delete()

    assert (last().action, last().row_id, last().words) == ("deleted", pk, "Night Watch")
    assert last().before["name"] == "Night Watch"
    assert last().after == {}


def test_what_reads_tells_the_database_nothing(administrator, django_assert_num_queries):
    request = request_of(administrator)
    request.method = "GET"

    with acting(request), django_assert_num_queries(1):
        Organization.objects.filter(pk=0).update(name="")

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('tms.acting', true), '')")
        assert cursor.fetchone() == ("",)


def test_nobody_acts_outside_of_requests():
    assert who_acts().user_id is None


def test_every_watched_table_has_its_trigger_and_no_other():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, bool_or(pg_get_triggerdef(pg_trigger.oid) LIKE '%%WHEN%%')"
            " FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname LIKE 'audit%%' GROUP BY 1"
        )
        found = dict(cursor.fetchall())

    assert set(found) == WATCHED
    assert {table for table, is_of_people in found.items() if is_of_people} == OF_PEOPLE
    assert not ALWAYS & OF_PEOPLE


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE organizations_auditentry SET action = 'nothing'",
        "UPDATE organizations_auditentry SET seal_id = NULL, words = 'x'",
        "DELETE FROM organizations_auditentry",
        "SELECT audit_clear(now())",
    ],
)
def test_an_entry_is_never_changed(administrator, statement):
    with acting(request_of(administrator)):
        BadgeFactory.create(organization=administrator.organization)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_statement_outside_of_a_transaction_knows_who_acts():
    badge = BadgeFactory.create()

    with acting(request_of(None)):
        Badge.objects.filter(pk=badge.pk).update(name="Alone")

    assert (last().address, last().after) == ("198.51.100.7", {"name": "Alone"})
