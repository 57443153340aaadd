import datetime as dt
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from badges.openbadges import contexts, proofs
from badges.openbadges.contexts import CREDENTIALS, EXTENSIONS, OPEN_BADGES
from tests.badges.openbadges.conftest import FIXTURES

AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DOCUMENT: proofs.Document = {
    "@context": [CREDENTIALS, OPEN_BADGES, EXTENSIONS],
    "id": "urn:uuid:7a1f3c80-5b1c-4f5e-9c66-0f6d1f9f5f10",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "Zoë",
    "issuer": "did:web:badges.example.test",
    "validFrom": "2026-03-02T09:00:00Z",
}


def signed() -> proofs.Document:
    return proofs.sign(DOCUMENT, key=KEY, method="did:web:badges.example.test#key-1", at=AT)


def vector() -> tuple[proofs.Document, proofs.Document, str]:
    document = json.loads((FIXTURES / "signed-credential.json").read_text())
    options = document.pop("proof")
    return document, options, options.pop("proofValue")


def with_examples(url: str, options: object = None) -> dict[str, Any]:
    if url != "https://www.w3.org/ns/credentials/examples/v2":
        return contexts.load(url, options)
    document = json.loads((FIXTURES / "credentials-examples-v2.json").read_text())
    return {"contextUrl": None, "documentUrl": url, "document": document}


def test_the_vector_of_the_w3c_has_our_hashes():
    document, options, _value = vector()

    digest = proofs.digest(document, options, load=with_examples)

    expected = (FIXTURES / "proof-config-hash.txt").read_text() + (FIXTURES / "doc-hash.txt").read_text()
    assert digest.hex() == expected.replace("\n", "")


def test_the_vector_of_the_w3c_has_our_signature():
    document, options, value = vector()
    pair = json.loads((FIXTURES / "key-pair.json").read_text())
    secret = proofs.from_base58(pair["privateKeyMultibase"].removeprefix("z"))
    key = Ed25519PrivateKey.from_private_bytes(secret[2:])

    signature = key.sign(proofs.digest(document, options, load=with_examples))

    assert "z" + proofs.base58(signature) == value


def test_a_multikey_is_written_as_the_w3c_writes_it():
    multikey = json.loads((FIXTURES / "key-pair.json").read_text())["publicKeyMultibase"]
    key = Ed25519PublicKey.from_public_bytes(proofs.from_base58(multikey.removeprefix("z"))[2:])

    assert proofs.multikey(key) == multikey


def test_the_same_gives_the_same_proof():
    assert signed() == signed()
    assert proofs.is_signed(signed(), key=KEY.public_key())


def test_the_order_of_members_does_not_matter():
    turned = dict(reversed(list(signed().items())))

    assert proofs.is_signed(turned, key=KEY.public_key())


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Zoe"},
        {"shoeSize": "44"},
        {"validFrom": "2026-03-02T09:00:01Z"},
        {"validUntil": "2030-01-01T00:00:00Z"},
        {"@context": [CREDENTIALS]},
        {"@context": [*DOCUMENT["@context"], "https://elsewhere.example.test/context.json"]},
        {"@context": [*DOCUMENT["@context"], {"name": "https://elsewhere.example.test/#name"}]},
        {"@context": 7},
        {"proof": None},
        {"proof": []},
        {"proof": {"cryptosuite": "eddsa-rdfc-2022"}},
        {"proof": {**signed()["proof"], "cryptosuite": "eddsa-jcs-2022"}},
        {"proof": {**signed()["proof"], "created": "2026-03-03T09:00:00Z"}},
        {"proof": {**signed()["proof"], "proofPurpose": "authentication"}},
        {"proof": {**signed()["proof"], "proofValue": "z0OIl"}},
        {"proof": {**signed()["proof"], "proofValue": "u" + signed()["proof"]["proofValue"][1:]}},
        {"proof": {**signed()["proof"], "proofValue": "z"}},
        {"proof": {**signed()["proof"], "proofValue": 7}},
    ],
)
def test_what_was_changed_is_not_signed(change):
    assert not proofs.is_signed(signed() | change, key=KEY.public_key())


def test_another_key_did_not_sign_it():
    assert not proofs.is_signed(signed(), key=Ed25519PrivateKey.generate().public_key())


def test_no_context_comes_from_elsewhere():
    with pytest.raises(contexts.UnknownContextError):
        contexts.load("https://elsewhere.example.test/context.json")


@given(st.binary(max_size=80))
def test_base58_there_and_back(content):
    assert proofs.from_base58(proofs.base58(content)) == content


@pytest.mark.parametrize(("content", "text"), [(b"", ""), (b"\0\0", "11"), (b"hello world", "StV1DL6CwTryKyV")])
def test_base58_as_others_write_it(content, text):
    assert proofs.base58(content) == text
