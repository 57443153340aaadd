import datetime as dt
import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from badges.delivery import pacing
from badges.models import BadgeProvider, IssuedBadge, ProviderPace
from tests.badges.provider_pages import url
from tests.credly.running import ORGANIZATION
from tests.factories import (
    AdministratorFactory,
    BadgeFactory,
    BadgeProviderFactory,
    BadgeTemplateFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    UserFactory,
)

SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def shared(world) -> BadgeProvider:
    """Of an organization that the administrator does not manage, made available to one that he or she does."""
    provider = BadgeProviderFactory.create(
        name="Shared",
        organization=world.outside,
        kind="credly",
        provider_organization_id="secret-account",
        api_url="https://secret-host.example/v1",
        pause_reason="secret-reason",
        paused_at=timezone.now(),
        last_error="secret-error",
    )
    provider.available_to.set([world.academy, OrganizationFactory.create(name="secret-sibling", parent=world.outside)])
    return provider


# Badge Providers


def test_find_badge_providers_shows_own_and_available_ones(administrator, world, provider, issuer, shared):
    BadgeProviderFactory.create(organization=world.outside)

    page = administrator.get(reverse("badges:providers"))

    assert [row.name for row in page.context["listing"].page] == ["IPC-Credly", "Ours", "Shared"]
    assert page.context["changeable"] == {provider.pk, issuer.pk}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ipc", ["IPC-Credly"]),
        ("kind=built_in", ["Ours"]),
        ("enabled=false", []),
        ("paused=true", ["Shared"]),
        ("paused=false", ["IPC-Credly", "Ours"]),
        ("sort=-name", ["Shared", "Ours", "IPC-Credly"]),
    ],
)
def test_providers_can_be_searched_filtered_and_sorted(administrator, provider, issuer, shared, query, found):
    page = administrator.get(f"{reverse('badges:providers')}?{query}")

    assert [row.name for row in page.context["listing"].page] == found


def test_the_list_counts_what_is_in_reach(administrator, world, shared, provider):
    ours = BadgeFactory.create(provider=shared, organization=world.academy)
    theirs = BadgeFactory.create(provider=shared, organization=world.outside)
    for badge, delivery in ((ours, "pending"), (ours, "failed"), (theirs, "failed")):
        IssuedBadgeFactory.create(badge=badge, delivery=delivery, status="pending")

    rows = administrator.get(reverse("badges:providers")).context["listing"].page

    assert [(row.badge_count, row.waiting_count, row.failed_count) for row in rows] == [(0, 0, 0), (1, 1, 1)]


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_for_any_number(
    administrator, world, provider, issuer, shared, more, django_assert_num_queries
):
    BadgeProviderFactory.create_batch(more, organization=world.academy)

    with django_assert_num_queries(10):
        administrator.get(reverse("badges:providers"))


def test_the_export_holds_no_account(administrator, provider, shared):
    page = administrator.get(f"{reverse('badges:providers')}?export=csv&columns=name&columns=state&columns=kind")

    assert b"".join(page).decode("utf-8-sig").splitlines() == [
        "Name,Type,State",
        "IPC-Credly,Credly,Enabled",
        "Shared,Credly,Paused",
    ]


# The profile


def test_the_profile_tells_of_the_queue(administrator, world, provider):
    badge = BadgeFactory.create(provider=provider, organization=world.academy)
    for delivery in ("pending", "pending", "sending", "uncertain", "failed", "delivered", "cancelled"):
        IssuedBadgeFactory.create(badge=badge, delivery=delivery, status="pending")

    queue = administrator.get(url("provider", provider)).context["queue"]

    assert (queue.waiting, queue.uncertain, queue.failed) == (3, 1, 1)
    assert queue.oldest_at is not None


def test_the_profile_names_the_templates_that_endanger_badges(administrator, world, provider):
    for name, state, allows_duplicates in (
        ("Gone", "gone", True),
        ("Archived", "archived", False),
        ("Loose", "active", True),
        ("Fine", "active", False),
    ):
        template = BadgeTemplateFactory.create(
            provider=provider, name=name, external_id=name, state=state, allows_duplicates=allows_duplicates
        )
        BadgeFactory.create(
            name=name, provider=provider, organization=world.academy, provider_template_id=template.external_id
        )
    BadgeTemplateFactory.create(provider=provider, name="Unused", state="archived", allows_duplicates=True)
    BadgeFactory.create(name="Lost", provider=provider, organization=world.academy, provider_template_id="typo")

    templates = administrator.get(url("provider", provider)).context["templates"]

    assert [one.template.name for one in templates.unusable] == ["Archived", "Gone"]
    assert [one.template.name for one in templates.loose] == ["Loose"]
    assert [badge.name for badge in templates.unknown] == ["Lost"]


@pytest.mark.parametrize(
    ("failures", "reason"),
    [
        (0, "because the provider asked for it: it was called too often."),
        (7, "because the provider does not answer: 7 calls in a row failed."),
    ],
)
def test_the_profile_tells_of_a_hold_until_when_and_why(administrator, provider, failures, reason):
    until = timezone.now() + dt.timedelta(minutes=4)
    ProviderPace.objects.create(provider=provider, next_at=until, held_until=until, failures=failures)

    page = administrator.get(url("provider", provider))

    assert page.context["hold"].until == until
    assert re.search(r"Held until <time [^>]+>[^<]+, \d\d:\d\d UTC</time>", page.text)
    assert (reason in page.text, "Try now" in page.text) == (True, True)


@pytest.mark.parametrize("changes", [{"paused_at": timezone.now()}, {"is_enabled": False}])
def test_a_hold_is_not_told_of_where_nothing_would_be_asked_anyway(administrator, provider, changes):
    BadgeProvider.objects.update(**changes)
    pacing.hold(provider.pk, 60)

    assert "Try now" not in administrator.get(url("provider", provider)).text


