"""The Undo page of an organization."""

import uuid

import pytest
from django.urls import reverse

from badges.models import IssuedBadge
from tests.factories import BadgeFactory, OrganizationFactory


@pytest.fixture(autouse=True)
def _of_the_installation(settings):
    settings.UNDO_SECONDS = 10


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


def page_of(organization):
    return reverse("undo_time", args=[organization.pk])


def test_an_administrator_sets_the_seconds_and_what_is_issued_then_waits_so_long(world, administrator, signed_in):
    badge = BadgeFactory.create(organization=world.academy)
    assert "10 s, from the installation" in administrator.get(page_of(world.academy)).text

    answer = administrator.post(page_of(world.academy), {"undo_seconds": "90"}, follow=True)
    issuing = reverse("classes:issue_badge", args=[world.klass.pk, world.enrollment.pk])
    said = signed_in(world.instructor).post(issuing, {"badge": badge.pk, "key": uuid.uuid4()}, follow=True)

    assert "Saved: this holds for what is issued from now on." in answer.text
    assert "Badges issued by hand wait 90 seconds before they leave." in answer.text
    assert "It leaves in 90 seconds." in said.text
    assert IssuedBadge.objects.undoable().count() == 1


def test_what_is_inherited_is_said_until_it_is_given_up_or_switched_off(world, administrator):
    world.umbrella.undo_seconds = 45
    world.umbrella.save()
    page = page_of(world.academy)

    inherited = administrator.get(page).text
    off = administrator.post(page, {"undo_seconds": "0"}, follow=True).text
    again = administrator.post(page, {"undo_seconds": ""}, follow=True).text

    assert "This is inherited: 45 s, from Umbrella." in inherited
    assert "Badges issued by hand leave at once. Undo is switched off." in off
    assert "This is inherited" not in off
    assert "Leave empty to use 45 s, from Umbrella." in off
    assert "This is inherited: 45 s, from Umbrella." in again


def test_it_leads_to_the_brand_and_to_the_organizations_below(world, administrator):
    below = OrganizationFactory.create(parent=world.academy, name="North", undo_seconds=5)

    page = administrator.get(page_of(world.academy)).text

    assert reverse("brand", args=[world.academy.pk]) in page
    assert f'<a href="{page_of(below)}">North</a>' in page
    assert page_of(world.academy) in administrator.get(reverse("brand", args=[world.academy.pk])).text


def test_too_long_is_refused_and_nothing_is_saved(world, administrator):
    answer = administrator.post(page_of(world.academy), {"undo_seconds": "301"})

    world.academy.refresh_from_db()
    assert (answer.status_code, world.academy.undo_seconds) == (422, None)
