"""The name of a badge leads to its Profile, where that is open."""

import pytest

from badges.catalogue.leading import lead_to_badges
from badges.models import Badge
from tests.factories import BadgeFactory


@pytest.mark.parametrize(
    ("who", "seen"), [("administrator", [True, False]), ("instructor", [False] * 2), ("student", [False] * 2)]
)
def test_a_badge_leads_to_its_profile_where_it_is_open(world, signed_in, who, seen):
    rows = [BadgeFactory.create(organization=world.academy), BadgeFactory.create(organization=world.outside)]

    lead_to_badges([rows[0], None, rows[1]], world.personas[who])

    assert [bool(row.page) for row in rows] == seen
    assert {signed_in(world.personas[who]).get(row.page).status_code for row in rows if row.page} <= {200}


def test_one_query_however_many_badges(world, django_assert_num_queries):
    BadgeFactory.create_batch(4, organization=world.academy)
    world.administrator.has_perm("badges.view_badge")

    with django_assert_num_queries(2):
        lead_to_badges(Badge.objects.all(), world.administrator)
