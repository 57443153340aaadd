import pytest
from django.urls import reverse

from badges.models import IssuedBadge
from organizations.models import User
from organizations.telling_apart import tell_apart
from tests.factories import (
    BadgeFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    StudentFactory,
)

TWIN = {"first_name": "Tom", "last_name": "Twin"}


@pytest.fixture
def twins(world):
    """Two of the academy, and one of elsewhere: all are on the roster."""
    people = [
        StudentFactory.create(organization=world.academy, email="tom1@academy.example", **TWIN),
        StudentFactory.create(
            organization=world.academy, email="", username="tom2", first_name="tom", last_name="TWIN"
        ),
        StudentFactory.create(organization=world.partner, email="tom3@partner.example", **TWIN),
    ]
    for person in people:
        EnrollmentFactory.create(klass=world.klass, student=person)
    return people


def test_beside_equal_names_stands_what_differs(world, twins):
    tell_apart([*twins, world.student], world.administrator)

    assert [str(person) for person in [*twins, world.student]] == [
        "Tom Twin (tom1@academy.example)",
        "tom TWIN (tom2)",
        "Tom Twin (Partner)",
        world.student.get_full_name(),
    ]


def test_one_person_on_several_lines_has_no_namesake(world, twins):
    again = User.objects.get(pk=twins[0].pk)

    tell_apart([twins[0], again], world.administrator)

    assert [str(twins[0]), str(again)] == ["Tom Twin", "Tom Twin"]


@pytest.mark.parametrize(
    ("names", "told"),
    [(("one", "two"), ["Partner, one", "Partner, two"]), (("a@b.example", "two"), ["Partner, 1", "Partner, 2"])],
)
def test_outsiders_of_one_organization_are_told_apart_without_an_address(world, names, told):
    people = [
        StudentFactory.create(organization=world.partner, username=name, email=name if "@" in name else "", **TWIN)
        for name in names
    ]

    tell_apart(people, world.administrator)

    assert [person.differs for person in people] == told


def test_namesakes_on_other_pages_count(world, twins, django_assert_num_queries):
    world.administrator.get_all_permissions()

    with django_assert_num_queries(2):
        tell_apart(twins[:1], world.administrator, among=User.objects.get_queryset())

    assert str(twins[0]) == "Tom Twin (tom1@academy.example)"


@pytest.mark.parametrize(("count", "queries"), [(1, 0), (2, 1), (3, 1)])
def test_more_equal_names_cost_no_more_queries(world, twins, django_assert_num_queries, count, queries):
    world.administrator.get_all_permissions()

    with django_assert_num_queries(queries):
        tell_apart(twins[:count], world.administrator)


def test_an_account_without_a_name_prints_no_address(world):
    person = StudentFactory.create(first_name="", last_name="", username="jane@x.example", email="jane@x.example")

    assert (str(person), person.display_name) == ("jane", "jane")


@pytest.fixture
def page(world, signed_in):
    """The text of a page for the administrator of the academy."""
    client = signed_in(world.administrator)
    return lambda name, *args, **query: client.get(reverse(name, args=args), query).text


def told(text):
    return ["Tom Twin (tom1@academy.example)" in text, "tom TWIN (tom2)" in text, "Tom Twin (Partner)" in text]


def test_a_roster_tells_apart_for_screen_readers_too(world, twins, page):
    BadgeFactory.create(organization=world.academy)

    text = page("classes:roster", world.klass.pk)

    assert told(text) == [True] * 3
    assert "Issue a Badge to Tom Twin (tom1@academy.example)" in text
    assert "Completion Status of tom TWIN (tom2)" in text


@pytest.mark.parametrize("name", ["classes:issue_badges", "classes:choose_students"])
def test_issuing_tells_apart(world, twins, page, name):
    badge = BadgeFactory.create(organization=world.academy)
    chosen = {"students": [person.pk for person in twins], "badges": [badge.pk]}

    assert told(page(name, world.klass.pk, **chosen)) == [True] * 3


def test_the_choice_of_one_badge_names_the_one_of_two(world, twins, page):
    BadgeFactory.create(organization=world.academy)
    line = world.klass.enrollments.get(student=twins[1])

    assert "tom TWIN (tom2)" in page("classes:issue_badge", world.klass.pk, line.pk)


def test_a_refusal_in_the_dialog_names_the_one_of_two(world, twins, signed_in):
    held = IssuedBadgeFactory.create(badge__organization=world.academy, student=twins[1])
    line = world.klass.enrollments.get(student=twins[1])
    data = {"badge": held.badge_id, "key": "6c3bb9ab-9a0c-4c0f-a5cf-6a4dd0ae3b31"}

    answer = signed_in(world.administrator).post(reverse("classes:issue_badge", args=[world.klass.pk, line.pk]), data)

    assert "was not issued to tom TWIN (tom2) because of this error" in answer.text


def test_results_tell_apart_what_was_issued_and_what_failed(world, twins, page):
    badge = BadgeFactory.create(organization=world.academy)
    row = IssuedBadgeFactory.create(badge=badge, student=twins[0])
    item = IssuanceItemFactory.create(
        batch__organization=world.academy, badge=badge, student=twins[0], issued_badge=row, code="", message=""
    )
    for person in twins[1:]:
        IssuanceItemFactory.create(batch=item.batch, badge=badge, student=person)

    text = page("badges:issuance", item.batch_id)

    assert told(text) == [True] * 3
    assert "was not issued to Tom Twin (Partner) because of this error" in text


@pytest.mark.parametrize("name", ["badges:issued", "home"])
def test_lists_of_issued_badges_tell_apart(world, twins, page, name):
    for person in twins:
        IssuedBadgeFactory.create(badge__organization=world.academy, student=person)

    assert told(page(name)) == [True] * 3
    assert IssuedBadge.objects.count() == 3


def test_an_achievement_and_a_sweep_tell_apart(world, twins, page):
    first = EarnedAchievementFactory.create(achievement__organization=world.academy, user=twins[0], sweep=None)
    for person in twins[1:]:
        EarnedAchievementFactory.create(achievement=first.achievement, user=person)

    assert told(page("achievements:details", first.achievement_id)) == [True] * 3


def test_find_users_tells_apart(world, twins, page):
    assert told(page("achievements:users")) == [True, True, False]


def test_the_administration_tells_apart_in_lists(world, twins, page):
    assert told(page("admin:classes_enrollment_changelist")) == [True] * 3


def test_organizations_of_one_name_do_not_hide_what_differs(world):
    elsewhere = OrganizationFactory.create(name="Partner", parent=world.outside)
    people = [
        StudentFactory.create(organization=one, username=f"t{one.pk}", **TWIN) for one in (world.partner, elsewhere)
    ]

    tell_apart(people, world.administrator)

    assert [person.differs for person in people] == [f"Partner, t{person.organization_id}" for person in people]
