"""A closed account, or a badge without its template, is refused at every door, and no row is written."""

import uuid
from itertools import product

import pytest
from django.db import connection
from django.urls import reverse

from achievements.explaining.why import explain
from badges.issuing import preflight
from badges.issuing.obstacles import (
    IN_THE_WAY,
    IS_ISSUABLE,
    RecipientAccount,
    closed_account,
    in_the_way_of,
    not_retriable,
    obstacles,
)
from badges.models import BadgeProvider, IssuedBadge
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    CourseAssignmentFactory,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
    StudentFactory,
)

CLOSED = "The student's account is closed. An administrator can open it again."
NO_TEMPLATE = "The badge has no badge provider template id. An administrator can enter it."


@pytest.fixture
def without_template(world):
    provider = BadgeProviderFactory.create(
        organization=world.academy, kind=BadgeProvider.Kind.CREDLY, api_url="https://api.credly.example/v1"
    )
    return BadgeFactory.create(name="Owl", organization=world.academy, provider=provider)


@pytest.fixture
def closed(world):
    world.student.is_active = False
    world.student.save()
    return world.student


def failed(badge, student, **fields):
    return IssuedBadgeFactory.create(badge=badge, student=student, delivery="failed", delivered_at=None, **fields)


def issuable() -> set[int]:
    """Ids of the issued badges whose pair a statement would take, but for the address."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT issued.id FROM badges_issuedbadge issued JOIN badges_badge badge ON badge.id = issued.badge_id"
            " JOIN badges_badgeprovider provider ON provider.id = badge.provider_id"
            f" JOIN organizations_user person ON person.id = issued.student_id WHERE {IS_ISSUABLE}"
        )
        return {pk for (pk,) in cursor.fetchall()}


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_everything_that_keeps_a_badge_from_a_student_is_told_at_once(without_template):
    without_template.provider.is_enabled = False

    found = obstacles(without_template, RecipientAccount(email="", first_name="Sam", last_name=" ", is_active=False))

    codes = ["provider_disabled", "no_template", "account_closed", "no_name", "no_email"]
    assert [refusal.code for refusal in found] == codes


def test_the_database_finds_by_each_code_what_is_in_the_way_of_one_of_each_kind(world):
    for number, (kind, is_enabled, template, is_active, email, last_name) in enumerate(
        product(
            BadgeProvider.Kind.values,
            [True, False],
            ["", "t-1"],
            [True, False],
            ["", "no address {}", "a{}@b.test"],
            ["", " ", "Diver"],
        )
    ):
        provider = BadgeProviderFactory.create(kind=kind, is_enabled=is_enabled, organization=world.academy)
        student = StudentFactory.create(
            organization=world.academy, email=email.format(number), last_name=last_name, is_active=is_active
        )
        badge = BadgeFactory.create(organization=world.academy, provider=provider, provider_template_id=template)
        IssuedBadgeFactory.create(badge=badge, student=student)

    taken = issuable()
    for row in IssuedBadge.objects.select_related("badge__provider", "student"):
        told = {refusal.code for refusal in obstacles(row.badge, RecipientAccount.of(row.student))}
        found = {code for code, rows in IN_THE_WAY.items() if IssuedBadge.objects.filter(rows, pk=row.pk).exists()}
        assert found == told, in_the_way_of(row)
        assert (row.pk in taken) == (told <= {"no_email", "bad_email"}), in_the_way_of(row)


def test_preflight_gives_all_reasons_of_a_pair(without_template, closed):
    refused = preflight([without_template], [closed])

    assert [refusal.message for refusal in refused.values()] == [f"{NO_TEMPLATE} {CLOSED}"]


def test_a_badge_without_its_template_is_refused_in_the_dialog_of_the_roster(world, without_template, signed_in):
    address = reverse("classes:issue_badge", args=[world.klass.pk, world.enrollment.pk])

    response = signed_in(world.instructor).post(address, {"badge": without_template.pk, "key": uuid.uuid4()})

    assert NO_TEMPLATE in response.context["form"].errors["badge"][0]
    assert not IssuedBadge.objects.exists()


def test_a_closed_account_is_refused_in_the_dialog_of_an_assignment(world, badge, closed, signed_in):
    assignment = CourseAssignmentFactory.create(student=closed, course=world.course)
    address = reverse("courses:issue_badge", args=[assignment.pk])

    response = signed_in(world.administrator).post(address, {"badge": badge.pk, "key": uuid.uuid4()})

    assert closed_account().message in response.context["form"].errors["badge"][0]
    assert not IssuedBadge.objects.exists()


def test_issue_again_refuses_a_closed_account(world, badge, closed, signed_in):
    revoked = IssuedBadgeFactory.create(badge=badge, student=closed, status="revoked", revoked_at=PAST)
    address = reverse("badges:reissue", args=[revoked.pk])

    response = signed_in(world.administrator).post(address, {"key": uuid.uuid4()})

    assert CLOSED in response.context["refusal"]
    assert IssuedBadge.objects.get() == revoked


def test_retry_leaves_a_closed_account_as_it_is_and_says_why(world, badge, closed, signed_in):
    row, other = failed(badge, closed), failed(badge, StudentFactory.create(organization=world.academy))

    response = signed_in(world.administrator).post(
        reverse("badges:retry"), {"issued": [row.pk, other.pk], "next": "/badges/issued/"}, follow=True
    )

    assert said(response)[1:] == [f"Not retried: Diver – {closed}. {CLOSED}"]
    assert set(IssuedBadge.objects.values_list("pk", "delivery")) == {(row.pk, "failed"), (other.pk, "pending")}


def test_retry_failed_leaves_a_badge_without_its_template_as_it_is(world, without_template, signed_in):
    batch = IssuanceBatchFactory.create(organization=world.academy, issued_by=world.instructor)
    row = failed(without_template, world.student, batch=batch)

    response = signed_in(world.instructor).post(reverse("badges:retry_issuance", args=[batch.pk]), follow=True)

    assert said(response) == [f"Not retried: Owl – {world.student}. {NO_TEMPLATE}"]
    row.refresh_from_db()
    assert row.delivery == "failed"


def test_the_retry_of_the_dialog_says_what_is_in_the_way(world, badge, closed, signed_in):
    failed(badge, closed)
    address = reverse("classes:issue_badge", args=[world.klass.pk, world.enrollment.pk])

    response = signed_in(world.instructor).post(
        address, {"badge": badge.pk, "key": uuid.uuid4(), "retry": "true"}, headers={"HX-Request": "true"}
    )

    assert CLOSED in response.context["form"].errors["badge"][0]


def test_what_was_sent_before_its_account_was_closed_is_looked_up_again(badge, closed):
    failed(badge, closed, sent_at=PAST, failure_code="refused")

    assert not_retriable(IssuedBadge.objects.all()) == []


def test_a_retry_goes_through_once_the_account_is_open_again(world, badge, signed_in):
    row = failed(badge, world.student, failure_code="student_inactive", failure_message="The account was closed.")

    signed_in(world.administrator).post(reverse("badges:retry"), {"issued": [row.pk]})

    row.refresh_from_db()
    assert row.delivery == "pending"


def test_a_closed_account_gets_no_badge_sent_again_or_elsewhere(world, badge, closed, signed_in):
    row = IssuedBadgeFactory.create(badge=badge, student=closed, status="pending")
    client = signed_in(world.administrator)

    page = client.get(reverse("badges:issued_badge", args=[row.pk]))
    answers = [
        client.post(reverse("badges:resend", args=[row.pk]), follow=True),
        client.post(reverse("badges:readdress", args=[row.pk]), {"email": "new@example.test"}, follow=True),
    ]

    assert (page.context["actions"].can_resend, page.context["actions"].can_readdress) == (False, False)
    assert [said(answer) for answer in answers] == [[CLOSED], [CLOSED]]
    assert IssuedBadge.objects.get().recipient_email == closed.email


def test_why_not_yet_says_that_the_badge_has_no_template(world, without_template):
    achievement = AchievementFactory.create(organization=world.academy, badge=without_template)

    standing = explain(achievement, world.student).badge
    assert standing is not None
    assert standing.refusal == NO_TEMPLATE
