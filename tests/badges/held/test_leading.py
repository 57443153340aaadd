"""What a badge was issued from leads there, where the reader may open it."""

import pytest

from badges.held.leading import lead_to_issued, lead_to_sources
from badges.models import IssuedBadge, Via
from tests.factories import AchievementFactory, CourseAssignmentFactory, IssuanceBatchFactory, IssuedBadgeFactory


@pytest.fixture
def sources(world):
    """One of each kind."""
    return {
        Via.ROSTER: world.klass.pk,
        Via.ASSIGNMENT: CourseAssignmentFactory.create(student=world.student, course=world.course).pk,
        Via.ACHIEVEMENT: AchievementFactory.create(organization=world.academy).pk,
    }


@pytest.mark.parametrize(
    ("who", "led"),
    [
        ("administrator", {Via.ROSTER, Via.ASSIGNMENT, Via.ACHIEVEMENT}),
        ("instructor", {Via.ROSTER}),
        ("student", {Via.ROSTER}),
        ("stranger", set()),
    ],
)
def test_a_source_leads_where_the_reader_may_open_it(world, signed_in, sources, who, led):
    rows = [IssuedBadgeFactory.create(student=world.student, via=via, source_id=pk) for via, pk in sources.items()]
    client = signed_in(world.personas[who])

    lead_to_sources(rows, world.personas[who])

    assert {Via(row.via) for row in rows if row.source_page} == led
    assert {client.get(row.source_page).status_code for row in rows if row.source_page} <= {200}


def test_what_is_gone_or_of_another_kind_leads_nowhere(world):
    batch = IssuanceBatchFactory.create(via=Via.ROSTER, source_id=0, organization=world.academy)
    again = IssuanceBatchFactory.create(via=Via.ADMIN, source_id=world.klass.pk, organization=world.academy)

    lead_to_sources([batch, again], world.administrator)

    assert (batch.source_page, again.source_page) == ("", "")


def test_one_query_a_kind_however_many_rows(world, sources, django_assert_num_queries):
    for via, pk in sources.items():
        IssuedBadgeFactory.create_batch(2, student=world.student, via=via, source_id=pk)
    world.administrator.has_perm("badges.view_badge")

    with django_assert_num_queries(4):
        lead_to_sources(IssuedBadge.objects.all(), world.administrator)


@pytest.mark.parametrize(
    ("who", "is_led"), [("administrator", True), ("instructor", False), ("student", False), ("stranger", False)]
)
def test_an_issued_badge_leads_to_its_page_where_the_reader_may_open_it(world, signed_in, who, is_led):
    row = IssuedBadgeFactory.create(student=world.student)

    lead_to_issued([row], world.personas[who])

    assert bool(row.details_page) is is_led
    assert not row.details_page or signed_in(world.personas[who]).get(row.details_page).status_code == 200
