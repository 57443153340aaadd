"""What is done to issued badges: retry, revoke, issue again, send again, another address; and who may."""

import uuid

import pytest
from django.urls import reverse

from badges.models import BadgeLetter, IssuedBadge, Via
from tests.badges.pages.issued_pages import failed, of, said
from tests.factories import (
    PAST,
    BadgeFactory,
    IssuedBadgeFactory,
)

LIST = "/badges/issued/"


# Retry


def test_retry_sends_the_chosen_ones_on_their_way_again(badge, administrator):
    rows = [failed(badge), failed(badge)]
    fine = IssuedBadgeFactory.create(badge=badge)

    response = administrator.post(
        reverse("badges:retry"), {"issued": [row.pk for row in (*rows, fine)], "next": f"{LIST}?q=x"}, follow=True
    )

    shown = f'<a href="{LIST}?ids={rows[0].pk},{rows[1].pk}">Show them</a>'
    assert said(response) == [
        f"2 badges are on their way to their providers again. {shown}",
        f"Not retried: Diver – {fine.student}. The delivery has not failed.",
    ]
    assert response.redirect_chain == [(f"{LIST}?q=x", 302)]
    assert set(IssuedBadge.objects.values_list("delivery", flat=True)) == {"pending", "delivered"}


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ([], "Select at least one badge."),
        (["x"], "Select badges from the list."),
        (["9" * 30], "Select badges from the list."),
        ([",".join(map(str, range(20_001)))], "Select at most 20,000 badges at a time."),
    ],
)
@pytest.mark.parametrize("act", ["retry", "revoke"])
def test_a_choice_that_is_none_is_refused_in_words(administrator, act, chosen, words):
    response = administrator.post(reverse(f"badges:{act}"), {"issued": chosen}, follow=True)

    assert said(response) == [words]


@pytest.mark.parametrize("act", ["retry", "revoke"])
def test_what_is_out_of_sight_is_not_found(administrator, act):
    elsewhere = failed(BadgeFactory.create())

    response = administrator.post(reverse(f"badges:{act}"), {"issued": elsewhere.pk, "reason": "x"})

    elsewhere.refresh_from_db()
    assert (response.status_code, elsewhere.delivery, elsewhere.revoked_at) == (404, "failed", None)


def test_nobody_retries_a_badge_of_another_organization_because_of_its_student(world, administrator):
    foreign = failed(BadgeFactory.create(), student=world.student)

    response = administrator.post(reverse("badges:retry"), {"issued": foreign.pk}, follow=True)

    foreign.refresh_from_db()
    assert foreign.delivery == "failed"
    reason = f"The badge belongs to {foreign.badge.organization}, which you do not manage."
    assert said(response) == [f"Not retried: {foreign.badge} – {world.student}. {reason}"]


# Revoke


def test_before_anything_is_revoked_the_page_lists_what_will_be_and_what_not(world, badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge)
    revoked = IssuedBadgeFactory.create(badge=badge, status="revoked", revoked_at=PAST)
    foreign = IssuedBadgeFactory.create(student=world.student)

    response = administrator.get(reverse("badges:revoke"), {"issued": [row.pk, revoked.pk, foreign.pk]})

    assert response.context["rows"] == [row]
    assert {kept.issued: kept.message for kept in response.context["kept"]} == {
        revoked: "The badge is revoked already.",
        foreign: f"The badge belongs to {foreign.badge.organization}, which you do not manage.",
    }
    assert not IssuedBadge.objects.filter(revoked_by__isnull=False).exists()


def test_revoking_needs_a_reason(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge)

    response = administrator.post(reverse("badges:revoke"), {"issued": row.pk, "reason": " "})

    row.refresh_from_db()
    assert (response.status_code, row.status) == (422, "accepted")
    assert response.context["form"].errors == {"reason": ["This field is required."]}


