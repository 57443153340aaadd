"""Choose Badge against a provider that answers, refuses, or does not answer at all."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from badges.models import BadgeProvider, IssuanceItem, IssuedBadge, ProviderPace
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory

ALREADY = "Validation failed: Issuer earner already has this badge, Recipient email already has this badge"
SILENT = "The badge provider has not answered yet. Delivery continues."


@pytest.fixture
def provider(credly, world):
    return credly.provider(organization=world.academy)


@pytest.fixture
def badge(credly, world, provider):
    template = credly.template()
    return BadgeFactory.create(
        name="Night Owl", organization=world.academy, provider=provider, provider_template_id=template
    )


@pytest.fixture
def press(world, signed_in):
    """Presses the button of the dialog on the student's line."""
    client = signed_in(world.instructor)
    address = reverse("classes:issue_badge", args=[world.klass.pk, world.enrollment.pk])

    def press(badge, **fields):
        data = {"badge": badge.pk, "key": uuid.uuid4(), **fields}
        return client.post(address, data, headers={"HX-Request": "true"})

    return press


def refusals(response):
    return response.context["form"].errors["badge"]


def test_a_badge_that_the_provider_takes_is_issued(credly, badge, press):
    response = press(badge)

    assert response.text.count("Successfully Issued Badge") == 2
    assert SILENT not in response.text
    assert [row["state"] for row in credly.badges()] == ["pending"]
    assert response["HX-Trigger"] == '{"close-dialog": {"after": 2000}}'


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("note", "n" * 10_000, "Ensure this value has at most 1000 characters (it has 10000)."),
        ("link", "javascript:alert(1)", "Enter a whole web address that begins with https://."),
    ],
)
def test_a_note_that_is_too_long_or_a_link_that_is_none_is_refused_at_its_field(badge, press, field, typed, error):
    response = press(badge, **{field: typed})

    assert response.status_code == 422
    assert f'id="id_{field}_error"><li>{error}</li>' in response.text
    assert (response.text.count('<details class="remark" open>'), typed in response.text) == (1, True)
    assert not IssuedBadge.objects.exists()


def test_a_provider_that_is_paused_answers_later(world, provider, badge, press):
    BadgeProvider.objects.filter(pk=provider.pk).update(paused_at=PAST)

    response = press(badge)

    assert response.text.count("Successfully Issued Badge") == 2
    assert (
        f"has been paused since 2 Mar 2026, 09:00. An administrator of {world.academy} can resume it." in response.text
    )
    assert "<span>Issued</span>" in response.text
    assert response["HX-Trigger"] == '{"close-dialog": {"after": 6000}}'


def test_without_a_script_the_roster_says_that_the_provider_is_silent(world, signed_in, provider, badge):
    ProviderPace.objects.create(provider=provider, next_at=PAST, held_until=timezone.now() + dt.timedelta(hours=1))
    address = reverse("classes:issue_badge", args=[world.klass.pk, world.enrollment.pk])

    response = signed_in(world.instructor).post(address, {"badge": badge.pk, "key": uuid.uuid4()}, follow=True)

    said = f"Successfully Issued Badge: Night Owl to {world.student}. {SILENT}"
    assert [str(message) for message in response.context["messages"]] == [said]


def test_what_the_provider_refuses_stays_in_the_dialog_in_its_words(world, credly, badge, press):
    credly.archive(badge.provider_template_id)

    response = press(badge)

    row = IssuedBadge.objects.get()
    assert response.status_code == 422
    assert refusals(response) == [
        f"Badge: Night Owl was not issued to {world.student} because of this error: {row.failure_message}"
    ]
    assert row.failure_code == "template_unusable"
    assert "Retry the delivery" in response.text


def test_a_badge_that_was_not_delivered_is_refused_and_can_be_retried(world, credly, badge, press):
    credly.archive(badge.provider_template_id)
    press(badge)
    credly.change_template(badge.provider_template_id, state="active")

    again = press(badge)
    retried = press(badge, retry="true")

    assert "but could not be delivered (" in refusals(again)[0]
    assert "Retry the delivery" in again.text
    assert retried.text.count("Successfully Issued Badge") == 2
    assert IssuedBadge.objects.get().delivery == "delivered"


def test_a_retry_of_what_was_revoked_meanwhile_says_so(world, badge, press):
    IssuedBadgeFactory.create(badge=badge, student=world.student, status="revoked", revoked_at=timezone.now())

    response = press(badge, retry="true")

    assert refusals(response) == ["The badge was revoked in the meantime. Press the button again to issue it again."]


def test_a_badge_that_the_student_has_at_the_provider_is_a_failure_in_its_words(world, credly, badge, press):
    press(badge)
    IssuanceItem.objects.all().delete()
    IssuedBadge.objects.all().delete()

    response = press(badge)

    assert refusals(response) == [
        f"Badge: Night Owl was not issued to {world.student} because of this error: {ALREADY}"
    ]
    assert "Retry the delivery" not in response.text
    assert len(credly.badges()) == 1


def test_a_double_click_issues_and_delivers_once(credly, badge, press):
    key = uuid.uuid4()

    answers = [press(badge, key=key), press(badge, key=key)]

    assert [response.text.count("Successfully Issued Badge") for response in answers] == [2, 2]
    assert len(credly.badges()) == 1
