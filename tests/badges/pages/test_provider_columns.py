import pytest

from badges.pages.provider_columns import state_of
from tests.factories import PAST, BadgeProviderFactory


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("good", "Enabled")),
        ({"paused_at": PAST}, ("bad", "Paused")),
        ({"is_enabled": False}, ("", "Switched off")),
        ({"is_enabled": False, "paused_at": PAST}, ("", "Switched off")),
    ],
)
def test_a_provider_is_enabled_paused_or_switched_off(fields, expected):
    assert state_of(BadgeProviderFactory.build(organization=None, **fields)) == expected
