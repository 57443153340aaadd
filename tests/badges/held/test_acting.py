"""Who may do what to an issued badge, asked without a page."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission

from badges.held.acting import actions_for, knows_address, managed_by, retriable_by, retry_plan, revocation_plan
from badges.models import IssuedBadge, Via
from organizations.models import User
from tests.factories import (
    PAST,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
    UserFactory,
)

REVOKED = {"status": "revoked", "revoked_at": PAST}
AHEAD = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


def offered(row, user):
    return {act.removeprefix("can_") for act, can in vars(actions_for(row, user)).items() if can}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"revoke", "resend"}),
        ({"expires_at": AHEAD}, {"revoke", "resend"}),
        ({"expires_at": PAST}, {"revoke"}),
        ({"delivery": "failed"}, {"revoke", "retry"}),
        ({"delivery": "pending", "status": "pending"}, {"revoke", "readdress"}),
        (REVOKED, {"reissue"}),
        (REVOKED | {"delivery": "failed"}, {"retry", "reissue"}),
        ({"student__is_active": False}, {"revoke"}),
    ],
)
def test_what_can_be_done_to_a_badge_of_ours(world, badge, fields, expected):
    row = IssuedBadgeFactory.create(badge=badge, student__organization=world.academy, **fields)

    assert offered(row, world.administrator) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"external_id": "1"}, {"revoke", "resend", "readdress"}),
        ({"external_id": ""}, {"revoke", "readdress"}),
        ({"external_id": "1", "delivery": "sending"}, {"revoke"}),
        ({"external_id": "1", "delivery": "uncertain"}, {"revoke"}),
        ({"external_id": "1", "status": "accepted"}, {"revoke"}),
        ({"external_id": "1", "expires_at": PAST}, {"revoke", "readdress"}),
        ({"external_id": "1", "student__is_active": False}, {"revoke"}),
    ],
)
def test_what_can_be_done_to_a_badge_that_waits_at_its_provider(world, outside_badge, fields, expected):
    fields = {"status": "pending", "student__organization": world.academy} | fields
    row = IssuedBadgeFactory.create(badge=outside_badge, **fields)

    assert offered(row, world.administrator) == expected


def test_what_the_student_holds_again_is_not_issued_again(world, badge):
    earlier = IssuedBadgeFactory.create(badge=badge, student=world.student, **REVOKED)
    IssuedBadgeFactory.create(badge=badge, student=world.student)

    assert offered(earlier, world.administrator) == set()


@pytest.mark.parametrize(
    ("codename", "expected"), [("revoke_issuedbadge", {"revoke"}), ("retry_issuedbadge", {"retry"}), (None, set())]
)
def test_each_act_needs_its_permission(world, badge, codename, expected):
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    clerk.user_permissions.set(Permission.objects.filter(codename=codename))
    row = IssuedBadgeFactory.create(badge=badge, delivery="failed")

    assert offered(row, clerk) == expected


def test_a_student_s_organization_gives_no_say_in_the_badge_of_another(world):
    foreign = IssuedBadgeFactory.create(student=world.student, delivery="failed")

    assert offered(foreign, world.administrator) == set()
    assert foreign not in managed_by(world.administrator)


def test_an_address_is_changed_only_by_who_may_see_it(world, outside_badge):
    rows = [
        IssuedBadgeFactory.create(badge=outside_badge, student=student, status="pending")
        for student in (world.student, world.guest)
    ]

    assert [knows_address(row, world.administrator) for row in rows] == [True, False]
    assert ["readdress" in offered(row, world.administrator) for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("via", "codename", "may"),
    [
        (Via.ROSTER, "issue_badges", True),
        (Via.ASSIGNMENT, "issue_badges", False),
        (Via.ASSIGNMENT, "issue_badges_in_assignments", True),
        (Via.ROSTER, "issue_badges_in_assignments", False),
        (Via.ACHIEVEMENT, "issue_badges", False),
    ],
)
def test_who_issued_by_hand_retries_while_still_allowed_to(world, badge, via, codename, may):
    issuer = UserFactory.create(organization=world.outside)
    issuer.user_permissions.set(Permission.objects.filter(codename=codename))
    batch = IssuanceBatchFactory.create(issued_by=issuer, via=via)
    row = IssuedBadgeFactory.create(badge=badge, batch=batch, via=via)
    IssuedBadgeFactory.create(badge=badge, via=via)

    assert list(retriable_by(issuer)) == [row] * may


def test_the_plan_of_a_revocation_names_what_stays_and_why(world, badge):
    row, revoked = IssuedBadgeFactory.create(badge=badge), IssuedBadgeFactory.create(badge=badge, **REVOKED)
    foreign = IssuedBadgeFactory.create(student=world.student)

    plan = revocation_plan([foreign, row, revoked], world.administrator)

    assert plan.revocable == [row]
    assert [(kept.issued, kept.message) for kept in plan.kept] == [
        (foreign, f"The badge belongs to {foreign.badge.organization}, which you do not manage."),
        (revoked, "The badge is revoked already."),
    ]


def test_the_plan_of_a_retry_names_what_is_left_and_why(world, badge):
    fields = {"delivery": "failed", "failure_code": "refused", "status": "pending"}
    failed = IssuedBadgeFactory.create(badge=badge, **fields)
    closed = IssuedBadgeFactory.create(badge=badge, student__is_active=False, **fields)
    sent = IssuedBadgeFactory.create(badge=badge, student__is_active=False, sent_at=PAST, **fields)
    fine = IssuedBadgeFactory.create(badge=badge)
    foreign = IssuedBadgeFactory.create(student=world.student, **fields)

    plan = retry_plan([failed, closed, sent, fine, foreign], world.administrator)

    assert plan.retriable == [failed, sent]
    assert [(one.pair.student, one.refusal.code, one.refusal.message) for one in plan.left] == [
        (closed.student, "account_closed", "The student's account is closed. An administrator can open it again."),
        (fine.student, "not_failed", "The delivery has not failed."),
        (
            world.student,
            "not_managed",
            f"The badge belongs to {foreign.badge.organization}, which you do not manage.",
        ),
    ]


def test_a_superuser_without_an_organization_to_manage_may_do_all(badge):
    root = User.objects.get(pk=UserFactory.create(is_superuser=True).pk)

    assert offered(IssuedBadgeFactory.create(badge=badge, delivery="failed"), root) == {"revoke", "retry"}
    assert list(managed_by(root)) == list(IssuedBadge.objects.all())
