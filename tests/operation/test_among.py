"""Rows by many ids, as one array."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operation.among import Among, ArrayOf
from organizations.models import Organization
from tests.factories import OrganizationFactory


@pytest.mark.django_db
def test_of_given_numbers():
    first, _second, third = OrganizationFactory.create_batch(3)

    found = Organization.objects.filter(Among("pk", [first.pk, third.pk, 10**12]))

    assert set(found) == {first, third}


@pytest.mark.django_db
def test_of_what_a_query_finds():
    parent = OrganizationFactory.create()
    child = OrganizationFactory.create(parent=parent)
    OrganizationFactory()

    found = Organization.objects.filter(
        Among("parent", ArrayOf(Organization.objects.filter(pk=parent.pk).values("pk")))
    )

    assert set(found) == {child}


@pytest.mark.django_db
def test_of_no_numbers_is_nothing():
    OrganizationFactory()

    assert not Organization.objects.filter(Among("pk", [])).exists()


@pytest.mark.django_db
def test_thousands_are_one_parameter():
    with CaptureQueriesContext(connection) as queries:
        list(Organization.objects.filter(Among("pk", range(5_000))))

    assert queries[0]["sql"].count("ANY(") == 1
    assert " IN (" not in queries[0]["sql"]
