"""Who may read what of the audit."""

import pytest

from organizations.audit.acting import acting
from organizations.audit.reading import entries_for
from tests.factories import AdministratorFactory, BadgeFactory, OrganizationFactory, StudentFactory, UserFactory
from tests.organizations.audit.test_acting import request_of

pytestmark = pytest.mark.django_db


def test_administrators_read_of_what_they_manage_and_superusers_of_everything(world):
    below = OrganizationFactory.create(parent=world.academy)
    elsewhere = AdministratorFactory.create(organization=OrganizationFactory.create())
    with acting(request_of(elsewhere)):
        of_below = BadgeFactory.create(organization=below)
        of_elsewhere = BadgeFactory.create(organization=elsewhere.organization)

    def read(user) -> set[int | None]:
        return set(entries_for(user).filter(kind="badges.badge").values_list("row_id", flat=True))

    assert of_below.pk in read(world.administrator)
    assert of_elsewhere.pk not in read(world.administrator)
    assert of_below.pk not in read(elsewhere)
    assert read(StudentFactory.create(organization=below)) == set()
    assert {of_below.pk, of_elsewhere.pk} <= read(UserFactory.create(is_superuser=True))
