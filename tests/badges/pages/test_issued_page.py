"""The page of one issued badge: what it says of a delivery, and how it follows one under way."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from badges.models import BadgeProvider
from badges.providers.opening import capabilities_of
from tests.badges.pages.issued_pages import failed, of
from tests.factories import (
    PAST,
    BadgeFactory,
    IssuedBadgeFactory,
    UserFactory,
)

HTMX = {"HX-Request": "true"}


def page_of(row):
    return reverse("badges:issued_badge", args=[row.pk])


def test_a_badge_of_the_built_in_issuer_was_signed(world, administrator):
    row = IssuedBadgeFactory.create(badge__organization=world.academy)

    page = administrator.get(page_of(row)).text

    assert ("<dt>Signed</dt>" in page, "<dt>Last sent</dt>" in page, "Never" in page) == (True, False, True)


@pytest.mark.parametrize(
    "code",
    ["template_unusable", "no_answer"],
)
def test_a_badge_that_was_refused_has_failed(outside_badge, administrator, code):
    row = IssuedBadgeFactory.create(
        badge=outside_badge, status="pending", delivery="failed", delivered_at=None, sent_at=PAST, failure_code=code
    )

    page = administrator.get(page_of(row)).text

    assert "<span>Failed</span></span>" in page
    assert "Set by the template" in page
    assert "<dt>Last sent</dt>" in page


def test_what_its_issuer_says_is_text_and_a_link_that_passes_nothing_on(badge, administrator):
    row = IssuedBadgeFactory.create(badge=badge, note="<b>So</b>\nTwice", link="https://work.example/?a=1&b=2")
    bare = IssuedBadgeFactory.create(badge=badge, link="javascript:alert(1)")

    page, without = administrator.get(page_of(row)).text, administrator.get(page_of(bare)).text

    assert "<dt>Note</dt><dd>&lt;b&gt;So&lt;/b&gt;<br>Twice</dd>" in page
    address = "https://work.example/?a=1&amp;b=2"
    assert f'<a href="{address}" rel="nofollow ugc noopener">{address}</a>' in page
    assert ("<dt>Note</dt>" in without, "<dt>Link</dt>" in without, "javascript:" in without) == (False, False, False)


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_only_a_template_says_how_long_a_badge_is_valid_that_was_not_sent_yet(world, administrator, kind):
    badge = BadgeFactory.create(
        organization=world.academy,
        provider__kind=kind,
        provider__organization=world.academy,
        provider_template_id="one",
    )
    row = IssuedBadgeFactory.create(badge=badge, status="pending", delivery="pending", delivered_at=None)

    page = administrator.get(page_of(row)).text

    assert ("Set by the template" in page) == capabilities_of(badge.provider).has_templates


def test_the_page_follows_a_delivery_until_it_is_settled(outside_badge, administrator):
    row = IssuedBadgeFactory.create(badge=outside_badge, status="pending", delivery="pending", delivered_at=None)
    first = administrator.get(page_of(row))
    seen = {"seen": first.context["seen"]}

    again = administrator.get(page_of(row), seen, headers=HTMX)
    row.delivery = "delivered"
    row.save()
    settled = administrator.get(page_of(row), seen, headers=HTMX)

    assert 'hx-trigger="every 2s"' in first.text
    assert (again.status_code, again.content) == (204, b"")
    assert settled.status_code == 200
    assert 'role="status">Issued Status: Waiting for the student</p>' in settled.text
    assert "hx-trigger" not in settled.text.split('id="issued-badge"')[1].split(">")[0]


def test_a_retry_from_the_list_leads_to_what_was_retried(outside_badge, administrator):
    rows = IssuedBadgeFactory.create_batch(2, badge=outside_badge, status="pending", delivery="failed")
    back = reverse("badges:issued") + "?status=retriable"

    response = administrator.post(
        reverse("badges:retry"), {"issued": [row.pk for row in rows], "next": back}, follow=True
    )

    ids = ",".join(str(row.pk) for row in rows)
    address = f"{reverse('badges:issued')}?ids={ids}"
    assert f'2 badges are on their way to their providers again. <a href="{address}">Show them</a>' in response.text
    assert [row.pk for row in administrator.get(address).context["listing"].page] == [row.pk for row in reversed(rows)]


@pytest.mark.parametrize("words", ["none", "0", "9" * 40, ",", "²"])
def test_ids_that_are_none_find_nothing(outside_badge, administrator, words):
    IssuedBadgeFactory.create(badge=outside_badge)

    assert administrator.get(reverse("badges:issued"), {"ids": words}).context["listing"].count == 0


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


def test_the_page_takes_eleven_queries(badge, administrator, django_assert_num_queries):
    row = IssuedBadgeFactory.create(badge=badge)

    with django_assert_num_queries(11):
        administrator.get(of("issued_badge", row))


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
