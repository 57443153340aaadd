"""What tests begin with is the same however often it is put in."""

import pytest
from django.db import connection, transaction

from tests import standing
from tests.conftest import build_world
from tests.factories import OrganizationFactory
from tests.tenants import plant
from tests.test_forged_ids import rows


@pytest.fixture
def nothing(db):
    """Tables without a row: what a browser asked for late, after its test, may have left one."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in standing._filled_tables():
            cursor.execute(f'DELETE FROM "{table}"')
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_rows_and_objects_are_those_that_the_factories_made(nothing, monkeypatch):
    monkeypatch.setattr(standing, "_kept", {})
    with transaction.atomic():
        built, written = standing.stand(plant, "Quokkaland", "Numbatson"), rows()
        transaction.set_rollback(True)

    again = standing.stand(plant, "Quokkaland", "Numbatson")

    assert (rows(), again.ids) == (written, built.ids)
    assert again.student.organization == built.student.organization


def test_beside_rows_of_somebody_else_it_is_built(db, monkeypatch):
    monkeypatch.setattr(standing, "_kept", {})
    OrganizationFactory.create()

    standing.stand(build_world)

    assert standing._kept == {}