def test_revoking_tells_what_was_revoked_and_what_was_kept(world, badge, administrator):
    rows = [IssuedBadgeFactory.create(badge=badge) for _ in range(2)]
    revoked = IssuedBadgeFactory.create(badge=badge, status="revoked", revoked_at=PAST)

    response = administrator.post(
        reverse("badges:revoke"), {"issued": [row.pk for row in (*rows, revoked)], "reason": "Wrong class."}
    )

    assert response.context["rows"] == rows
    assert [(kept.issued, kept.message) for kept in response.context["kept"]] == [
        (revoked, "The badge is revoked already.")
    ]
    rows[0].refresh_from_db()
    assert (rows[0].status, rows[0].revoked_by, rows[0].revocation_reason) == (
        "revoked",
        world.administrator,
        "Wrong class.",
    )


def test_revoking_twice_is_harmless_and_says_so(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge)
    form = {"issued": row.pk, "reason": "First."}
    administrator.post(reverse("badges:revoke"), form)

    response = administrator.post(reverse("badges:revoke"), form | {"reason": "Second."})

    row.refresh_from_db()
    assert row.revocation_reason == "First."
    assert response.context["rows"] == []
    assert "The badge is revoked already." in response.text


def test_revoking_only_what_others_manage_is_forbidden(world, administrator):
    foreign = IssuedBadgeFactory.create(student=world.student)

    response = administrator.post(reverse("badges:revoke"), {"issued": foreign.pk, "reason": "x"})

    foreign.refresh_from_db()
    assert (response.status_code, foreign.revoked_at) == (403, None)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_before_revoking_takes_eight_queries(badge, administrator, django_assert_num_queries, rows):
    issued = IssuedBadgeFactory.create_batch(rows, badge=badge)

    with django_assert_num_queries(8):  # session, person, organization, 2 of permissions; rows, managed
        administrator.get(reverse("badges:revoke"), {"issued": [row.pk for row in issued]})


# The page of one


# Issue again


@pytest.fixture
def revoked(world, badge):
    return IssuedBadgeFactory.create(
        badge=badge,
        student=world.student,
        source_id=7,
        source_words="Morning",
        status="revoked",
        revoked_at=PAST,
        revocation_reason="By mistake.",
    )


def test_a_revoked_badge_is_issued_again(world, revoked, administrator):
    response = administrator.post(of("reissue", revoked), {"key": uuid.uuid4()}, follow=True)

    fresh = IssuedBadge.objects.held().get()
    assert (fresh.via, fresh.source_id, fresh.issued_by) == (Via.ROSTER, revoked.source_id, world.administrator)
    assert fresh.batch is not None
    assert (fresh.batch.via, fresh.batch.source_id) == (Via.ADMIN, revoked.pk)
    assert fresh.delivery == "delivered"
    link = f'<a href="{of("issued_badge", revoked)}">Reissued after revocation</a>'
    assert link in response.text
    assert said(response) == [f"Successfully Issued Badge: Diver to {world.student}."]
    assert response.redirect_chain == [(of("issued_badge", fresh), 302)]


def test_a_double_click_issues_again_once(revoked, administrator):
    key = uuid.uuid4()

    answers = [administrator.post(of("reissue", revoked), {"key": key}) for _ in range(2)]

    fresh = IssuedBadge.objects.held().get()
    assert [answer["Location"] for answer in answers] == [of("issued_badge", fresh)] * 2


def test_issuing_again_keeps_the_rules_of_issuing_by_hand(revoked, administrator):
    revoked.badge.manual_issuance = False
    revoked.badge.save()

    page = administrator.get(of("reissue", revoked))
    response = administrator.post(of("reissue", revoked), {"key": uuid.uuid4()})

    assert page.context["refusal"] == "Manual issuance is not enabled on this badge."
    assert response.status_code == 422
    assert not IssuedBadge.objects.held().exists()


def test_what_somebody_issued_again_meanwhile_is_not_issued_twice(world, revoked, administrator):
    IssuedBadgeFactory.create(badge=revoked.badge, student=world.student)

    response = administrator.post(of("reissue", revoked), {"key": uuid.uuid4()})

    assert response.status_code == 422
    assert response.context["refusal"].endswith("The student already has this badge.")


