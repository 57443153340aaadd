import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from badges.accounts import health
from badges.accounts.health import check, check_all, refresh_templates, resume
from badges.delivery import verdicts
from badges.delivery.templates_reading import store_templates
from badges.models import BadgeProvider, BadgeTemplate, ProviderPace
from badges.providers.base import RemoteTemplate
from tests.credly.running import Credly
from tests.factories import BadgeProviderFactory, BadgeTemplateFactory
from tests.racing import at_once

NOW = timezone.now()
NO_TOKEN = "No API token is stored. Edit the provider and enter one."
pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(db, credly: Credly) -> BadgeProvider:
    return credly.provider()


def known() -> list[tuple[str, str]]:
    return list(BadgeTemplate.objects.order_by("name").values_list("name", "state"))


def test_a_good_check_remembers_it_and_reads_the_templates(credly, provider):
    credly.template("Welding")
    credly.template("Diving", state="archived")

    found = check(provider, at=NOW)

    assert (found.is_good, found.warnings) == (True, ())
    assert found.sentence.endswith(" answers. 2 templates were read.")
    assert (provider.verified_at, provider.last_success_at, provider.templates_read_at) == (NOW, NOW, NOW)
    assert provider.token_expires_at is not None
    assert known() == [("Diving", "archived"), ("Welding", "active")]


def test_a_token_that_ends_soon_is_warned_of(credly, provider):
    credly.change_token(seconds=5 * 86_400 + 60)

    found = check(provider)

    assert (found.is_good, found.warnings) == (True, ("This token ends in 5 days.",))


def test_a_dead_token_pauses_the_provider(credly, provider):
    credly.expire_token()

    found = check(provider)

    assert (found.is_good, found.sentence) == (
        False,
        "Credly does not accept the token: it is wrong, or it has ended.",
    )
    assert (provider.paused_at is not None, provider.pause_reason) == (True, found.sentence)


def test_an_unknown_organization_is_told_and_pauses_nothing(credly):
    provider = credly.provider(provider_organization_id="11111111-1111-4111-8111-111111111111")

    found = check(provider)

    assert (found.is_good, provider.last_error) == (False, found.sentence)


def test_a_provider_out_of_reach_is_told(credly, settings):
    settings.PROVIDER_TEST_HOSTS = ["127.0.0.1:1"]
    provider = credly.provider(api_url="http://127.0.0.1:1/v1")

    found = check(provider)

    assert (found.is_good, found.sentence, provider.paused_at) == (False, "127.0.0.1 cannot be reached.", None)


def test_without_a_token_nothing_is_asked(credly):
    provider = credly.provider(encrypted_token="")

    found = check(provider)

    assert (found.sentence, credly.requests()) == (NO_TOKEN, [])


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_a_token_is_asked_for_where_the_kind_has_an_account(db, kind):
    provider = BadgeProviderFactory.create(kind=kind)

    assert (check(provider).sentence == NO_TOKEN) == provider.has_account


def test_a_token_that_cannot_be_read_pauses_the_provider(credly):
    provider = credly.provider(encrypted_token="broken")

    found = check(provider)

    assert (found.is_good, provider.paused_at is not None) == (False, True)
    assert found.sentence.endswith("Enter it again.")


@pytest.mark.parametrize("ask", [check, refresh_templates])
def test_a_provider_kept_busy_by_deliveries_is_told(credly, provider, ask):
    ProviderPace.objects.create(provider=provider, next_at=timezone.now() + dt.timedelta(minutes=5))

    found = ask(provider)

    assert (found.is_good, found.sentence, credly.requests()) == (
        False,
        "The provider is kept busy by deliveries. Try again in a minute.",
        [],
    )


def test_the_built_in_issuer_can_be_checked(db):
    provider = BadgeProviderFactory.create(name="Ours")

    found = check(provider)

    assert (found.is_good, found.sentence, provider.keys.count()) == (True, "Ours answers.", 2)


# Templates


def test_what_is_not_listed_any_more_is_gone_after_a_complete_reading(credly, provider):
    credly.template("Welding")
    BadgeTemplateFactory.create(provider=provider, name="Old", read_at=NOW - dt.timedelta(days=1))

    found = refresh_templates(provider)

    assert (found.sentence, known()) == (
        "1 template was read. 1 no longer exists.",
        [("Old", "gone"), ("Welding", "active")],
    )


