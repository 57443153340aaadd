import pytest
from django.db.models import Q

from operation.searching import SearchPath, searched
from organizations.models import Organization
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db

PATHS: list[SearchPath] = ["name__icontains", lambda word: Q(parent__name__icontains=word)]


@pytest.fixture(autouse=True)
def _tree():
    top = OrganizationFactory.create(name="Acorn Group")
    OrganizationFactory.create(name="Denver Labs", parent=top)
    OrganizationFactory.create(name="Denver", parent=None)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["Acorn Group", "Denver", "Denver Labs"]),
        ("denver", ["Denver", "Denver Labs"]),
        ("labs denver", ["Denver Labs"]),
        ("acorn denver", ["Denver Labs"]),
        ("acorn bees", []),
    ],
)
def test_every_word_is_found_at_one_of_the_paths(words, found):
    rows = searched(Organization.objects.all(), PATHS, words)

    assert sorted(rows.values_list("name", flat=True)) == found
