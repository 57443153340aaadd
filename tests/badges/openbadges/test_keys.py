import base64
import datetime as dt
import json

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from badges.models import IssuerKey
from badges.openbadges import addresses, credentials, issuers, keys, proofs
from badges.secrets import UnreadableSecretError
from tests.factories import PAST, BadgeProviderFactory, IssuedBadgeFactory
from tests.racing import at_once


@pytest.fixture
def provider(db):
    return BadgeProviderFactory.create()


def kinds_in_use(provider) -> list[str]:
    return sorted(provider.keys.filter(retired_at__isnull=True).values_list("kind", flat=True))


def test_keys_are_made_on_first_use_and_kept(provider):
    first = keys.in_use(provider)

    again = keys.in_use(provider)

    assert (again.ed25519, again.rsa) == (first.ed25519, first.rsa)
    assert kinds_in_use(provider) == ["ed25519", "rsa"]


def test_a_key_in_use_costs_one_query(provider, django_assert_num_queries):
    keys.in_use(provider)

    with django_assert_num_queries(1):
        keys.in_use(provider)


@pytest.mark.django_db(transaction=True)
def test_racing_callers_get_the_same_keys(provider):
    found = at_once(*[lambda: keys.in_use(provider)] * 4)

    assert len({(one.ed25519.pk, one.rsa.pk) for one in found}) == 1
    assert IssuerKey.objects.count() == 2


def test_private_keys_are_stored_encrypted(provider):
    stored = keys.in_use(provider)

    assert [key.encrypted_private_key.startswith("gAAAA") for key in (stored.ed25519, stored.rsa)] == [True, True]
    assert keys.private_ed25519(stored.ed25519).public_key() == keys.public_ed25519(stored.ed25519)
    assert keys.private_rsa(stored.rsa).public_key() == keys.public_rsa(stored.rsa)
    assert keys.private_rsa(stored.rsa).key_size == 2048


def test_a_key_whose_encryption_key_is_gone_says_so(provider, settings):
    stored = keys.in_use(provider)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(UnreadableSecretError):
        keys.private_ed25519(stored.ed25519)


def test_rotation_retires_the_keys_and_lists_them_still(provider):
    first = keys.in_use(provider)

    new = keys.rotate(provider, at=PAST)

    assert (new.kind, new == first.ed25519) == ("ed25519", False)
    assert keys.in_use(provider).ed25519 == new
    retired_at = PAST + keys.ANNOUNCED
    assert [key.retired_at for key in keys.listed(provider)] == [retired_at, retired_at, None, None]


def test_new_keys_sign_when_no_document_without_them_is_kept_any_more(provider):
    first = keys.in_use(provider)

    new = keys.rotate(provider, at=PAST)

    last_moment = PAST + keys.ANNOUNCED - dt.timedelta(microseconds=1)
    assert [keys.in_use(provider, at=at).ed25519 for at in (PAST, last_moment, PAST + keys.ANNOUNCED)] == [
        first.ed25519,
        first.ed25519,
        new,
    ]
    assert dt.timedelta(seconds=keys.KEPT_FOR) < keys.ANNOUNCED


def test_a_signature_in_the_first_minutes_is_good_for_who_kept_the_document(issued, fetch):
    credentials.sign(IssuedBadgeFactory.create(badge=issued.badge))
    kept = fetch(addresses.did_document(issued.provider)).decode()

    keys.rotate(issued.provider, at=timezone.now())
    after = json.loads(credentials.sign(issued).document)

    assert after["proof"]["verificationMethod"] in json.loads(kept)["assertionMethod"]


def test_keys_rotated_twice_sign_one_after_another(provider):
    first = keys.in_use(provider).ed25519
    half = keys.ANNOUNCED / 2

    second = keys.rotate(provider, at=PAST)
    third = keys.rotate(provider, at=PAST + half)

    assert [keys.in_use(provider, at=PAST + n * half).ed25519 for n in (1, 2, 3)] == [first, second, third]


def test_keys_that_cannot_be_read_are_replaced_at_once(provider, settings):
    first = keys.in_use(provider)
    keys.rotate(provider, at=PAST)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    new = keys.rotate(provider, at=PAST)

    assert keys.in_use(provider, at=PAST).ed25519 == new != first.ed25519
    assert [key.retired_at for key in keys.listed(provider)] == [PAST, PAST, PAST, PAST, None, None]


def test_the_did_document_lists_every_key_as_good_for_assertions(provider, fetch):
    keys.in_use(provider)
    keys.rotate(provider, at=PAST)

    document = json.loads(fetch(addresses.did_document(provider)))

    listed = keys.listed(provider)
    did = addresses.did(provider)
    assert document["id"] == did
    assert document["assertionMethod"] == [f"{did}#key-{key.pk}" for key in listed]
    assert [(method["id"], method["controller"]) for method in document["verificationMethod"]] == [
        (f"{did}#key-{key.pk}", did) for key in listed
    ]
    multikeys = [m["publicKeyMultibase"] for m in document["verificationMethod"] if m["type"] == "Multikey"]
    assert multikeys == [proofs.multikey(keys.public_ed25519(key)) for key in listed if key.kind == "ed25519"]


def test_no_document_has_a_private_part(provider):
    stored = keys.in_use(provider)

    text = json.dumps(issuers.did_document(provider))

    secret = base64.urlsafe_b64encode(keys.private_ed25519(stored.ed25519).private_bytes_raw()).decode()
    assert [secret in text, '"d"' in text, "PRIVATE" in text] == [False, False, False]
