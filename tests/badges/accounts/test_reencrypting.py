"""The rotation of ENCRYPTION_KEYS as docs/deployment.md leads through it."""

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone

from badges.accounts.reencrypting import columns_with_secrets, reencrypt
from badges.accounts.tokens import set_token
from badges.models import BadgeProvider, IssuerKey
from badges.openbadges import addresses, credentials, keys, status_lists
from badges.openbadges.verifying import verify
from badges.secrets import SecretField, decrypt, encrypt, is_of_the_newest_key
from tests.factories import BadgeProviderFactory, IssuedBadgeFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
GOOD = "Every secret has the newest key. You can take the old ones out of ENCRYPTION_KEYS.\n"


@pytest.fixture(autouse=True)
def old_keys(settings):
    settings.ENCRYPTION_KEYS = [OLD]


@pytest.fixture
def credly():
    provider = BadgeProviderFactory.create(
        kind="credly", provider_organization_id="o", api_url="https://x.example.test"
    )
    set_token(provider, token="the-token", is_moved=True)
    provider.save()
    return provider


def test_the_documented_rotation_leaves_everything_working(settings, credly, capsys, client):
    settings.PUBLIC_URL = "https://badges.example.test"
    issued = IssuedBadgeFactory.create()
    before = credentials.sign(issued)

    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reencrypt")
    settings.ENCRYPTION_KEYS = [NEW]
    cache.clear()

    assert capsys.readouterr().out == f"3 secrets re-encrypted.\n{GOOD}"
    assert decrypt(BadgeProvider.objects.get(pk=credly.pk).encrypted_token) == "the-token"
    after = credentials.sign(IssuedBadgeFactory.create(badge=issued.badge))
    assert [verify(one.document, at=timezone.now()).is_current for one in (before, after)] == [True, True]
    assert [verify(one.token, at=timezone.now()).is_current for one in (before, after)] == [True, True]
    assert issued.provider.keys.count() == 2
    address = addresses.status_list(status_lists.open_list(issued.provider))
    assert client.get(address.removeprefix(settings.PUBLIC_URL)).status_code == 200


def test_every_secret_of_every_model_is_encrypted_anew(settings):
    """Of all models, by their names: one that comes later stands here, or this fails."""
    walked = {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models(include_auto_created=True)
        for column in model._meta.get_fields()
        if isinstance(column, models.Field) and isinstance(column, SecretField)
    }

    assert {f"{column.model._meta.label}.{column.name}" for column in columns_with_secrets()} == walked
    assert walked >= {"badges.BadgeProvider.encrypted_token", "badges.IssuerKey.encrypted_private_key"}


def test_no_column_that_looks_like_a_secret_is_anything_else():
    columns = [column for model in apps.get_models() for column in model._meta.local_fields]

    assert [
        column.name for column in columns if "encrypted" in column.name and not isinstance(column, SecretField)
    ] == []


def test_a_second_run_has_nothing_to_do(settings, credly, capsys):
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reencrypt")
    stored = BadgeProvider.objects.get(pk=credly.pk).encrypted_token
    capsys.readouterr()

    call_command("reencrypt")

    assert capsys.readouterr().out == f"0 secrets re-encrypted.\n{GOOD}"
    assert BadgeProvider.objects.get(pk=credly.pk).encrypted_token == stored


def test_a_secret_that_no_key_opens_is_named_and_the_others_are_done(settings, credly, capsys):
    provider = BadgeProviderFactory.create()
    lost = keys.in_use(provider).ed25519
    settings.ENCRYPTION_KEYS = [NEW]
    stored = encrypt("another")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), NEW]
    BadgeProvider.objects.filter(pk=credly.pk).update(encrypted_token=stored)

    with pytest.raises(CommandError, match=r"^Keep the old keys: not every secret has the newest one\.$"):
        call_command("reencrypt")

    said = capsys.readouterr()
    assert said.out == "1 secret re-encrypted.\n"
    assert said.err.splitlines()[0] == (
        f"issuer key {lost.pk}: private key: no key in ENCRYPTION_KEYS opens it. Put its key back, or enter it again."
    )
    assert len(said.err.splitlines()) == IssuerKey.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_runs_beside_each_other_and_a_new_token_lose_nothing(settings, credly):
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    def enter() -> None:
        provider = BadgeProvider.objects.get(pk=credly.pk)
        set_token(provider, token="entered", is_moved=False)
        provider.save(update_fields=["encrypted_token"])

    at_once(reencrypt, reencrypt, enter, reencrypt)

    stored = BadgeProvider.objects.get(pk=credly.pk).encrypted_token
    assert (decrypt(stored), is_of_the_newest_key(stored)) == ("entered", True)


def test_no_secret_is_said(settings, credly, capsys):
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    call_command("reencrypt", verbosity=3)

    said = capsys.readouterr()
    assert "the-token" not in said.out + said.err
