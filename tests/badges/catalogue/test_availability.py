import pytest
from django.core.exceptions import ValidationError

from badges.catalogue.availability import children, refuse_foreign_provider, refuse_others_than_children
from badges.models import Badge
from tests.factories import BadgeFactory, BadgeProviderFactory, OrganizationFactory


def test_children_are_all_below_at_any_depth(world):
    grandchild = OrganizationFactory.create(name="Evening school", parent=world.academy)

    assert set(children(world.umbrella)) == {world.academy, grandchild}


def test_each_organization_that_is_no_child_is_named(world):
    with pytest.raises(ValidationError) as caught:
        refuse_others_than_children(world.umbrella, [world.academy, world.umbrella, world.outside])

    assert caught.value.messages == ["Umbrella, Outside are no child organizations of Umbrella."]


def test_children_are_not_refused(world):
    refuse_others_than_children(world.umbrella, [world.academy])


def test_a_provider_of_another_organization_is_refused(world):
    provider = BadgeProviderFactory.create(name="Theirs", organization=world.outside)

    with pytest.raises(ValidationError) as caught:
        refuse_foreign_provider(world.academy, provider)

    assert caught.value.messages == ["Theirs is not available to Academy."]


@pytest.mark.parametrize("is_own", [True, False])
def test_an_own_and_an_available_provider_are_not_refused(world, is_own):
    provider = BadgeProviderFactory.create(organization=world.academy if is_own else world.umbrella)
    if not is_own:
        provider.available_to.add(world.academy)

    refuse_foreign_provider(world.academy, provider)


def test_an_organization_uses_its_own_badges_and_those_made_available_to_it(world):
    own, shared, _others = (BadgeFactory.create(organization=o) for o in (world.academy, world.umbrella, world.outside))
    shared.available_to.add(world.academy)

    assert set(Badge.objects.usable_by(world.academy.pk)) == {own, shared}
