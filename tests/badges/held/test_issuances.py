"""Who may open an issuance, and where former ones are found again."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from badges.held.issuances import SHOWN, former_from, last_by, origin_of
from badges.models import Via
from tests.badges.batches import NOT_YET, add, made_from, page_of
from tests.factories import (
    PAST,
    BadgeFactory,
    CourseAssignmentFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    UserFactory,
)


@pytest.fixture
def manager_without_role(world, signed_in):
    """Manages the academy, but nobody gave the account a role."""
    return signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 200), ("contractor", 404), ("student", 404), ("stranger", 404)],
)
def test_an_issuance_is_for_who_pressed_it_and_administrators(world, batch, signed_in, persona, status):
    response = signed_in(getattr(world, persona)).get(reverse("badges:issuance", args=[batch.pk]))

    assert response.status_code == status


def test_an_issuance_of_others_needs_the_permission(batch, manager_without_role):
    response = manager_without_role.get(reverse("badges:issuance", args=[batch.pk]))

    assert response.status_code == 403


def test_an_issuance_of_one_s_own_needs_a_permission_to_issue(world, batch, signed_in):
    world.instructor.groups.clear()

    response = signed_in(world.instructor).get(reverse("badges:issuance", args=[batch.pk]))

    assert response.status_code == 403


@pytest.mark.parametrize("permission", ["classes.issue_badges", "courses.issue_badges_in_assignments"])
def test_either_permission_to_issue_opens_an_issuance_of_one_s_own(world, batch, signed_in, permission):
    world.instructor.groups.clear()
    world.instructor.user_permissions.add(Permission.objects.get(codename=permission.partition(".")[2]))

    response = signed_in(world.instructor).get(reverse("badges:issuance", args=[batch.pk]))

    assert response.status_code == 200


# Where former ones are found again


def test_the_issuances_of_a_class_are_found_on_its_page_the_newest_first(world, badge, signed_in):
    old = made_from(world, Via.ROSTER, world.klass.pk)
    new = made_from(world, Via.ROSTER, world.klass.pk, created_at=PAST + dt.timedelta(days=1))
    made_from(world, Via.ROSTER, world.klass.pk, issued_by=world.contractor)
    made_from(world, Via.ASSIGNMENT, world.klass.pk)
    add(new, badge)
    add(new, badge, delivery="failed", failure_code="refused", failure_message="No", **NOT_YET)
    client = signed_in(world.instructor)

    pages = [client.get(reverse(f"classes:{name}", args=[world.klass.pk])) for name in ("details", "issue_badges")]

    found = [[(one.pk, one.asked, one.failed) for one in page.context["former"].newest] for page in pages]
    assert found == [[(new.pk, 2, 1), (old.pk, 0, 0)]] * 2
    assert [page_of(new) in page.text for page in pages] == [True, True]


def test_a_student_of_the_class_finds_no_issuance_on_its_page(world, signed_in):
    made_from(world, Via.ROSTER, world.klass.pk)

    page = signed_in(world.student).get(reverse("classes:details", args=[world.klass.pk]))

    assert "Former issuances" not in page.text


def test_the_issuances_of_an_assignment_are_found_on_its_page(world, badge, signed_in):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    batch = made_from(world, Via.ASSIGNMENT, assignment.pk, issued_by=world.administrator)
    add(batch, badge, student=world.student)
    address = reverse("courses:assignment", args=[assignment.pk])

    own, other = (signed_in(person).get(address) for person in (world.student, world.administrator))

    assert (own.context["former"].newest, other.context["former"].newest) == ([], [batch])


def test_the_class_lists_some_and_the_list_has_all(world, administrator, django_assert_num_queries):
    for _ in range(SHOWN + 1):
        made_from(world, Via.ROSTER, world.klass.pk)
    made_from(world, Via.ROSTER, world.klass.pk + 1)

    with django_assert_num_queries(4):  # 2 of permissions, once; the issuances; whose pages may be opened
        former = former_from(Via.ROSTER, world.klass.pk, world.administrator)
    found = administrator.get(former.address_of_all).context["listing"]

    assert (len(former.newest), found.count) == (SHOWN, SHOWN + 1)


def test_the_page_of_an_issuance_leads_back_to_where_it_was_made(world, badge, signed_in):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    issued = IssuedBadgeFactory.create(badge=badge, student=world.student, status="revoked", revoked_at=PAST)
    of_class = made_from(world, Via.ROSTER, world.klass.pk)
    of_assignment = made_from(world, Via.ASSIGNMENT, assignment.pk)
    of_badge = made_from(world, Via.ADMIN, issued.pk)
    add(of_assignment, badge, student=world.student)

    origins = [origin_of(batch, world.administrator) for batch in (of_class, of_assignment, of_badge)]

    addresses = [
        f"/classes/{world.klass.pk}/",
        reverse("courses:assignment", args=[assignment.pk]),
        f"/badges/issued/{issued.pk}/",
    ]
    assert [origin.address for origin in origins if origin] == addresses
    assert f'href="{addresses[0]}">{world.klass.name}</a>' in signed_in(world.instructor).get(page_of(of_class)).text


def test_no_way_back_is_shown_to_who_may_not_go_it(world, badge):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    batch = made_from(world, Via.ASSIGNMENT, assignment.pk)
    add(batch, badge, student=world.student)

    gone = made_from(world, Via.ROSTER, 10**9)

    assert (origin_of(batch, world.instructor), origin_of(gone, world.administrator)) == (None, None)


# What somebody issued last


def numbers_of(batches):
    return [(one.issued, one.students, one.on_its_way, one.failed) for one in batches]


def test_who_issued_sees_what_became_of_it_the_newest_first(world, badge):
    older = made_from(world, Via.ROSTER, 7)
    add(older, badge)
    newer = made_from(world, Via.ROSTER, 8, created_at=PAST + dt.timedelta(days=1))
    first = add(newer, badge)
    add(newer, BadgeFactory.create(organization=world.academy), student=first.student)
    add(newer, badge, delivery="pending", **NOT_YET)
    add(newer, badge, delivery="failed", failure_code="refused", **NOT_YET)
    add(newer, badge, revoked_at=PAST, status="revoked")
    for code in ("undone", "already_held"):
        IssuanceItemFactory.create(batch=newer, badge=badge, code=code)

    found = last_by(world.instructor, shown=5)

    assert found == [newer, older]
    assert numbers_of(found) == [(3, 4, 1, 2), (1, 1, 0, 0)]


def test_what_was_undone_altogether_and_what_others_issued_is_not_there(world, badge):
    undone = made_from(world, Via.ROSTER, 7)
    IssuanceItemFactory.create(batch=undone, badge=badge, code="undone")
    add(made_from(world, Via.ROSTER, 7, issued_by=world.contractor), badge)

    assert last_by(world.instructor, shown=5) == []


def test_who_may_issue_no_more_sees_none_of_it(world, badge):
    add(made_from(world, Via.ROSTER, 7), badge)
    world.instructor.groups.clear()

    assert last_by(world.instructor, shown=5) == []
