"""Data Integrity proofs of the suite eddsa-rdfc-2022 (W3C, Data Integrity EdDSA Cryptosuites 1.0)."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyld.jsonld import JsonLdError

from badges.openbadges import contexts, shaping
from badges.openbadges.timestamps import utc

type Document = dict[str, Any]

logger = logging.getLogger(__name__)

CRYPTOSUITE = "eddsa-rdfc-2022"
MULTICODEC_ED25519 = b"\xed\x01"

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def sign(document: Document, *, key: Ed25519PrivateKey, method: str, at: datetime) -> Document:
    """A document of our own with its proof. `method` names the public key; the same arguments give the same proof.

    Raises contexts.UndefinedTermError for a member that would not be signed.
    """
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": utc(at),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    signature = key.sign(_hashes(shaping.canonical(_under_contexts(proof, document)), shaping.canonical(document)))
    return {**document, "proof": {**proof, "proofValue": "z" + base58(signature)}}


def is_signed(document: Mapping[str, Any], *, key: Ed25519PublicKey) -> bool:
    """Whether the document's proof is good. Raises nothing for a document of whatever shape that parsed as JSON."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.get("cryptosuite") != CRYPTOSUITE:
        return False
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z"):
        return False
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        key.verify(from_base58(value[1:]), digest(bare, options))
    except (InvalidSignature, ValueError, JsonLdError, contexts.UnknownContextError, contexts.UndefinedTermError):
        return False
    except Exception:
        # PyLD promises no class of errors for what is no JSON-LD, or is nested deeper than Python's stack.
        logger.info("A document was refused for an error that PyLD does not name.", exc_info=True)
        return False
    return True


def digest(document: Mapping[str, Any], options: Mapping[str, Any], *, load: contexts.Loader = contexts.load) -> bytes:
    """What is signed: the hashes of the proof's options, under the document's contexts, and of the document."""
    under = _under_contexts(options, document)
    return _hashes(contexts.canonical(under, load=load), contexts.canonical(document, load=load))


def _hashes(*statements: str) -> bytes:
    return b"".join(hashlib.sha256(part.encode()).digest() for part in statements)


def _under_contexts(options: Mapping[str, Any], document: Mapping[str, Any]) -> Document:
    return {"@context": document.get("@context", []), **options}


def multikey(key: Ed25519PublicKey) -> str:
    """The public key as a Multikey."""
    return "z" + base58(MULTICODEC_ED25519 + key.public_bytes_raw())


def base58(content: bytes) -> str:
    """In Bitcoin's alphabet, which Multibase calls `z`."""
    number, text = int.from_bytes(content), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    zeros = len(content) - len(content.lstrip(b"\0"))
    return "1" * zeros + text


def from_base58(text: str) -> bytes:
    """The bytes again. Raises ValueError for a letter that is not in the alphabet."""
    number = 0
    for letter in text:
        number = number * 58 + _ALPHABET.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
