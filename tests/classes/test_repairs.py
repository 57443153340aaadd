import pytest
from django.urls import reverse

from badges.issuing import preflight
from badges.models import IssuedBadge
from classes.repairs import repairs_of
from tests.factories import BadgeFactory, IssuedBadgeFactory


@pytest.fixture
def badge(world):
    return BadgeFactory.create(organization=world.academy)


def repair(world, badge, persona):
    refused = preflight([badge], [world.student])
    assert len(refused) == 1
    return repairs_of(refused, [badge], world.personas[persona])


def test_an_account_is_mended_by_who_may_change_it(world, badge):
    world.student.email = ""
    world.student.save()

    assert repair(world, badge, "administrator") == {
        (badge.pk, world.student.pk): reverse("admin:organizations_user_change", args=[world.student.pk])
    }
    assert repair(world, badge, "instructor") == {}


def test_a_badge_is_mended_by_who_may_change_it(world, badge):
    badge.manual_issuance = False

    assert repair(world, badge, "administrator") == {
        (badge.pk, world.student.pk): reverse("badges:edit", args=[badge.pk])
    }
    assert repair(world, badge, "instructor") == {}


def test_a_provider_is_mended_by_who_may_change_it(world, badge):
    badge.provider.is_enabled = False
    badge.provider.save()

    assert repair(world, badge, "administrator") == {
        (badge.pk, world.student.pk): reverse("badges:provider_edit", args=[badge.provider_id])
    }
    assert repair(world, badge, "instructor") == {}


def test_what_was_not_delivered_leads_to_the_issued_badge(world, badge):
    issued = IssuedBadgeFactory.create(badge=badge, student=world.student, delivery=IssuedBadge.Delivery.FAILED)

    assert repair(world, badge, "administrator") == {
        (badge.pk, world.student.pk): reverse("badges:issued_badge", args=[issued.pk])
    }
    assert repair(world, badge, "instructor") == {}


def test_what_is_held_needs_no_repair_and_no_query(world, badge, django_assert_num_queries):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    refused = preflight([badge], [world.student])

    with django_assert_num_queries(0):
        assert repairs_of(refused, [badge], world.administrator) == {}
