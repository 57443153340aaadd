import csv
import datetime as dt
import io

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from badges.models import IssuedBadge, Via
from badges.pages import columns
from badges.public.links import public_address
from badges.public.publishing import address_to_accept
from tests.factories import (
    PAST,
    BadgeFactory,
    BadgeProviderFactory,
    InstructorFactory,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
    StudentFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def badge(world):
    return BadgeFactory.create(name="Diver", organization=world.academy, manual_issuance=False)


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
        IssuedBadgeFactory.create(
            badge=badge, student=ann, issued_by=instructor, source_id=7, source_words="Deep Water"
        ),
        IssuedBadgeFactory.create(
            badge=BadgeFactory.create(name="Climber", organization=world.umbrella),
            student=bo,
            via=Via.ACHIEVEMENT,
            source_id=7,
            source_words="Ten Peaks",
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
        ({"status": "waiting"}, []),
        ({"status": "failed"}, ["Birch"]),
        ({"status": "held"}, ["Alder"]),
        ({"status": "retriable"}, ["Birch"]),
        ({"via": "roster"}, ["Alder"]),
        ({"via": "achievement"}, ["Birch"]),
        ({"via": "by_hand"}, ["Alder"]),
        ({"of_badge": "0"}, []),
        ({"from_class": "7"}, ["Alder"]),
        ({"from_class": "8"}, []),
        ({"from_class": "water"}, ["Alder"]),
        ({"from_class": "peaks"}, []),
        ({"from_class": "9" * 30}, []),
        ({"from_class": "²"}, []),
        ({"from_achievement": "7"}, ["Birch"]),
        ({"from_achievement": "ten peaks"}, ["Birch"]),
        ({"provider": "0"}, []),
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


def test_find_issued_badges_by_provider(issued, administrator):
    response = administrator.get(reverse("badges:issued"), {"provider": issued[1].provider_id})

    assert students(response) == [issued[1].student]


def test_find_issued_badges_by_another_organization_s_provider_finds_nothing(issued, administrator):
    response = administrator.get(reverse("badges:issued"), {"provider": BadgeProviderFactory.create().pk})

    assert students(response) == []


def test_lines_can_be_chosen_by_those_who_may_do_something_with_them(world, issued, administrator, signed_in):
    reader = UserFactory.create(organization=world.academy, manages=[world.umbrella])
    reader.user_permissions.add(Permission.objects.get(codename="view_issuedbadge"))

    texts = [client.get(reverse("badges:issued")).text for client in (administrator, signed_in(reader))]

    pages = [" ".join(text.split()) for text in texts]
    box = f'name="issued" value="{issued[0].pk}" aria-label="Diver of Ann Alder" form="chosen"'
    assert [box in page for page in pages] == [True, False]
    assert ["Revoke…" in page for page in pages] == [True, False]


def test_every_column_can_be_shown_and_exported(issued, administrator, django_assert_num_queries):
    issued[0].revoked_by = issued[0].issued_by
    issued[0].save()
    names = [column.name for column in columns.ISSUED if column.label]

    with django_assert_num_queries(14):  # of two kinds are the sources
        page = administrator.get(reverse("badges:issued"), {"columns": names})
    export = administrator.get(reverse("badges:issued"), {"columns": names, "export": "csv"})

    assert page.status_code == 200
    heads, *lines = csv.reader(io.StringIO(export.getvalue().decode().removeprefix("\ufeff")))
    assert heads == [str(column.label) for column in columns.ISSUED if column.label]
    assert [len(line) for line in lines] == [len(heads)] * 2


def test_the_export_has_note_and_link(badge, administrator):
    IssuedBadgeFactory.create(badge=badge, note="So\nTwice", link="https://work.example/")
    IssuedBadgeFactory.create(badge=badge, link="javascript:alert(1)")

    export = administrator.get(
        reverse("badges:issued"), {"columns": ["note", "link"], "sort": "issued_at", "export": "csv"}
    )

    _heads, *lines = csv.reader(io.StringIO(export.getvalue().decode().removeprefix("\ufeff")))
    assert sorted(line[-2:] for line in lines) == [["", ""], ["So\nTwice", "https://work.example/"]]


def test_no_exported_cell_is_a_formula(badge, administrator):
    reason = '=HYPERLINK("https://elsewhere.example")'
    IssuedBadgeFactory.create(badge=badge, external_id="@1", revocation_reason=reason, failure_message="+1\t-1")
    query = {"export": "csv", "columns": ["external_id", "revocation_reason", "failure"]}

    response = administrator.get(reverse("badges:issued"), query)

    cells = list(csv.reader(io.StringIO(response.getvalue().decode())))[1]
    assert cells == ["'+1\t-1", "'@1", f"'{reason}"]


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("built_in", {}, "/b/{id}/"),
        ("built_in", {"delivered_at": None}, ""),
        ("credly", {"public_url": "https://www.credly.example/badges/1"}, "https://www.credly.example/badges/1"),
        ("credly", {"public_url": "javascript:alert(1)"}, ""),
    ],
)
def test_a_badge_is_shown_where_its_provider_shows_it(kind, fields, expected):
    provider = BadgeProviderFactory.create(kind=kind, api_url="https://api.credly.example/v1")
    row = IssuedBadgeFactory.create(badge__provider=provider, **fields)

    assert public_address(row).endswith(expected.format(id=row.public_id))
    assert bool(public_address(row)) == bool(expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "pending"}, "https://www.credly.example/1/accept"),
        ({"status": "accepted"}, ""),
        ({"status": "revoked", "revoked_at": PAST}, ""),
        ({"status": "pending", "accept_url": "data:text/html,x"}, ""),
    ],
)
def test_a_badge_can_be_accepted_while_it_waits(fields, expected):
    row = IssuedBadgeFactory.create(**{"accept_url": "https://www.credly.example/1/accept", **fields})

    assert address_to_accept(row) == expected


