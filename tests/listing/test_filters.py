import django_filters
import pytest
from django.test import RequestFactory

from achievements.pages.forms import AchievementFilter
from badges.models import IssuedBadge
from badges.pages.forms import IssuedBadgeFilter
from courses.forms import AssignmentFilter
from listing.narrowing import LONGEST_SEARCH
from tests.factories import InstructorFactory, IssuedBadgeFactory, StudentFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued():
    student = StudentFactory.create(
        first_name="Ann", last_name="Alder", username="tree", email="ann.alder@forest.example"
    )
    return IssuedBadgeFactory.create(student=student, issued_by=InstructorFactory.create(last_name="Okafor"))


def asked(**query):
    request = RequestFactory().get("/")
    request.user = UserFactory.create(is_superuser=True)  # everybody is in scope
    return IssuedBadgeFilter(query, IssuedBadge.objects.all(), request=request)


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("ann", True),
        ("ALDER ann", True),
        ("tree", True),
        ("forest.example ann", True),
        ("  ", True),
        ("ann birch", False),
        ("okafor", False),
    ],
)
def test_a_person_is_found_by_every_word_of_a_name_or_an_address(issued, words, is_found):
    found = asked(student=words).qs

    assert list(found) == ([issued] if is_found else [])


def test_another_person_of_the_row_has_a_filter_of_its_own(issued):
    found = asked(issued_by="okafor").qs

    assert list(found) == [issued]


@pytest.mark.parametrize("filterset", [IssuedBadgeFilter, AssignmentFilter, AchievementFilter])
def test_no_filter_takes_more_words_than_a_search(filterset):
    texts = [found for found in filterset.base_filters.values() if isinstance(found, django_filters.CharFilter)]

    assert texts
    assert {found.extra.get("max_length") for found in texts} == {LONGEST_SEARCH}


@pytest.mark.parametrize("name", ["student", "issued_by", "badge"])
def test_thousands_of_words_are_refused(name):
    assert list(asked(**{name: "word " * 2_000}).errors) == [name]
