import pytest
from django.contrib.auth.models import Group, Permission

from organizations.access import (
    administers_tree_of,
    changeable_accounts,
    grantable_roles,
    managed_organizations,
    manages,
)
from organizations.models import Organization, User
from tests.factories import AdministratorFactory, OrganizationFactory, UserFactory


def names(organizations) -> list[str]:
    return sorted(organizations.values_list("name", flat=True))


def test_managing_an_organization_is_managing_all_below_it(world):
    OrganizationFactory.create(name="Evening school", parent=world.academy)

    assert names(managed_organizations(world.administrator)) == ["Academy", "Evening school", "Umbrella"]


def test_managing_an_organization_is_not_managing_the_one_above(world):
    administrator = AdministratorFactory.create(organization=world.academy)

    assert names(managed_organizations(administrator)) == ["Academy"]


def test_belonging_to_an_organization_is_not_managing_it(world):
    assert names(managed_organizations(world.instructor)) == []


def test_a_superuser_manages_all(world):
    superuser = UserFactory.create(organization=world.outside, is_superuser=True)

    assert names(managed_organizations(superuser)) == ["Academy", "Outside", "Partner", "Umbrella"]


def test_a_ring_in_the_tree_ends(world):
    Organization.objects.filter(pk=world.umbrella.pk).update(parent=world.academy)

    assert names(managed_organizations(world.administrator)) == ["Academy", "Umbrella"]


def test_two_managed_branches_that_overlap_count_once(world):
    world.administrator.managed_organizations.add(world.academy)

    assert names(managed_organizations(world.administrator)) == ["Academy", "Umbrella"]


def test_the_tree_is_walked_in_one_query(world, django_assert_num_queries):
    for _level in range(5):
        OrganizationFactory.create(parent=Organization.objects.order_by("pk").last())

    with django_assert_num_queries(1):
        list(managed_organizations(world.administrator))


def test_manages_answers_for_one_organization(world):
    answers = [manages(world.administrator, one.pk) for one in (world.umbrella, world.academy, world.outside)]

    assert answers == [True, True, False]


def test_who_administers_the_root_administers_the_tree_of_each_organization_below(world):
    evening = OrganizationFactory.create(parent=world.academy)
    dean = AdministratorFactory.create(organization=world.academy)
    organizations = (world.umbrella, world.academy, evening, world.outside)

    answers = {
        user: [administers_tree_of(user, one) for one in organizations]
        for user in (world.administrator, dean, world.instructor)
    }

    assert answers == {
        world.administrator: [True, True, True, False],
        dean: [False, False, False, False],
        world.instructor: [False, False, False, False],
    }


def test_an_administrator_grants_the_roles(world):
    assert names(grantable_roles(world.administrator)) == ["Administrator", "Instructor", "Student"]


def test_a_role_that_can_do_more_is_not_granted(world):
    assert names(grantable_roles(world.instructor)) == ["Instructor", "Student"]


def test_a_role_that_was_widened_by_an_own_permission_is_granted(world):
    permission = Permission.objects.get(codename="delete_user")
    Group.objects.get(name="Student").permissions.add(permission)
    world.administrator.user_permissions.add(permission)

    assert names(grantable_roles(world.administrator)) == ["Administrator", "Instructor", "Student"]


def test_a_group_that_is_no_role_is_not_granted(world):
    Group.objects.create(name="Auditors")

    assert "Auditors" not in names(grantable_roles(world.administrator))


@pytest.fixture
def accounts(world) -> dict[str, User]:
    """Accounts of the academy, all of them visible to the administrator of the academy."""
    with_permission = UserFactory.create(organization=world.academy)
    with_permission.user_permissions.add(Permission.objects.get(codename="delete_user"))
    with_group = UserFactory.create(organization=world.academy)
    with_group.groups.add(Group.objects.create(name="Auditors"))
    return {
        "plain": UserFactory.create(organization=world.academy),
        "peer": AdministratorFactory.create(organization=world.academy),
        "superuser": UserFactory.create(organization=world.academy, is_superuser=True),
        "manager above": AdministratorFactory.create(organization=world.academy, manages=[world.umbrella]),
        "manager elsewhere": AdministratorFactory.create(organization=world.academy, manages=[world.outside]),
        "with a permission": with_permission,
        "with a group": with_group,
        "elsewhere": UserFactory.create(organization=world.outside),
    }


def test_an_account_that_reaches_further_is_left_alone(world, accounts):
    administrator = AdministratorFactory.create(organization=world.academy)

    changeable = set(changeable_accounts(administrator).values_list("pk", flat=True))

    assert [name for name, user in accounts.items() if user.pk in changeable] == ["plain", "peer"]


def test_an_administrator_changes_the_own_account(world):
    assert changeable_accounts(world.administrator).filter(pk=world.administrator.pk).exists() is True


def test_a_superuser_changes_every_account(world, accounts):
    assert changeable_accounts(accounts["superuser"]).count() == User.objects.count()
