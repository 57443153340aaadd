import pytest

from operation.choices import keeping
from organizations.models import Organization
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("current", "offered"), [(None, ["near"]), ("near", ["near"]), ("far", ["far", "near"])])
def test_what_is_chosen_already_is_offered_though_it_is_out_of_reach(current, offered):
    rows = {name: OrganizationFactory.create(name=name) for name in ("near", "far")}
    in_reach = Organization.objects.filter(name="near")

    found = keeping(in_reach, rows[current].pk if current else None)

    assert sorted(found.values_list("name", flat=True)) == offered
