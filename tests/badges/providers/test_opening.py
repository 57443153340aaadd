"""What holds for every kind of provider, whichever there are."""

from contextlib import closing

import pytest

from badges.models import BadgeProvider
from badges.providers.opening import capabilities_of, kinds_that, open_provider, parse_hint
from badges.secrets import encrypt
from tests.factories import BadgeProviderFactory


def never() -> None:
    raise AssertionError("nothing was asked for")


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_each_kind_can_be_opened_without_asking_anybody(db, kind):
    provider = BadgeProviderFactory.create(kind=kind, encrypted_token=encrypt("one"))

    with closing(open_provider(provider, before_request=never)) as opened:
        assert opened.capabilities == capabilities_of(provider)


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_no_kind_takes_what_it_does_not_understand_for_a_hint(kind):
    assert parse_hint(BadgeProvider(kind=kind), b"nonsense") is None


def test_statements_over_many_rows_go_by_what_a_single_row_is_asked_for():
    kinds = {kind for kind in BadgeProvider.Kind.values if capabilities_of(BadgeProvider(kind=kind)).has_templates}

    assert set(kinds_that(lambda can: can.has_templates)) == kinds
