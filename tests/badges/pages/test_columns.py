"""What the columns of issued badges hold in an export, and where a search looks."""

import pytest

from badges.models import IssuedBadge
from badges.pages import columns
from operation.searching import searched
from tests.factories import PAST, IssuedBadgeFactory

pytestmark = pytest.mark.django_db


def value(name, row):
    [column] = [one for one in columns.ISSUED if one.name == name]
    if column.prepare:
        column.prepare([row])
    return column.of(row)


def read(world, **fields):
    """A row of the academy's badge as its administrator reads it."""
    row = IssuedBadgeFactory.create(**{"badge__organization": world.academy, "student": world.student} | fields)
    return IssuedBadge.objects.as_told_to(world.administrator).get(pk=row.pk)


def test_the_issuer_is_named_only_to_who_may_know(world):
    foreign = IssuedBadgeFactory.create(issued_by=world.stranger)

    told, untold = (
        read(world, issued_by=world.instructor),
        IssuedBadge.objects.as_told_to(world.administrator).get(pk=foreign.pk),
    )

    assert (value("issued_by", told), value("issued_by", untold)) == (world.instructor, None)
    assert (value("revoked_by", told), value("revoked_by", untold)) == (None, None)


def test_who_revoked_is_named_beside_the_reason(world):
    row = read(world, status="revoked", revoked_at=PAST, revoked_by=world.instructor, revocation_reason="By mistake.")

    assert (value("revoked_by", row), value("revocation_reason", row)) == (world.instructor, "By mistake.")


@pytest.mark.parametrize(("evidence", "version"), [({}, None), ({"version": 3}, 3)])
def test_the_version_of_the_conditions_is_in_the_evidence(world, evidence, version):
    assert value("version", read(world, evidence=evidence)) == version


@pytest.mark.parametrize("of", ["badge", "first name", "last name", "address", "source"])
def test_a_search_finds_an_issued_badge_by_all_that_its_line_names(world, of):
    row = read(
        world, badge__name="Diver", source_words="Morning", recipient_email="sam@sea.test", student=world.student
    )
    IssuedBadgeFactory.create()
    words = {
        "badge": "dIver",
        "first name": world.student.first_name,
        "last name": world.student.last_name,
        "address": "sea.test",
        "source": "morn",
    }
    rows = IssuedBadge.objects.filter(student=world.student)

    found = searched(rows, columns.issued_search(world.administrator), words[of])

    assert list(found) == [row]


def test_an_address_out_of_scope_finds_nothing(world):
    IssuedBadgeFactory.create(badge__organization=world.academy, student=world.guest, recipient_email="guest@sea.test")

    found = searched(IssuedBadge.objects.all(), columns.issued_search(world.administrator), "sea.test")

    assert list(found) == []
