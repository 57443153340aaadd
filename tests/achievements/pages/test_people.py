from django.test import RequestFactory

from achievements.pages.views.people import people_in_reach
from organizations.models import User
from tests.factories import UserFactory


def request_of(user):
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=user.pk)
    return request


def test_those_whose_page_the_reader_may_open_are_linked(world):
    people = [world.student, world.stranger, None, world.student]

    linked = [people_in_reach(request_of(user), people) for user in (world.administrator, world.student)]

    assert linked == [{world.student.pk}, {world.student.pk}]


def test_two_of_one_name_are_told_apart_also_where_neither_is_linked(world):
    twins = [
        UserFactory.create(
            first_name="Tom", last_name="Twin", email=f"tom{number}@academy.example", organization=world.academy
        )
        for number in (1, 2)
    ]

    people_in_reach(request_of(world.administrator), twins)

    assert [str(one) for one in twins] == ["Tom Twin (tom1@academy.example)", "Tom Twin (tom2@academy.example)"]


def test_nobody_is_linked_where_nobody_is_named(world, django_assert_num_queries):
    request = request_of(world.administrator)

    with django_assert_num_queries(0):
        assert people_in_reach(request, [None]) == set()
