import datetime as dt
import json

import jwt
import pytest

from badges.openbadges import addresses, credentials, keys, vc_jwt


@pytest.fixture
def token(issued) -> str:
    issued.expires_at = dt.datetime(2027, 3, 2, 9, tzinfo=dt.UTC)
    return credentials.sign(issued).token


def test_the_header_has_what_the_specification_allows_and_no_more(issued, token):
    key = keys.in_use(issued.provider).rsa

    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": addresses.key(key)}


def test_the_claims_are_the_credential_and_its_four_or_five_names(issued, token):
    claims = jwt.decode(token, options={"verify_signature": False})

    document = json.loads(issued.credential.document)
    del document["proof"]
    assert claims == document | {
        "iss": addresses.did(issued.provider),
        "jti": addresses.credential(issued),
        "nbf": 1_772_442_000,
        "sub": credentials.holder_of(issued),
        "exp": 1_803_978_000,
    }


def test_the_named_key_is_the_public_one_and_checks_the_token(token, fetch):
    jwk = json.loads(fetch(jwt.get_unverified_header(token)["kid"]))

    assert sorted(jwk) == ["alg", "e", "kty", "n", "use"]
    assert jwt.decode(token, jwt.PyJWK(jwk).key, ["RS256"])["name"] == "Gîtes & <Kubernetes> “入門”"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30"])
def test_what_is_no_token_names_no_key(text):
    assert vc_jwt.key_address_of(text) == ""
