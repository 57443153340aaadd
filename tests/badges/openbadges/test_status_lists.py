import base64
import gzip
import json

import pytest
from django.core.cache import cache
from django.db import connection

from badges.models import Credential, IssuedBadge
from badges.openbadges import addresses, credentials, keys, proofs, status_lists
from tests.factories import PAST, BadgeProviderFactory, IssuedBadgeFactory
from tests.racing import at_once


@pytest.fixture(autouse=True)
def no_list_of_before():
    cache.clear()


def set_bits(document: proofs.Document) -> list[int]:
    text = document["credentialSubject"]["encodedList"]
    assert text[0] == "u"
    bits = gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
    assert len(bits) * 8 == 131_072
    return [i * 8 + bit for i, byte in enumerate(bits) if byte for bit in range(8) if byte & 0x80 >> bit]


def test_the_published_list_says_what_is_revoked(issued, fetch):
    credential = credentials.sign(issued)
    other = credentials.sign(IssuedBadgeFactory.create(badge=issued.badge))
    IssuedBadge.objects.filter(pk=issued.pk).update(status="revoked", revoked_at=PAST)

    document = json.loads(fetch(addresses.status_list(credential.status_list)))

    assert set_bits(document) == [credential.status_index]
    assert [status_lists.is_revoked(c.status_list, c.status_index) for c in (credential, other)] == [True, False]


def test_the_published_list_is_signed_by_the_issuer(issued, fetch):
    listed = credentials.sign(issued).status_list

    document = json.loads(fetch(addresses.status_list(listed)))

    assert document["issuer"] == addresses.did(issued.provider)
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert proofs.is_signed(document, key=keys.public_ed25519(keys.in_use(issued.provider).ed25519))


def test_a_list_is_kept_for_a_short_time_only(issued, django_assert_num_queries):
    listed = credentials.sign(issued).status_list
    status_lists.published(listed)

    with django_assert_num_queries(0):
        status_lists.published(listed)

    cache.delete(f"badges.status_list.{listed.pk}")
    IssuedBadge.objects.update(status="revoked", revoked_at=PAST)
    assert len(set_bits(status_lists.published(listed))) == 1


@pytest.mark.parametrize("indexes", [[], [0], [7, 8, 131_071], list(range(0, 131_072, 1000))])
def test_bits_there_and_back(indexes):
    assert set_bits({"credentialSubject": {"encodedList": status_lists.encode(indexes)}}) == indexes


def test_places_are_spread_over_the_whole_list():
    places = {status_lists.some_place() for _ in range(300)}

    assert len(places) > 250
    assert (min(places) < 30_000, max(places) > 100_000, max(places) < status_lists.LENGTH) == (True, True, True)


def test_a_crowded_list_is_left_for_the_next_once_it_is_half_full(issued):
    listed = status_lists.open_list(issued.provider)
    fill(listed, issued, status_lists.LENGTH // 2 - 1)

    assert status_lists.next_list(listed) == listed

    credentials.sign(issued, throw=lambda: status_lists.LENGTH - 1)
    following = status_lists.next_list(listed)
    assert (following.number, following.provider) == (2, issued.provider)
    assert status_lists.open_list(issued.provider) == following


def fill(listed, issued: IssuedBadge, count: int) -> None:
    """Revoked badges of one student with a credential each, at the places from 0 on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO badges_issuedbadge (badge_id, provider_id, student_id, public_id, issued_at, created_at,
                    recipient_email, via, source_words, status, delivery, revoked_at)
                SELECT %(badge)s, %(provider)s, %(student)s, gen_random_uuid(), now(), now(),
                    'sam@example.test', 'admin', '', 'revoked', 'delivered', now()
                FROM generate_series(1, %(count)s)
                RETURNING id
            )
            INSERT INTO badges_credential (issued_badge_id, status_list_id, status_index, document, token, signed_at)
            SELECT id, %(list)s, row_number() OVER () - 1, '', '', now() FROM made
            """,
            {
                "badge": issued.badge_id,
                "provider": issued.provider_id,
                "student": issued.student_id,
                "list": listed.pk,
                "count": count,
            },
        )
    assert Credential.objects.filter(status_list=listed).count() == count


@pytest.mark.django_db(transaction=True)
def test_racing_callers_open_one_list():
    provider = BadgeProviderFactory.create()

    opened = at_once(*[lambda: status_lists.open_list(provider).pk] * 4)

    assert len(set(opened)) == 1
