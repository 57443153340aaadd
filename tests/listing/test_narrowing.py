import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import translation

from badges.models import IssuedBadge
from badges.pages.forms import IssuedBadgeFilter
from listing.narrowing import Chip, filter_of, in_words, names_of
from tests.factories import AdministratorFactory, BadgeProviderFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return BadgeProviderFactory.create(name="Seals & Co", organization=OrganizationFactory.create())


def field_of(provider, name, data):
    """A filter of Find Issued Badges that was sent this."""
    request = RequestFactory().get("/")
    request.user = AdministratorFactory.create(organization=provider.organization)
    return IssuedBadgeFilter(data, IssuedBadge.objects.all(), request=request).form[name]


def told(provider, name, value):
    """What a filter of Find Issued Badges that was sent this value is on paper."""
    return in_words(field_of(provider, name, {name: value}))


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


@pytest.mark.parametrize(
    ("language", "first", "last", "words"),
    [
        ("en", "2026-11-01", "2026-11-03", "1 Nov 2026 – 3 Nov 2026"),
        ("en", "2026-11-01", "2026-11-01", "1 Nov 2026"),
        ("en", "2026-11-01", "", "from 1 Nov 2026"),
        ("en", "", "2026-11-03", "until 3 Nov 2026"),
        ("de", "", "2026-11-03", "bis 3. Nov. 2026"),
    ],
)
def test_days_are_told_in_the_format_of_the_reader(provider, language, first, last, words):
    with translation.override(language):
        field = field_of(provider, "issued_at", {"issued_at_after": first, "issued_at_before": last})

        assert in_words(field) == words


def test_a_filter_of_two_days_has_two_names(provider):
    assert names_of(field_of(provider, "issued_at", {})) == ["issued_at_after", "issued_at_before"]
    assert names_of(field_of(provider, "badge", {})) == ["badge"]


def test_a_filter_of_one_row_has_a_name_for_the_words_of_its_name(provider):
    assert names_of(field_of(provider, "provider", {})) == ["provider", "provider_named"]


def test_the_name_of_what_the_reader_may_not_see_is_not_told(provider):
    foreign = BadgeProviderFactory.create(name="Foreign", organization=OrganizationFactory.create())
    data = {"provider": foreign.pk, "status": "held"}

    found = filter_of(
        field_of(provider, "provider", data), "listing", "/issued/", lambda _ids: QueryDict("status=held")
    )

    assert found.chips == [Chip("Badge Provider", "", "listing-filter-provider", "/issued/?status=held")]
