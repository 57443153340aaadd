"""Credentials as VC-JWT: a JSON Web Token of RS256, the one algorithm that every verifier of Open Badges 3.0 has."""

from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from badges.openbadges.proofs import Document
from badges.openbadges.timestamps import since_1970

ALGORITHM = "RS256"


def sign(document: Document, *, key: RSAPrivateKey, key_address: str) -> str:
    """The token of a credential without proof: its members as claims, beside those that JWT gives a name of its own.

    The header has `kid`, an address that answers with the public JWK, and by the specification nothing but that.
    """
    claims = {
        **document,
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "nbf": since_1970(document["validFrom"]),
        "sub": document["credentialSubject"]["id"],
    }
    if "validUntil" in document:
        claims["exp"] = since_1970(document["validUntil"])
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_address})


def key_address_of(token: str) -> str:
    """The `kid` of a token that nobody has checked yet; empty when it is no token or names none."""
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return ""


def claims_of(token: str, *, key: RSAPublicKey) -> Document | None:
    """What a token says if its signature is good, whatever its dates; None otherwise."""
    unchecked = {"verify_exp": False, "verify_nbf": False, "verify_aud": False, "verify_iat": False}
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[ALGORITHM], options=unchecked)  # type: ignore[arg-type]
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return None
    return claims


def public_jwk(key: RSAPublicKey) -> Document:
    """The public key as a JWK."""
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)
    return {"kty": jwk["kty"], "n": jwk["n"], "e": jwk["e"], "alg": ALGORITHM, "use": "sig"}
