"""What follows when an organization or an account is saved."""

import pytest

from operation.models import SweepHint
from organizations.editing import (
    add_account,
    add_organization,
    change_account,
    change_organization,
    set_participation,
)
from organizations.models import Organization, User
from tests.factories import OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


def looked_at():
    """The ids of organizations, and of people, that the sweep is told to look at."""
    rows = SweepHint.objects.values_list("organization_id", "student_id")
    return {one for one, _student in rows if one}, {student for _one, student in rows if student}


@pytest.mark.parametrize("switch", [True, False])
def test_a_new_child_takes_the_switches_of_its_parent(switch):
    parent = OrganizationFactory.create(achievements_enabled=switch, in_global_achievements=switch)
    child = Organization(
        name="Child", parent=parent, achievements_enabled=not switch, in_global_achievements=not switch
    )

    add_organization(child)

    stored = Organization.objects.get(name="Child")
    assert (stored.achievements_enabled, stored.in_global_achievements) == (switch, switch)


def test_a_new_tree_keeps_its_own_switches():
    add_organization(Organization(name="Top", achievements_enabled=False))

    assert Organization.objects.get().achievements_enabled is False


@pytest.mark.parametrize(
    ("changed", "is_switched", "is_looked_at"),
    [
        (["name"], False, False),
        (["achievements_enabled"], True, True),
        (["in_global_achievements"], True, True),
        (["time_zone"], True, True),
        (["approval_limit"], False, True),
    ],
)
def test_what_decides_who_earns_something_is_looked_at_again(changed, is_switched, is_looked_at):
    organization = OrganizationFactory.create()

    change_organization(organization, changed=changed)

    organization.refresh_from_db()
    assert organization.switched_at is not None if is_switched else organization.switched_at is None
    assert looked_at() == ({organization.pk} if is_looked_at else set(), set())


@pytest.mark.parametrize(("enabled", "takes_part"), [(True, True), (False, False)])
def test_switching_achievements_on_lets_all_take_part_and_off_keeps_each_choice(enabled, takes_part):
    organization = OrganizationFactory.create(achievements_enabled=enabled)
    own = UserFactory.create(organization=organization, participates_in_achievements=False)
    other = UserFactory.create(participates_in_achievements=False)

    change_organization(organization, changed=["achievements_enabled"])

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.participates_in_achievements, other.participates_in_achievements) == (takes_part, False)


def test_a_move_looks_at_all_that_moved_and_all_above_it_now():
    top = OrganizationFactory.create()
    above = OrganizationFactory.create(parent=top)
    moved = OrganizationFactory.create()
    below = OrganizationFactory.create(parent=moved)
    OrganizationFactory.create(parent=top)
    moved.parent = above

    change_organization(moved, changed=["parent"])

    assert looked_at() == ({top.pk, above.pk, moved.pk, below.pk}, set())
    assert set(Organization.objects.filter(switched_at__isnull=False)) == {moved, below}


@pytest.mark.parametrize("enabled", [True, False])
def test_a_new_account_takes_the_setting_of_its_organization(enabled):
    organization = OrganizationFactory.create(achievements_enabled=enabled)

    add_account(User(username="new", organization=organization, participates_in_achievements=not enabled))

    assert User.objects.get().participates_in_achievements is enabled


@pytest.mark.parametrize(
    ("changed", "is_switched", "is_looked_at"),
    [
        (["first_name"], False, False),
        (["email"], False, True),
        (["organization"], True, True),
        (["participates_in_achievements"], True, True),
        (["is_active"], True, True),
    ],
)
def test_a_person_is_looked_at_when_what_counts_for_him_or_her_changed(changed, is_switched, is_looked_at):
    user = UserFactory.create()

    change_account(user, changed=changed)

    user.refresh_from_db()
    assert (user.switched_at is not None) is is_switched
    assert looked_at() == (set(), {user.pk} if is_looked_at else set())


@pytest.mark.parametrize(("was", "now", "is_switched"), [(False, True, True), (True, False, True), (True, True, False)])
def test_who_comes_back_or_leaves_is_looked_at_and_the_moment_is_kept_once(was, now, is_switched):
    user = UserFactory.create(participates_in_achievements=was)

    set_participation(user, takes_part=now)

    assert user.participates_in_achievements is now
    stored = User.objects.get()
    assert (stored.participates_in_achievements, stored.switched_at is not None) == (now, is_switched)
    assert looked_at() == (set(), {user.pk})
