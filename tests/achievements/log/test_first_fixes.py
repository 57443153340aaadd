"""What is to be mended first of each badge that did not arrive."""

import pytest
from django.urls import reverse
from django.utils import timezone

from achievements.log.first_fixes import Fix, Group, at_provider, groups_for, to_fix, with_code
from achievements.log.undelivered import undelivered_for
from badges.models import BadgeProvider
from tests.achievements.log.not_delivered import credly, earned_by, failed
from tests.factories import PAST, AchievementFactory, BadgeFactory, IssuedBadgeFactory

OFF, PAUSED = {"is_enabled": False}, {"paused_at": PAST}


def lacking(world, *, student, badge=None, provider=None):
    """A badge that an account of these fields has earned and cannot get."""
    row = credly(world, **{"provider_template_id": "t"} | (badge or {}))
    BadgeProvider.objects.filter(pk=row.provider_id).update(**provider or {})
    return earned_by(world, AchievementFactory.create(organization=world.academy, badge=row), **student)


@pytest.mark.parametrize(
    ("fields", "fix"),
    [
        ({"student": {"email": ""}}, Fix.ADDRESS),
        ({"student": {"email": "nonsense"}}, Fix.ADDRESS),
        ({"student": {"email": "", "last_name": " "}}, Fix.ACCOUNT),
        ({"student": {"email": "", "is_active": False}}, Fix.ACCOUNT),
        ({"student": {"is_active": False}, "badge": {"provider_template_id": ""}}, Fix.TEMPLATE),
        ({"student": {"email": ""}, "badge": {"provider_template_id": ""}, "provider": OFF}, Fix.PROVIDER),
    ],
)
def test_of_several_things_the_one_is_first_without_which_the_others_bring_nothing(world, fields, fix):
    lacking(world, **fields)

    assert [(one.fix, one.count) for one in groups_for(world.administrator)] == [(fix, 1)]


@pytest.mark.parametrize(
    ("fields", "fix", "code"),
    [
        ({}, Fix.DELIVERY, "refused"),
        ({"failure_code": ""}, Fix.DELIVERY, "unknown"),
        ({"failure_code": "template_unusable"}, Fix.TEMPLATE, ""),
        ({"student__is_active": False}, Fix.ACCOUNT, ""),
        ({"student__is_active": False, "sent_at": PAST}, Fix.DELIVERY, "refused"),
        ({"student__email": ""}, Fix.DELIVERY, "refused"),
    ],
)
def test_a_failed_delivery_is_retried_unless_that_would_bring_nothing(world, fields, fix, code):
    failed(BadgeFactory.create(organization=world.academy), **fields)

    assert [(one.fix, one.code, one.failed) for one in groups_for(world.administrator)] == [(fix, code, 1)]


def test_what_one_repair_brings_is_one_group(world):
    student = lacking(world, student={"email": ""}).user
    other = AchievementFactory.create(organization=world.academy, badge=BadgeFactory.create(organization=world.academy))
    earned_by(world, other, email="")
    badge = credly(world, provider_template_id="t")
    refused = [failed(badge), failed(badge)]
    AchievementFactory.create(organization=world.academy, badge=badge)
    more = AchievementFactory.create(organization=world.academy, badge=BadgeFactory.create(organization=world.academy))
    more.earned.create(user=student, earned_at=timezone.now(), version=1)

    groups = sorted(groups_for(world.administrator), key=lambda one: (-one.count, one.fix))

    assert [(one.fix, one.count) for one in groups] == [("address", 2), ("delivery", 2), ("address", 1)]
    assert (groups[0].about, groups[0].since) == (student.pk, PAST)
    assert groups[1] == Group(
        fix="delivery",
        about=badge.provider_id,
        code="refused",
        count=2,
        failed=2,
        since=refused[0].failed_at,
        said="No such earner.",
    )


def test_what_waits_for_a_provider_is_with_what_is_withheld_because_of_it(world):
    badge = BadgeFactory.create(organization=world.academy)
    BadgeProvider.objects.filter(pk=badge.provider_id).update(**OFF)
    earned_by(world, AchievementFactory.create(organization=world.academy, badge=badge))
    IssuedBadgeFactory.create(badge=badge, delivery="pending")
    IssuedBadgeFactory.create(badge=badge, delivery="uncertain", status="revoked", revoked_at=PAST)

    assert [(one.fix, one.about, one.count, one.failed) for one in groups_for(world.administrator)] == [
        ("provider", badge.provider_id, 3, 0)
    ]


def test_the_list_is_narrowed_to_a_group(world, signed_in):
    student = lacking(world, student={"email": ""}).user
    gone = failed(credly(world, provider_template_id="gone"), failure_code="template_unusable")
    refused = failed(credly(world, provider_template_id="t"))
    failed(refused.badge, failure_code="no_answer")
    client = signed_in(world.administrator)
    queries = [
        {"fix": "address", "user": student.pk},
        {"fix": "template", "badge_id": gone.badge_id},
        {"fix": "delivery", "provider": refused.provider_id},
        {"fix": "delivery", "provider": refused.provider_id, "code": "refused"},
        {"fix": "delivery", "provider": gone.provider_id},
        {"fix": "nonsense"},
    ]

    found = [client.get(reverse("achievements:undelivered"), query).context["listing"].count for query in queries]

    assert found == [1, 1, 2, 1, 0, 0]


def test_rows_are_told_by_what_is_to_be_fixed(world):
    earned = lacking(world, student={"email": ""})
    refused = failed(BadgeFactory.create(organization=world.academy), failure_code="")
    rows = undelivered_for(world.administrator)

    assert [row.earned for row in to_fix(rows, Fix.ADDRESS)] == [earned]
    assert [row.issued for row in at_provider(rows, refused.provider_id)] == [refused]
    assert [row.issued for row in with_code(rows, "unknown")] == [refused]


@pytest.mark.parametrize("rows", [1, 3])
def test_groups_take_the_same_queries_for_any_number(world, django_assert_num_queries, rows):
    for _ in range(rows):
        lacking(world, student={"email": ""})
        failed(BadgeFactory.create(organization=world.academy))
    world.administrator.get_all_permissions()

    with django_assert_num_queries(3):
        assert len(groups_for(world.administrator)) == 2 * rows
