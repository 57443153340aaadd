"""What follows when a provider is saved, and whom saving keeps from leaving badges behind."""

import pytest
from django.utils import timezone

from badges.accounts.editing import AccountInUseError, count_tied, save_provider, say_tied
from badges.catalogue.editing import NameTakenError
from badges.models import BadgeProvider
from tests.badges.provider_pages import CANARY, issue
from tests.factories import PAST, BadgeProviderFactory


def test_badges_that_set_out_between_the_check_and_the_save_are_not_left_behind(provider):
    issue(provider, states=["pending"])
    provider.api_url = "https://elsewhere.example/v1"

    with pytest.raises(AccountInUseError):
        save_provider(provider, token=CANARY, save_rest=lambda: None)


def test_saving_does_not_undo_what_a_worker_wrote_meanwhile(provider):
    read_before = BadgeProvider.objects.get()
    BadgeProvider.objects.update(paused_at=timezone.now(), pause_reason="Meanwhile")
    read_before.name = "Renamed"

    save_provider(read_before, token="", save_rest=lambda: None)

    provider.refresh_from_db()
    assert (provider.name, provider.pause_reason, provider.paused_at is not None) == ("Renamed", "Meanwhile", True)


def test_since_when_a_provider_is_switched_off_is_kept(provider):
    since = []
    for is_enabled in (True, False, False, True):
        row = BadgeProvider.objects.get()
        row.is_enabled = is_enabled
        save_provider(row, token="", save_rest=lambda: None)
        since.append(BadgeProvider.objects.get().disabled_at)

    off = since[1]
    assert off is not None
    assert since == [None, off, off, None]


def test_a_provider_that_begins_switched_off_is_so_since_then(provider):
    row = BadgeProviderFactory.build(organization=provider.organization, name="Later", is_enabled=False)

    save_provider(row, token="", save_rest=lambda: None)

    assert BadgeProvider.objects.get(name="Later").disabled_at is not None


def test_a_token_entered_meanwhile_does_not_go_to_another_host(provider):
    read_before = BadgeProvider.objects.get()
    save_provider(BadgeProvider.objects.get(), token=CANARY, save_rest=lambda: None)
    read_before.api_url = "https://elsewhere.example/v1"

    saved = save_provider(read_before, token="", save_rest=lambda: None)

    provider.refresh_from_db()
    assert (saved.token_was_cleared, provider.encrypted_token) == (True, "")


def test_a_name_taken_at_the_last_moment_is_told(provider, issuer):
    issuer.name = provider.name

    with pytest.raises(NameTakenError):
        save_provider(issuer, token="", save_rest=lambda: None)


@pytest.mark.parametrize(("has_answered", "tied"), [(True, 3), (False, 0)])
def test_badges_on_their_way_tie_a_provider_to_an_account_that_has_answered(provider, has_answered, tied):
    issue(provider, states=["pending", "sending", "uncertain", "delivered", "failed"])
    if not has_answered:
        BadgeProvider.objects.update(last_success_at=None)

    assert count_tied(BadgeProvider.objects.get()) == tied


def test_a_person_is_told_how_many_badges_are_on_their_way():
    assert [say_tied(count).partition(" on ")[0] for count in (1, 2)] == ["1 badge is", "2 badges are"]


@pytest.mark.parametrize(
    ("changes", "token", "is_known"),
    [
        ({"name": "Renamed"}, "", (True, True)),
        ({}, "new", (False, True)),
        ({"api_url": "https://elsewhere.example/v1"}, "new", (False, False)),
        ({"provider_organization_id": "another"}, "", (False, False)),
    ],
)
def test_what_was_learnt_of_a_token_or_an_account_goes_with_it(provider, changes, token, is_known):
    BadgeProvider.objects.update(verified_at=PAST, last_success_at=PAST)
    row = BadgeProvider.objects.get()
    for name, value in changes.items():
        setattr(row, name, value)

    save_provider(row, token=token, save_rest=lambda: None)

    stored = BadgeProvider.objects.get()
    assert (stored.verified_at is not None, stored.last_success_at is not None) == is_known


def test_what_is_saved_beside_the_provider_is_saved_with_it_or_not_at_all(provider):
    row = BadgeProvider.objects.get()
    row.name = "Renamed"

    def fail():
        raise LookupError

    with pytest.raises(LookupError):
        save_provider(row, token="", save_rest=fail)

    assert BadgeProvider.objects.get().name == "IPC-Credly"
