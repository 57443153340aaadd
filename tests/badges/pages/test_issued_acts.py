"""What is done to issued badges: retry, revoke, issue again, send again, another address; and who may."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from badges.models import BadgeLetter, BadgeProvider, IssuedBadge, Via
from tests.factories import (
    PAST,
    BadgeFactory,
    BadgeProviderFactory,
    IssuedBadgeFactory,
    UserFactory,
)

LIST = "/badges/issued/"


@pytest.fixture
def badge(world):
    return BadgeFactory.create(name="Diver", organization=world.academy)


@pytest.fixture
def outside_badge(world):
    """A badge that its students have to accept at Credly."""
    provider = BadgeProviderFactory.create(
        organization=world.academy, kind="credly", api_url="https://api.credly.example/v1", provider_organization_id="x"
    )
    return BadgeFactory.create(name="Owl", organization=world.academy, provider=provider, provider_template_id="t")


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


def failed(badge, **fields):
    return IssuedBadgeFactory.create(
        badge=badge, delivery="failed", failure_code="refused", failure_message="No", delivered_at=None, **fields
    )


def said(response):
    return [str(message) for message in response.context["messages"]]


def of(name, row):
    return reverse(f"badges:{name}", args=[row.pk])


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
        ([], "Choose at least one issued badge."),
        (["x"], "Choose lines of the list."),
        (["9" * 30], "Choose lines of the list."),
        ([",".join(map(str, range(20_001)))], "Choose at most 20,000 issued badges at a time."),
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
def test_the_page_before_revoking_takes_seven_queries(badge, administrator, django_assert_num_queries, rows):
    issued = IssuedBadgeFactory.create_batch(rows, badge=badge)

    with django_assert_num_queries(7):  # session, person, organization, 2 of permissions; rows, managed
        administrator.get(reverse("badges:revoke"), {"issued": [row.pk for row in issued]})


# The page of one


def test_the_page_offers_what_can_be_done(world, badge, outside_badge, administrator):
    rows = {
        "delivered": IssuedBadgeFactory.create(badge=badge),
        "failed": failed(badge),
        "revoked": IssuedBadgeFactory.create(badge=badge, status="revoked", revoked_at=PAST),
        "waiting": IssuedBadgeFactory.create(badge=outside_badge, status="pending", external_id="1"),
        "foreign": IssuedBadgeFactory.create(student=world.student),
    }

    offered = {}
    for name, row in rows.items():
        actions = administrator.get(of("issued_badge", row)).context["actions"]
        offered[name] = {act for act, can in vars(actions).items() if can}

    assert offered == {
        "delivered": {"can_revoke", "can_resend"},
        "failed": {"can_revoke", "can_retry"},
        "revoked": {"can_reissue"},
        "waiting": {"can_revoke", "can_resend", "can_readdress"},
        "foreign": set(),
    }


@pytest.mark.parametrize("permission", ["revoke_issuedbadge", "retry_issuedbadge"])
def test_each_action_needs_its_permission(world, badge, signed_in, permission):
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_issuedbadge", permission]))
    row = failed(badge)
    client = signed_in(clerk)

    offered = {act for act, can in vars(client.get(of("issued_badge", row)).context["actions"]).items() if can}
    answers = [client.post(reverse(f"badges:{act}"), {"issued": row.pk}).status_code for act in ("retry", "revoke")]

    may_revoke = permission == "revoke_issuedbadge"
    assert offered == ({"can_revoke"} if may_revoke else {"can_retry"})
    assert answers == ([403, 200] if may_revoke else [302, 403])


def test_the_page_says_why_it_was_not_delivered(badge, administrator):
    row = failed(badge)

    response = administrator.get(of("issued_badge", row))

    assert f"Badge: Diver was not issued to {row.student} because of this error: No" in response.text


def test_the_page_takes_ten_queries(badge, administrator, django_assert_num_queries):
    row = IssuedBadgeFactory.create(badge=badge)

    with django_assert_num_queries(10):
        administrator.get(of("issued_badge", row))


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
    link = f'<a href="{of("issued_badge", revoked)}">Issued again after it was revoked</a>'
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

    assert said(response) == [f"{row.student} will be told of the badge once more."]
    assert BadgeLetter.objects.get().issued_badge == row


@pytest.mark.parametrize(
    ("kind", "said_there", "button"),
    [("built_in", "Nothing else changes", "Send Again"), ("credly", "The link to accept it", "Revoke and Issue Anew")],
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
    words = "The badge has ended, so no letter tells of it. Issue a badge that is valid instead."

    page = administrator.get(of("resend", row)).text
    response = administrator.post(of("resend", row), follow=True)

    assert words in page
    assert "<span>Send Again</span>" not in page
    assert said(response) == [words]
    assert (BadgeLetter.objects.count(), IssuedBadge.objects.count()) == (0, 1)


def test_sending_again_is_not_offered_too_late(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge, status="revoked", revoked_at=PAST)

    page = administrator.get(of("resend", row)).text

    assert "This cannot be done any more" in page
    assert "<button" not in page.split('<div class="form-actions">')[1].split("</div>")[0]


def test_sending_again_too_late_says_how_the_badge_stands(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge, status="revoked", revoked_at=PAST)

    response = administrator.post(of("resend", row), follow=True)

    assert said(response) == [
        "This cannot be done any more: the badge is in the state Revoked, its delivery: Provider knows."
    ]


def test_a_badge_that_waits_goes_to_another_address(outside_badge, administrator):
    row = IssuedBadgeFactory.create(badge=outside_badge, status="pending", external_id="1")

    response = administrator.post(of("readdress", row), {"email": "private@example.test"}, follow=True)

    fresh = IssuedBadge.objects.held().get()
    assert fresh.recipient_email == "private@example.test"
    assert said(response) == ["The badge goes to private@example.test now."]
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

    words = "This cannot be done any more: the badge is in the state Accepted, its delivery: Delivered."
    assert page.context["words"] == words
    assert said(response) == [words]


def test_a_provider_that_is_paused_is_said_to_be(outside_badge, administrator):
    BadgeProvider.objects.update(name="Academy's Credly", paused_at=PAST)
    row = IssuedBadgeFactory.create(badge=outside_badge, status="pending", delivery="pending", delivered_at=None)

    response = administrator.get(of("issued_badge", row))

    assert response.context["standstill"].words == (
        "Academy's Credly has been paused since 2 Mar 2026, 09:00. An administrator of Academy can resume it."
    )


def test_another_student_s_earlier_badge_is_none_of_this_one_s(badge, administrator):
    row, _other = IssuedBadgeFactory.create(badge=badge), IssuedBadgeFactory.create(badge=badge)
    earlier = IssuedBadgeFactory.create(badge=badge, student=row.student, status="revoked", revoked_at=PAST)

    response = administrator.get(of("issued_badge", row))

    assert list(response.context["others"]) == [earlier]
