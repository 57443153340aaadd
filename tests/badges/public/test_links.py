import pytest
from django.urls import reverse

from badges.models import IssuedBadge
from badges.public.links import details_address, public_address
from tests.badges.shown import change, page_of, pending_at_credly

pytestmark = pytest.mark.usefixtures("public_url")


def test_the_details_stand_on_a_page_of_ours(issued):
    assert details_address(issued) == f"https://laurel.test{reverse('badges:issued_badge', args=[issued.pk])}"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_badge_of_ours_has_a_page_once_it_is_delivered(issued, is_there):
    if not is_there:
        issued.delivered_at = None

    assert public_address(issued) == f"https://laurel.test{page_of(issued)}" * is_there


@pytest.mark.parametrize("address", ["https://www.credly.com/badges/1", "", "javascript:alert(1)"])
def test_another_issuer_s_badge_stands_where_that_issuer_says(world, address):
    elsewhere = pending_at_credly(world)
    change(elsewhere, public_url=address)

    found = public_address(IssuedBadge.objects.get(pk=elsewhere.pk))

    assert found == (address if address.startswith("https") else "")
