import pytest

from badges.accounts.tokens import set_token
from badges.models import BadgeProvider
from badges.secrets import decrypt, encrypt


@pytest.mark.parametrize(
    ("token", "is_moved", "expected"),
    [("", False, "old"), ("new", False, "new"), ("", True, ""), ("new", True, "new")],
)
def test_a_stored_token_goes_to_no_other_address(token, is_moved, expected):
    provider = BadgeProvider(encrypted_token=encrypt("old"))

    set_token(provider, token=token, is_moved=is_moved)

    assert (decrypt(provider.encrypted_token) if provider.encrypted_token else "") == expected


def test_a_token_is_stored_encrypted():
    provider = BadgeProvider()

    set_token(provider, token="the-token", is_moved=False)

    assert "the-token" not in provider.encrypted_token