def test_an_administrator_sees_that_a_badge_waits_and_not_the_link(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge, status="pending", accept_url="https://www.credly.example/1/accept")

    page = administrator.get(reverse("badges:issued_badge", args=[row.pk])).text

    assert ("www.credly.example" in page, "waits for the student" in page, "/1/accept" in page) == (True, True, False)


def test_the_holder_has_the_link_on_every_page(badge, world, signed_in):
    row = IssuedBadgeFactory.create(
        badge=badge,
        student=world.administrator,
        status="pending",
        accept_url="https://www.credly.example/1/accept",
    )

    page = signed_in(world.administrator).get(reverse("badges:issued_badge", args=[row.pk])).text

    assert 'href="https://www.credly.example/1/accept"' in page


@pytest.mark.parametrize("rows", [1, 3])
def test_find_issued_badges_takes_eleven_queries(badge, administrator, django_assert_num_queries, rows):
    IssuedBadgeFactory.create_batch(rows, badge=badge, issued_by=InstructorFactory.create())

    with django_assert_num_queries(12):
        administrator.get(reverse("badges:issued"))


def test_find_issued_badges_exports_the_reason_of_a_failure(issued, administrator):
    query = {"export": "csv", "columns": ["badge", "student", "issued_at", "failure"], "status": "failed"}

    response = administrator.get(reverse("badges:issued"), query)

    assert response.getvalue().decode() == (
        "\ufeffBadge,Student,Issued,Failure\r\nClimber,Bo Birch,2026-03-12T09:00:00+00:00,The template is archived.\r\n"
    )


def test_find_issued_badges_links_to_people_in_reach_alone(world, badge, administrator):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    IssuedBadgeFactory.create(badge=badge, student=world.guest)

    response = administrator.get(reverse("badges:issued"))

    pages = {row.student_id: row.student.page for row in response.context["listing"].page}
    assert pages == {world.student.pk: reverse("achievements:user", args=[world.student.pk]), world.guest.pk: ""}


def test_find_issued_badges_links_to_issuances_in_reach_alone(world, badge, administrator):
    batch = IssuanceBatchFactory.create(organization=world.academy)
    elsewhere = IssuanceBatchFactory.create(organization=world.outside)
    IssuedBadgeFactory.create(badge=badge, batch=batch)
    IssuedBadgeFactory.create(badge=badge, batch=elsewhere)

    response = administrator.get(reverse("badges:issued"), {"columns": "batch"})

    assert response.context["batches_in_reach"] == {batch.pk}
    links = [f'href="{reverse("badges:issuance", args=[each.pk])}"' in response.text for each in (batch, elsewhere)]
    assert links == [True, False]
    assert f"{elsewhere.pk} </td>" in " ".join(response.text.split())
