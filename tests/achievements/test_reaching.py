import pytest

from achievements.models import Achievement
from achievements.reaching import is_at_home, reaches
from organizations.models import Organization
from tests.factories import AchievementFactory, OrganizationFactory


@pytest.fixture
def achievements(world):
    """Of each organization one for its own people, one global, and one across all trees."""
    sibling = OrganizationFactory.create(name="Sibling", parent=world.umbrella)
    for owner in (world.umbrella, world.academy, sibling, world.outside):
        AchievementFactory.create(name=f"{owner} own", organization=owner)
        AchievementFactory.create(name=f"{owner} global", organization=owner, is_global=True)
    AchievementFactory.create(name="All", organization=world.partner, is_global=True, reaches_all_trees=True)
    AchievementFactory.create(name="Not ticked", organization=world.partner, reaches_all_trees=True)


def names(condition):
    return list(Achievement.objects.filter(condition).order_by("name").values_list("name", flat=True))


def test_global_ones_reach_their_tree_and_wide_ones_all(world, achievements):
    found = names(reaches(Organization.objects.filter(pk=world.academy.pk)))

    assert found == ["Academy global", "All", "Sibling global", "Umbrella global"]


def test_each_of_several_organizations_is_reached(world, achievements):
    found = names(reaches(Organization.objects.filter(pk__in=[world.academy.pk, world.outside.pk])))

    assert found == ["Academy global", "All", "Outside global", "Sibling global", "Umbrella global"]


def test_at_home_are_the_own_ones_and_the_global_ones_while_it_takes_part(world, achievements):
    takes_part = names(is_at_home(world.academy))
    world.academy.in_global_achievements = False

    assert takes_part == ["Academy global", "Academy own", "All", "Sibling global", "Umbrella global"]
    assert names(is_at_home(world.academy)) == ["Academy global", "Academy own"]
