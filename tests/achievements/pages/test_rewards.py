"""The pages of what people have won."""

import pytest
from django.urls import reverse

from tests.achievements.pages.reading import page
from tests.factories import (
    PAST,
    AchievementFactory,
    CourseFactory,
    CourseTagFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    LabFactory,
    UserFactory,
)


@pytest.fixture
def manager_without_role(world, signed_in):
    """Manages the academy, but nobody gave the account a role."""
    return signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))


def test_everybody_has_a_page_of_his_own(world, signed_in):
    for persona in world.personas.values():
        assert signed_in(persona).get(reverse("achievements:mine")).status_code == 200


def test_a_badge_that_has_ended_says_so_wherever_its_student_looks(world, signed_in):
    IssuedBadgeFactory.create(student=world.student, expires_at=PAST)
    client = signed_in(world.student)

    pages = [client.get(address).text for address in (reverse("achievements:mine"), reverse("home"))]

    assert [text.count("<span>Expired</span></span>") for text in pages] == [1, 1]


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 200), ("stranger", 404)],
)
def test_the_page_of_a_person_is_for_that_person_and_administrators(world, signed_in, persona, status):
    response = signed_in(getattr(world, persona)).get(page("of", world.student.pk))

    assert response.status_code == status


def test_the_page_of_a_person_needs_the_permission_too(world, manager_without_role):
    response = manager_without_role.get(page("of", world.student.pk))

    assert response.status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_a_person_takes_twenty_queries(world, administrator, django_assert_num_queries, rows):
    for _row in range(rows):
        course = CourseFactory.create(organization=world.academy)
        tag = CourseTagFactory.create(organization=world.academy)
        lab = LabFactory.create(organization=world.academy)
        other = AchievementFactory.create(organization=world.academy, is_enabled=False)
        conditions = [
            {"Subject": 20, "Count": 9, "CourseIds": [course.pk], "CourseTagIds": [tag.pk]},
            {"Subject": 0, "Count": 1, "LabProfileIds": [lab.pk]},
            {"Subject": 40, "Count": 1, "AchievementIds": [other.pk]},
        ]
        AchievementFactory.create(organization=world.academy, conditions=conditions)
    EarnedAchievementFactory.create_batch(rows, user=world.student)
    IssuedBadgeFactory.create_batch(rows, student=world.student)

    with django_assert_num_queries(20):
        administrator.get(page("of", world.student.pk))
