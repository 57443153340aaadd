import datetime as dt

import pytest
from django.urls import reverse

from badges.models import IssuedBadge, Via
from tests.factories import (
    PAST,
    BadgeFactory,
    InstructorFactory,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
    StudentFactory,
    UserFactory,
)


@pytest.fixture
def badge(world):
    return BadgeFactory.create(name="Diver", organization=world.academy, manual_issuance=False)


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


@pytest.fixture
def manager_without_role(world, signed_in):
    """Manages the academy, but nobody gave the account a role."""
    return signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))


def students(response):
    return [row.student for row in response.context["listing"].page]


def test_find_issued_badges_shows_what_is_in_reach(world, badge, administrator):
    ours = IssuedBadgeFactory.create(badge=badge)
    IssuedBadgeFactory.create()

    response = administrator.get(reverse("badges:issued"))

    assert list(response.context["listing"].page) == [ours]


@pytest.fixture
def issued(world, badge):
    """Two issued badges that differ in everything a filter looks at."""
    instructor = InstructorFactory.create(organization=world.academy, last_name="Okafor")
    ann = StudentFactory.create(organization=world.academy, first_name="Ann", last_name="Alder")
    bo = StudentFactory.create(organization=world.umbrella, first_name="Bo", last_name="Birch")
    return [
        IssuedBadgeFactory.create(badge=badge, student=ann, issued_by=instructor, source_words="Deep Water"),
        IssuedBadgeFactory.create(
            badge=BadgeFactory.create(name="Climber", organization=world.umbrella),
            student=bo,
            via=Via.ACHIEVEMENT,
            status=IssuedBadge.Status.PENDING,
            delivery=IssuedBadge.Delivery.FAILED,
            delivered_at=None,
            failure_message="The template is archived.",
            issued_at=PAST + dt.timedelta(days=10),
        ),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Birch", "Alder"]),
        ({"q": "deep"}, ["Alder"]),
        ({"badge": "dive"}, ["Alder"]),
        ({"student": "ann alder"}, ["Alder"]),
        ({"student": "nobody"}, []),
        ({"status": "pending"}, ["Birch"]),
        ({"delivery": "failed"}, ["Birch"]),
        ({"via": "roster"}, ["Alder"]),
        ({"issued_by": "okafor"}, ["Alder"]),
        ({"issued_at_after": "2026-03-03"}, ["Birch"]),
        ({"issued_at_before": "2026-03-02"}, ["Alder"]),
        ({"issued_at_after": "2026-03-02", "issued_at_before": "2026-03-12"}, ["Birch", "Alder"]),
        ({"issued_at_after": "yesterday"}, []),
        ({"status": "no such status"}, []),
        ({"sort": "student"}, ["Alder", "Birch"]),
        ({"sort": "issued_by"}, ["Alder", "Birch"]),
        ({"page": "10000000000"}, ["Birch", "Alder"]),
    ],
)
def test_find_issued_badges_finds(issued, administrator, query, found):
    response = administrator.get(reverse("badges:issued"), query)

    assert [student.last_name for student in students(response)] == found


def test_find_issued_badges_by_organization(world, issued, administrator):
    response = administrator.get(reverse("badges:issued"), {"organization": world.academy.pk})

    assert students(response) == [issued[0].student]


@pytest.mark.parametrize("rows", [1, 3])
def test_find_issued_badges_takes_eleven_queries(badge, administrator, django_assert_num_queries, rows):
    IssuedBadgeFactory.create_batch(rows, badge=badge, issued_by=InstructorFactory.create())

    with django_assert_num_queries(11):
        administrator.get(reverse("badges:issued"))


def test_find_issued_badges_exports_the_reason_of_a_failure(issued, administrator):
    query = {"export": "csv", "columns": ["badge", "student", "issued_at", "failure"], "delivery": "failed"}

    response = administrator.get(reverse("badges:issued"), query)

    assert response.getvalue().decode() == (
        "\ufeffBadge,Student,Issued,Failure\r\nClimber,Bo Birch,2026-03-12T09:00:00+00:00,The template is archived.\r\n"
    )


def test_find_issued_badges_links_to_people_in_reach_alone(world, badge, administrator):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    IssuedBadgeFactory.create(badge=badge, student=world.guest)

    response = administrator.get(reverse("badges:issued"))

    assert response.context["people_in_reach"] == {world.student.pk}


def test_find_issued_badges_links_to_issuances_in_reach_alone(world, badge, administrator):
    batch = IssuanceBatchFactory.create(organization=world.academy)
    elsewhere = IssuanceBatchFactory.create(organization=world.outside)
    IssuedBadgeFactory.create(badge=badge, batch=batch)
    IssuedBadgeFactory.create(badge=badge, batch=elsewhere)

    response = administrator.get(reverse("badges:issued"), {"columns": "batch"})

    assert response.context["batches_in_reach"] == {batch.pk}
    links = [f'href="{reverse("badges:issuance", args=[each.pk])}"' in response.text for each in (batch, elsewhere)]
    assert links == [True, False]
    assert f">{elsewhere.pk}<" in response.text
