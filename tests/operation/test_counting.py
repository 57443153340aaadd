from typing import Any

import pytest
from django.db.models import OuterRef

from operation.counting import number_of
from organizations.models import Organization, User
from tests.factories import OrganizationFactory, StudentFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("most", "counted"), [(None, [0, 3]), (2, [0, 3]), (1, [0, 2]), (3, [0, 3])])
def test_more_than_the_limit_is_told_by_one_more_than_it(most, counted):
    empty, full = OrganizationFactory.create(), OrganizationFactory.create()
    StudentFactory.create_batch(3, organization=full)
    people = User.objects.get_queryset().filter(organization=OuterRef("pk")).order_by("last_name")

    rows: Any = Organization.objects.filter(pk__in=[empty.pk, full.pk]).annotate(people=number_of(people, most=most))

    assert [row.people for row in rows.order_by("pk")] == counted