def test_a_hold_that_has_ended_is_told_of_no_more(administrator, provider):
    ended = timezone.now() - dt.timedelta(seconds=1)
    ProviderPace.objects.create(provider=provider, next_at=ended, held_until=ended, failures=9)

    assert administrator.get(url("provider", provider)).context["hold"] is None


def test_the_profile_warns_of_what_the_token_may_not_do(administrator, provider):
    BadgeProvider.objects.update(lacking_scopes=["events", "templates"])

    page = administrator.get(url("provider", provider))

    assert [sentence.partition(",")[0] for sentence in page.context["lacks"]] == [
        "The API token may not read badge templates",
        "The API token may not read events",
    ]
    assert page.text.count("Give the token this permission at the provider") == 2


def test_what_providers_say_is_escaped(administrator, world, provider):
    BadgeProvider.objects.update(last_error=SCRIPT, last_error_at=timezone.now(), pause_reason=SCRIPT)
    BadgeProvider.objects.update(paused_at=timezone.now())
    template = BadgeTemplateFactory.create(provider=provider, name=SCRIPT, state="archived", description=SCRIPT)
    badge = BadgeFactory.create(
        provider=provider, organization=world.academy, provider_template_id=template.external_id
    )
    IssuedBadgeFactory.create(badge=badge, delivery="failed", status="pending", failure_message=SCRIPT)

    page = administrator.get(url("provider", provider)).text
    listed = administrator.get(f"{url('provider_templates', provider)}?columns=name&columns=description").text

    assert (SCRIPT in page, page.count(ESCAPED), SCRIPT in listed, listed.count(ESCAPED)) == (False, 4, False, 3)


def test_what_failed_last_comes_first_with_its_own_moment(administrator, world, provider):
    badge = BadgeFactory.create(provider=provider, organization=world.academy)
    fields = {"badge": badge, "delivery": "failed", "status": "pending"}
    moments = [timezone.now() - dt.timedelta(hours=hours) for hours in (3, 1, 2)]
    old, last, middle = [IssuedBadgeFactory.create(failed_at=at, **fields) for at in moments]
    IssuedBadge.objects.filter(pk=old.pk).update(issued_at=timezone.now())

    page = administrator.get(url("provider", provider))

    assert list(page.context["failures"]) == [last, middle, old]
    assert [timezone.localtime(at).isoformat() in page.text for at in moments] == [True] * 3


def test_a_failure_of_somebody_elses_student_is_not_shown(administrator, world, provider):
    foreign = BadgeFactory.create(provider=provider, organization=world.outside)
    IssuedBadgeFactory.create(badge=foreign, delivery="failed", status="pending", failure_message="Private words")

    page = administrator.get(url("provider", provider))

    assert (page.context["queue"].failed, "Private words" in page.text) == (1, False)


def test_who_may_only_use_a_provider_sees_no_account(administrator, shared):
    page = administrator.get(url("provider", shared))

    assert (page.status_code, "Shared" in page.text, "Paused" in page.text) == (200, True, True)
    assert "secret-" not in page.text


@pytest.mark.parametrize(
    "page",
    ["edit", "templates", "refresh", "test", "pause", "resume", "ask_now", "webhook", "rotate"],
)
def test_who_may_only_use_a_provider_does_nothing_to_it(administrator, shared, page):
    before = BadgeProvider.objects.values().get(pk=shared.pk)

    method = administrator.get if page == "templates" else administrator.post
    status = method(url(f"provider_{page}", shared), {"reason": "Mine now", "name": "Mine"}).status_code

    assert (status, BadgeProvider.objects.values().get(pk=shared.pk)) == (403, before)


def test_who_may_only_look_sees_no_account_either(world, provider, signed_in):
    looker = UserFactory.create(organization=world.academy, manages=[world.academy])
    looker.user_permissions.add(Permission.objects.get(codename="view_badgeprovider"))
    client = signed_in(looker)

    page = client.get(url("provider", provider))

    assert (page.status_code, provider.api_url in page.text, ORGANIZATION in page.text) == (200, False, False)
    assert client.post(url("provider_test", provider)).status_code == 403


def test_the_profile_leads_to_the_badges_of_the_provider(administrator, provider):
    page = administrator.get(url("provider", provider))

    assert f'href="{reverse("badges:list")}?provider={provider.pk}"' in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_the_profile_costs_the_same_for_any_number(administrator, world, provider, count, django_assert_num_queries):
    for number in range(count):
        template = BadgeTemplateFactory.create(provider=provider, state="archived")
        badge = BadgeFactory.create(
            name=f"B{number}",
            provider=provider,
            organization=world.academy,
            provider_template_id=template.external_id,
        )
        IssuedBadgeFactory.create(badge=badge, delivery="failed", status="pending", failure_message="Refused")

    with django_assert_num_queries(16):
        administrator.get(url("provider", provider))


# Acts


def test_the_issuers_page_lists_its_keys_and_not_what_is_private(administrator, issuer):
    administrator.post(url("provider_rotate", issuer))

    page = administrator.get(url("provider", issuer)).text

    assert ("did:web:" in page, page.count("In use")) == (True, 2)
    assert ("PRIVATE KEY" in page, any(key.encrypted_private_key in page for key in issuer.keys.all())) == (
        False,
        False,
    )


def test_an_administrator_elsewhere_finds_nothing(world, provider, signed_in):
    rival = signed_in(AdministratorFactory.create(organization=world.outside))

    assert (
        rival.get(url("provider", provider)).status_code,
        rival.post(url("provider_test", provider)).status_code,
    ) == (
        404,
        404,
    )
