import pytest
from django.test import RequestFactory

from badges.models import IssuedBadge
from badges.pages.forms import IssuedBadgeFilter
from listing.narrowing import in_words
from tests.factories import AdministratorFactory, BadgeProviderFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return BadgeProviderFactory.create(name="Seals & Co", organization=OrganizationFactory.create())


def told(provider, name, value):
    """What a filter of Find Issued Badges that was sent this value is on paper."""
    request = RequestFactory().get("/")
    request.user = AdministratorFactory.create(organization=provider.organization)
    return in_words(IssuedBadgeFilter({name: value}, IssuedBadge.objects.all(), request=request).form[name])


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("badge", "  diver ", "diver"),
        ("status", "accepted", "Accepted"),
        ("status", "nonsense", ""),
        ("provider", "0", ""),
        ("provider", "", ""),
    ],
)
def test_filters_are_told_in_words(provider, name, value, words):
    assert told(provider, name, value) == words


def test_a_chosen_row_is_told_by_its_name(provider):
    assert told(provider, "provider", provider.pk) == "Seals & Co"
