"""The secret of a webhook's address, as the provider's row keeps it."""

import uuid

import pytest

from badges.accounts.webhook_secrets import (
    MeanwhileError,
    SecretConverter,
    digest_of,
    is_secret_of,
    make_address,
    mark_of,
)
from badges.models import BadgeProvider
from badges.secrets import DiscreetText
from tests.factories import BadgeProviderFactory

PAGE = uuid.UUID("6e0a4bb4-52a0-4a7c-9d6a-0a8b7c6d5e4f")


@pytest.fixture
def provider(db, settings):
    settings.PUBLIC_URL = "https://laurel.test"
    return BadgeProviderFactory.create()


def secret_in(address):
    return address.rstrip("/").rpartition("/")[2]


def test_an_address_of_this_site_holds_the_secret_and_the_row_its_digest_alone(provider):
    address = make_address(provider)

    secret = secret_in(address)
    stored = BadgeProvider.objects.get()
    assert address == f"https://laurel.test/webhooks/{provider.public_id}/{secret}/"
    assert stored.webhook_digest == digest_of(secret) != secret
    assert is_secret_of(stored, secret)


def test_a_new_address_ends_the_old_one(provider):
    old, new = (secret_in(make_address(provider)) for _ in range(2))

    assert (is_secret_of(provider, old), is_secret_of(provider, new)) == (False, True)


def test_each_press_of_one_page_is_answered_the_same(provider):
    seen = mark_of(provider)

    addresses = [make_address(BadgeProvider.objects.get(), page=PAGE, instead_of=seen) for _ in range(2)]

    assert len(set(addresses)) == 1
    assert make_address(BadgeProvider.objects.get(), page=uuid.uuid4()) not in addresses


def test_a_page_that_drew_another_address_makes_none(provider):
    seen = mark_of(provider)
    kept = secret_in(make_address(provider))

    with pytest.raises(MeanwhileError):
        make_address(BadgeProvider.objects.get(), page=PAGE, instead_of=seen)

    assert is_secret_of(BadgeProvider.objects.get(), kept)


def test_an_address_made_between_reading_and_writing_stays(provider):
    stale = BadgeProvider.objects.get()
    kept = secret_in(make_address(provider))

    with pytest.raises(MeanwhileError):
        make_address(stale, page=PAGE)

    assert is_secret_of(BadgeProvider.objects.get(), kept)


def test_a_secret_is_of_one_provider(provider):
    other = BadgeProviderFactory.create()

    secrets = [secret_in(make_address(row, page=PAGE)) for row in (provider, other)]

    assert secrets[0] != secrets[1]
    assert not is_secret_of(other, secrets[0])


@pytest.mark.parametrize("secret", ["", "x"])
def test_a_provider_without_an_address_has_no_secret(secret):
    assert not is_secret_of(BadgeProvider(), secret)


def test_the_mark_of_an_address_changes_with_it_and_is_nothing_of_it(provider):
    marks = [mark_of(provider)]
    for _ in range(2):
        make_address(provider)
        marks.append(mark_of(provider))

    assert marks[0] == ""
    assert len(set(marks)) == 3
    assert marks[2] not in provider.webhook_digest


def test_a_secret_in_an_address_is_shown_by_no_traceback():
    found = SecretConverter().to_python("secret")

    assert (type(found), found == "secret", "secret" in repr(found)) == (DiscreetText, True, False)
