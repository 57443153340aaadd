"""Where the name of a person leads: never to a page that the reader may not open."""

import pytest
from django.urls import reverse

from organizations.leading import lead_to_people
from organizations.models import User
from tests.factories import AdministratorFactory, EnrollmentFactory, StudentFactory, UserFactory

PAGES = {"": "", "person": "achievements:user"}


def pages_for(reader, people):
    """Where the name of each leads, by its word in `PAGES`."""
    shown = {name: User.objects.get(pk=person.pk) for name, person in people.items()}
    lead_to_people(shown.values(), reader)
    words = {
        reverse(page, args=[one.pk]) if page else "": word for word, page in PAGES.items() for one in shown.values()
    }
    return {name: words[one.page] for name, one in shown.items()}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("administrator", {"student": "person", "guest": "", "instructor": "person", "stranger": ""}),
        ("instructor", {"student": "person", "guest": "", "instructor": "person", "stranger": ""}),
        ("contractor", {"student": "person", "guest": "person", "instructor": "", "stranger": ""}),
        ("student", {"student": "person", "guest": "", "instructor": "", "stranger": ""}),
        ("stranger", {"student": "", "guest": "", "instructor": "", "stranger": "person"}),
    ],
)
def test_a_name_leads_to_what_the_reader_may_open(world, signed_in, who, expected):
    reader = world.personas[who]
    people = {name: getattr(world, name) for name in expected}

    found = pages_for(reader, people)

    assert found == expected
    client = signed_in(reader)
    leading = {name: client.get(reverse(PAGES[word], args=[people[name].pk])) for name, word in found.items() if word}
    assert {name: answer.status_code for name, answer in leading.items()} == dict.fromkeys(leading, 200)


def test_nobody_is_led_to_who_is_not_on_the_roster_any_more(world):
    world.enrollment.enrollment_status = "cancelled"
    world.enrollment.save()

    assert pages_for(world.instructor, {"student": world.student}) == {"student": ""}


def test_who_manages_people_without_the_permission_is_led_to_nobody(world):
    manager = UserFactory.create(organization=world.umbrella)
    manager.managed_organizations.add(world.umbrella)

    assert pages_for(manager, {"student": world.student}) == {"student": ""}


def test_a_superuser_is_led_to_everybody(world):
    superuser = AdministratorFactory.create(organization=world.outside, is_superuser=True)

    assert pages_for(superuser, {"student": world.student, "guest": world.guest}) == dict.fromkeys(
        ("student", "guest"), "person"
    )


@pytest.mark.parametrize(("who", "queries"), [("administrator", 1), ("instructor", 1), ("student", 0)])
def test_one_query_however_many_people(world, django_assert_num_queries, who, queries):
    reader = User.objects.get(pk=world.personas[who].pk)
    reader.has_perm("classes.view_class")
    people = [world.student, None, *StudentFactory.create_batch(5, organization=world.academy)]
    for one in people[2:]:
        EnrollmentFactory.create(klass=world.klass, student=one)

    with django_assert_num_queries(queries):
        lead_to_people(people, reader)
