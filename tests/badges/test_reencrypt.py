import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from badges.secrets import encrypt
from tests.factories import BadgeProviderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings):
    """The old key and the new one; what is stored has the old one."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.ENCRYPTION_KEYS = [old]
    BadgeProviderFactory.create(encrypted_token=encrypt("the-token"))
    return old, new


def test_old_keys_may_go_once_every_secret_has_the_newest(settings, keys, capsys):
    old, new = keys
    settings.ENCRYPTION_KEYS = [new, old]

    call_command("reencrypt")

    assert capsys.readouterr().out == (
        "1 secret re-encrypted.\nEvery secret has the newest key. You can take the old ones out of ENCRYPTION_KEYS.\n"
    )


def test_a_secret_that_no_key_opens_keeps_the_old_ones(settings, keys, capsys):
    settings.ENCRYPTION_KEYS = [keys[1]]

    with pytest.raises(CommandError, match="Keep the old keys"):
        call_command("reencrypt")

    assert capsys.readouterr().out == "0 secrets re-encrypted.\n"
