"""Our credentials before openbadgeslib, which we did not write. What it fetches, the public site answers."""

import json

import pytest
from openbadgeslib.ob3 import OB3LdpVerifier, OB3Verifier
from openbadgeslib.ob3.verifier import OB3VerificationError
from openbadgeslib.verify import verify_badge

from badges.models import IssuedBadge
from badges.openbadges import addresses, baking, credentials, keys
from tests.badges.openbadges import unbaking
from tests.badges.openbadges.conftest import SITE
from tests.factories import PAST, IssuedBadgeFactory


@pytest.fixture
def credential(issued):
    return credentials.sign(issued)


def pem(issued: IssuedBadge) -> str:
    return keys.in_use(issued.provider).rsa.public_key


def verified(document: str, fetch):
    # It reads status lists as tokens only: that ours is signed is checked by others.
    return OB3LdpVerifier().verify(document, check_status=True, verify_status_list=False, download=fetch)


def test_a_credential_is_verified_with_nothing_but_its_addresses(issued, credential, fetch):
    found = verified(fetch(addresses.credential(issued)).decode(), fetch)

    assert (found.id, found.issuer.id) == (addresses.credential(issued), addresses.did(issued.provider))
    assert found.achievement.name == "Gîtes & <Kubernetes> “入門”"


def test_a_changed_credential_is_refused(credential, fetch):
    with pytest.raises(OB3VerificationError, match="signature"):
        verified(credential.document.replace("Zoë", "Zoe"), fetch)


def test_a_revoked_credential_is_refused(issued, credential, fetch):
    IssuedBadge.objects.update(status="revoked", revoked_at=PAST)

    with pytest.raises(OB3VerificationError, match="revocation"):
        verified(credential.document, fetch)


def test_an_expired_credential_is_refused(issued, fetch):
    issued.expires_at = PAST

    with pytest.raises(OB3VerificationError, match="expired"):
        verified(credentials.sign(issued).document, fetch)


def test_what_a_retired_key_signed_stays_good(issued, credential, fetch):
    keys.rotate(issued.provider, at=PAST)

    assert verified(credential.document, fetch).id == addresses.credential(issued)


def test_a_token_is_verified_with_the_key_that_it_names(issued, credential, fetch):
    found = OB3Verifier(pem(issued)).verify(fetch(addresses.token(issued)).decode())

    assert (found.id, found.issuer.id) == (addresses.credential(issued), addresses.did(issued.provider))


def test_a_changed_token_is_refused(issued, credential):
    head, body, signature = credential.token.split(".")

    with pytest.raises(OB3VerificationError):
        OB3Verifier(pem(issued)).verify(f"{head}.{body[:-8]}{body[-8:][::-1]}.{signature}")


@pytest.mark.parametrize("address", [addresses.baked_png, addresses.baked_svg])
def test_a_baked_picture_is_verified(issued, credential, fetch, address):
    result = verify_badge(fetch(address(issued)), resolve_did=True, download=fetch)

    assert (result.valid, result.trusted, result.proof_format, result.reason) == (True, True, "ldp", None)
    assert result.issuer_did == addresses.did(issued.provider)


def test_a_changed_baked_svg_is_refused(issued, credential, fetch):
    changed = fetch(addresses.baked_svg(issued)).decode().replace("Zoë", "Zoe").encode()

    assert not verify_badge(changed, resolve_did=True, download=fetch).valid


def test_a_changed_baked_png_is_refused(issued, credential, fetch):
    good = fetch(addresses.baked_png(issued))
    changed = baking.bake_png(good, credential.document.replace("Zoë", "Zoe"))

    assert (unbaking.read_png(good), changed.count(baking.KEYWORD)) == (credential.document, 1)
    assert not verify_badge(changed, resolve_did=True, download=fetch).valid


def test_a_baked_png_with_the_credential_of_another_badge_is_that_badge(issued, credential, fetch):
    """The picture is not signed: what counts is what a verifier reads out of it."""
    other = credentials.sign(IssuedBadgeFactory.create(badge__name="Another"))
    repainted = baking.bake_png(fetch(addresses.baked_png(issued)), other.document)

    result = verify_badge(repainted, resolve_did=True, download=fetch)

    assert (result.valid, result.issuer_did) == (True, addresses.did(other.issued_badge.provider))


def test_another_site_cannot_speak_for_the_issuer(credential, fetch):
    document = json.loads(credential.document)
    document["issuer"]["id"] = document["issuer"]["id"].replace("badges.example.test", "other.example.test")

    with pytest.raises(OB3VerificationError):
        verified(json.dumps(document), lambda url: fetch(url.replace("https://other.example.test", SITE)))