def test_a_reading_that_breaks_off_lets_nothing_go(credly, provider):
    for number in range(60):
        credly.template(f"Template {number:02}")
    BadgeTemplateFactory.create(provider=provider, name="A", read_at=NOW - dt.timedelta(days=1))
    credly.fault("server_error", call="templates", every=2)

    found = refresh_templates(provider)

    provider.refresh_from_db()
    assert (found.is_good, known()[0], len(known())) == (False, ("A", "active"), 51)
    assert provider.templates_read_at is None


def test_a_slower_reading_brings_nothing_back_that_a_later_one_has_missed(credly, provider):
    BadgeTemplateFactory.create(provider=provider, external_id="t", name="Welding", read_at=NOW - dt.timedelta(days=1))
    refresh_templates(provider, at=NOW + dt.timedelta(minutes=1))

    store_templates(provider, [RemoteTemplate("t", "Welding")], at=NOW)

    assert known() == [("Welding", "gone")]


@pytest.mark.django_db(transaction=True)
def test_two_readings_at_once_lose_no_template(credly):
    provider = credly.provider()
    for number in range(60):
        credly.template(f"Template {number:02}")
    refresh_templates(provider)
    credly.answer_after(0.05)

    at_once(*[lambda: refresh_templates(provider)] * 4)

    assert BadgeTemplate.objects.filter(state="active").count() == 60


def test_a_template_is_updated_and_comes_back(credly, provider):
    external_id = credly.template("Welding", description="Joins metal.", allow_duplicate_badges=True)
    BadgeTemplateFactory.create(provider=provider, external_id=external_id, name="Before", state="gone")

    refresh_templates(provider)

    row = BadgeTemplate.objects.get()
    assert (row.name, row.description, row.state, row.allows_duplicates) == ("Welding", "Joins metal.", "active", True)


def test_another_providers_templates_are_left_alone(credly, provider):
    other = BadgeTemplateFactory.create(name="Other", read_at=NOW - dt.timedelta(days=1))

    refresh_templates(provider)

    other.refresh_from_db()
    assert other.state == "active"


# Pausing and resuming


def test_resuming_checks_first(credly, provider):
    verdicts.pause(provider, "By hand")

    assert resume(provider).is_good

    provider.refresh_from_db()
    assert (provider.paused_at, provider.pause_reason) == (None, "")


def test_a_provider_that_still_fails_stays_paused(credly, provider):
    verdicts.pause(provider, "By hand")
    credly.expire_token()

    assert not resume(provider).is_good

    provider.refresh_from_db()
    assert (provider.paused_at is not None, provider.pause_reason) == (True, "By hand")


def test_a_token_that_may_not_read_templates_is_warned_of_and_resumed(credly, provider):
    verdicts.pause(provider, "By hand")
    credly.fault("refusal", call="templates", status=403)

    found = resume(provider)

    provider.refresh_from_db()
    assert (found.is_good, provider.paused_at, provider.lacking_scopes) == (True, None, ["templates"])
    assert found.sentence.endswith("Credly does not let this token read badge templates.")


def test_a_permission_that_is_lacking_is_noted_once_and_until_it_is_given(credly, provider):
    credly.fault("refusal", call="templates", status=403, times=2)
    check(provider)
    check(provider)
    assert provider.lacking_scopes == ["templates"]

    check(provider)

    assert provider.lacking_scopes == []


# Every night


def test_the_night_checks_those_that_are_to_work(credly, provider):
    off: dict[str, Any]
    for off in ({"is_enabled": False}, {"paused_at": NOW}):
        credly.provider(**off)

    assert check_all() == 0

    assert list(BadgeProvider.objects.filter(verified_at__isnull=False)) == [provider]


def test_the_night_takes_no_longer_than_it_may(credly, provider):
    assert (check_all(seconds=0), credly.requests()) == (0, [])


def test_the_night_counts_what_does_not_work(credly, provider):
    credly.expire_token()

    assert (health.check_all(), health.check_all()) == (1, 0)
