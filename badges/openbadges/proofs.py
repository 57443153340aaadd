"""Data Integrity proofs of the suite eddsa-rdfc-2022 (W3C, Data Integrity EdDSA Cryptosuites 1.0)."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyld import ContextResolver, jsonld

from badges.openbadges import contexts
from badges.openbadges.moments import utc

type Document = dict[str, Any]
type Loader = Callable[..., dict[str, Any]]

CRYPTOSUITE = "eddsa-rdfc-2022"
MULTICODEC_ED25519 = b"\xed\x01"

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# PyLD's caches are not made for threads, and nothing would run faster without the lock: the work is all Python's.
_LOCK = threading.Lock()
_PARSED_CONTEXTS: dict[str, Any] = {}


def sign(document: Document, *, key: Ed25519PrivateKey, method: str, at: datetime) -> Document:
    """The document with its proof. `method` names the public key; the same arguments give the same proof."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": utc(at),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    signature = key.sign(digest(document, proof))
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
    except (InvalidSignature, ValueError, jsonld.JsonLdError, contexts.UnknownContextError):
        return False
    return True


def digest(document: Mapping[str, Any], options: Mapping[str, Any], *, load: Loader = contexts.load) -> bytes:
    """What is signed: the hashes of the proof's options, under the document's contexts, and of the document."""
    proof = {"@context": document.get("@context", []), **options}
    return b"".join(hashlib.sha256(canonical(part, load=load).encode()).digest() for part in (proof, document))


def canonical(document: Mapping[str, Any], *, load: Loader = contexts.load) -> str:
    """The document's statements as canonical N-Quads (RDFC-1.0, which PyLD knows by its older name)."""
    with _LOCK:
        text: str = jsonld.normalize(
            dict(document),
            {
                "algorithm": "URDNA2015",
                "format": "application/n-quads",
                "documentLoader": load,
                "contextResolver": ContextResolver(_PARSED_CONTEXTS, load),
            },
        )
    return text


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