# Send again, another address


def test_a_badge_of_the_built_in_issuer_is_told_of_again(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge)

    response = administrator.post(of("resend", row), follow=True)

    assert said(response) == [f"We will e-mail {row.student} about this badge again."]
    assert BadgeLetter.objects.get().issued_badge == row


@pytest.mark.parametrize(
    ("kind", "said_there", "button"),
    [
        ("built_in", "The badge itself does not change.", "Send Again"),
        ("credly", "current link to accept the badge stops working", "Revoke and Reissue"),
    ],
)
def test_sending_again_asks_first_and_says_what_it_does(badge, outside_badge, administrator, kind, said_there, button):
    chosen = badge if kind == "built_in" else outside_badge
    status = "accepted" if kind == "built_in" else "pending"
    row = IssuedBadgeFactory.create(badge=chosen, status=status, external_id="1")

    page = administrator.get(of("resend", row)).text

    assert said_there in page
    assert f"<span>{button}</span>" in page
    assert ('class="button danger" type="submit"' in page) is (kind == "credly")
    assert IssuedBadge.objects.count() == 1


@pytest.mark.parametrize("kind", ["built_in", "credly"])
def test_nobody_is_told_again_of_a_badge_that_has_ended(badge, outside_badge, administrator, kind):
    chosen = badge if kind == "built_in" else outside_badge
    status = "accepted" if kind == "built_in" else "pending"
    row = IssuedBadgeFactory.create(badge=chosen, status=status, external_id="1", expires_at=PAST)
    words = "The badge has expired, so we send no e-mail about it. Issue a valid badge instead."

    page = administrator.get(of("resend", row)).text
    response = administrator.post(of("resend", row), follow=True)

    assert words in page
    assert "<span>Send Again</span>" not in page
    assert said(response) == [words]
    assert (BadgeLetter.objects.count(), IssuedBadge.objects.count()) == (0, 1)


def test_sending_again_is_not_offered_too_late(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge, status="revoked", revoked_at=PAST)

    page = administrator.get(of("resend", row)).text

    assert "This is no longer possible." in page
    assert "<button" not in page.split('<div class="form-actions">')[1].split("</div>")[0]


def test_sending_again_too_late_says_how_the_badge_stands(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge, status="revoked", revoked_at=PAST)

    response = administrator.post(of("resend", row), follow=True)

    assert said(response) == ["This is no longer possible. Status: Revoked."]


def test_a_badge_that_waits_goes_to_another_address(outside_badge, administrator):
    row = IssuedBadgeFactory.create(badge=outside_badge, status="pending", external_id="1")

    response = administrator.post(of("readdress", row), {"email": "private@example.test"}, follow=True)

    fresh = IssuedBadge.objects.held().get()
    assert fresh.recipient_email == "private@example.test"
    assert said(response) == ["The badge will be sent to private@example.test."]
    assert response.redirect_chain == [(of("issued_badge", fresh), 302)]


@pytest.mark.parametrize("email", ["", "nonsense", "SAM@example.test"])
def test_another_address_is_one(world, outside_badge, administrator, email):
    row = IssuedBadgeFactory.create(
        badge=outside_badge, status="pending", external_id="1", recipient_email="sam@example.test"
    )

    response = administrator.post(of("readdress", row), {"email": email})

    assert response.status_code == 422
    assert IssuedBadge.objects.get().recipient_email == "sam@example.test"


def test_a_badge_that_was_accepted_meanwhile_keeps_its_address(outside_badge, administrator):
    row = IssuedBadgeFactory.create(badge=outside_badge, external_id="1")

    page = administrator.get(of("readdress", row))
    response = administrator.post(of("readdress", row), {"email": "private@example.test"}, follow=True)

    words = "This is no longer possible. Status: Accepted."
    assert page.context["words"] == words
    assert said(response) == [words]
