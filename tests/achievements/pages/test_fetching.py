"""Who may open an achievement."""

import pytest

from tests.achievements.pages.reading import page
from tests.factories import AdministratorFactory, OrganizationFactory, UserFactory


@pytest.fixture
def manager_without_role(world, signed_in):
    """Manages the academy, but nobody gave the account a role."""
    return signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))


@pytest.mark.parametrize("name", ["details", "edit"])
@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 404), ("stranger", 404)],
)
def test_pages_of_an_achievement_are_for_its_administrators(world, achievement, signed_in, name, persona, status):
    response = signed_in(getattr(world, persona)).get(page(name, achievement.pk))

    assert response.status_code == status


@pytest.mark.parametrize("name", ["details", "edit"])
def test_pages_of_an_achievement_need_the_permission_too(achievement, manager_without_role, name):
    response = manager_without_role.get(page(name, achievement.pk))

    assert response.status_code == 403


def test_an_administrator_below_sees_nothing_of_the_organization_above(world, achievement, signed_in):
    below = OrganizationFactory.create(parent=world.academy)

    response = signed_in(AdministratorFactory.create(organization=below)).get(page("details", achievement.pk))

    assert response.status_code == 404
