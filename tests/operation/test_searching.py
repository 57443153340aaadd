import pytest
from django.db import connection
from django.db.models import Q

from achievements.models import Achievement
from badges.models import Badge
from classes.models import Class
from courses.models import Course, LearningPath
from operation.searching import SearchPath, searched
from organizations.models import Organization, User
from organizations.scope import person_search
from tests.factories import OrganizationFactory, StudentFactory, UserFactory

pytestmark = pytest.mark.django_db

PATHS: list[SearchPath] = ["name", lambda word: Q(parent__name__icontains=word)]


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


@pytest.mark.parametrize("words", ["zlutoucky", "ŽLUŤOUČKÝ", "kun", "Kůň", "zoe kůň", "zoë"])
def test_case_and_accents_do_not_matter(words):
    StudentFactory.create(first_name="Zoë Žluťoučký", last_name="Kůň")
    StudentFactory.create(first_name="Ana", last_name="Moss")

    rows = searched(User.objects.get_queryset(), [("first_name", "last_name")], words)

    assert [row.first_name for row in rows] == ["Zoë Žluťoučký"]


@pytest.mark.parametrize("word", ["%", "_", "\\", "100%", "a_b", "\\d"])
def test_nothing_in_a_word_is_a_wildcard(word):
    for name in ("100% of a_b\\d", "Plain"):
        OrganizationFactory.create(name=name)

    assert [row.name for row in searched(Organization.objects.all(), ["name"], word)] == ["100% of a_b\\d"]


@pytest.mark.parametrize(
    ("model", "path", "index"),
    [
        (User, ("first_name", "last_name"), "user_name_words"),
        (User, ("username", "email"), "user_account_words"),
        (Badge, "name", "badge_words"),
        (Class, "name", "class_words"),
        (Course, ("name", "number"), "course_words"),
        (LearningPath, "name", "path_words"),
        (Achievement, "name", "achievement_words"),
    ],
)
def test_an_index_finds_the_words(model, path, index):
    plan = plan_of(searched(model.objects.all(), [path], "welding"))

    assert f"Bitmap Index Scan on {index}" in plan


def test_a_search_for_people_needs_no_look_at_all_of_them():
    reader = UserFactory.create(is_superuser=True)

    plan = plan_of(searched(User.objects.get_queryset(), person_search(reader), "lopez"))

    assert ("user_name_words" in plan, "user_account_words" in plan) == (True, True)


def plan_of(rows) -> str:
    """As for a big table: PostgreSQL reads small ones from end to end."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return str(rows.order_by().explain())


@pytest.mark.parametrize(
    ("paths", "words", "found"),
    [
        (["parent__name"], "acorn", ["Denver Labs"]),
        (["name", "parent__name"], "acorn", ["Acorn Group", "Denver Labs"]),
        (["name", "parent__name"], "acorn labs", ["Denver Labs"]),
        ([("parent__name", "parent__time_zone")], "group UTC", ["Denver Labs"]),
        (["parent__parent__name"], "acorn", []),
        (["parent__name"], "bees", []),
    ],
)
def test_a_word_is_found_beside_the_row_as_in_it(paths, words, found):
    rows = searched(Organization.objects.all(), paths, words)

    assert sorted(rows.values_list("name", flat=True)) == found
    assert sorted(Organization.objects.exclude(pk__in=rows).values_list("name", flat=True)) == sorted(
        {"Acorn Group", "Denver", "Denver Labs"} - set(found)
    )


def test_what_is_looked_for_beside_the_row_is_looked_up_by_its_own_index():
    rows = searched(User.objects.get_queryset(), ["organization__name", ("first_name", "last_name")], "acorn")

    assert '"organizations_user"."organization_id" = ANY((ARRAY(SELECT' in str(rows.query)
    assert "JOIN" not in str(rows.query)
