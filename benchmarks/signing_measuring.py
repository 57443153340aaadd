"""Signs badges with the built-in issuer, and beside it with nothing but the two signatures that each of them takes."""

import datetime as dt
import json
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from badges.delivery.rounds import CHUNK
from badges.models import Badge, BadgeProvider, Credential, IssuedBadge, Via
from badges.openbadges import addresses, contexts, credentials, keys, proofs, status_lists, vc_jwt
from organizations.models import Organization, User

AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def run(count: int, rounds: int) -> None:
    """Print the table."""
    issued = _issue(count)
    provider = issued[0].provider
    pair = keys.in_use(provider)
    ed25519, rsa = keys.private_ed25519(pair.ed25519), keys.private_rsa(pair.rsa)
    described = [credentials.describe(one, status=_status(provider)) for one in issued]
    texts = [json.dumps(document).encode() for document in described]
    method, address = addresses.verification_method(pair.ed25519), addresses.key(pair.rsa)

    def prove(document: proofs.Document) -> object:
        return proofs.sign(document, key=ed25519, method=method, at=AT)

    def both(document: proofs.Document) -> object:
        return prove(document), vc_jwt.sign(document, key=rsa, key_address=address)

    def store() -> None:
        Credential.objects.all().delete()
        for one in issued:
            credentials.sign(one, at=AT)

    def store_together() -> None:
        Credential.objects.all().delete()
        for first in range(0, count, CHUNK):
            credentials.sign_together(issued[first : first + CHUNK], at=AT)

    print(f"{count} badges a round, the best of {rounds}; seconds of one processor, the database's not counted")
    print(f"{'':<58}{'a second':>10}{'ratio':>8}")
    bare = _best(rounds, lambda: [ed25519.sign(text[:64]) for text in texts])
    _print("Ed25519 over 64 bytes, bare", count, bare)
    bare_rsa = _best(rounds, lambda: [rsa.sign(text, PKCS1v15(), SHA256()) for text in texts])
    _print("RSA-2048 over the document, bare", count, bare_rsa)
    floor = bare + bare_rsa
    _print("both, bare: the floor of a badge", count, floor)
    plain = _best(rounds, lambda: [_prove_plainly(document, ed25519) for document in described])
    _print("Data Integrity proof, canonical statements made anew", count, plain, bare)
    _print("Data Integrity proof", count, _best(rounds, lambda: [prove(document) for document in described]), bare)
    _print("proof and VC-JWT", count, _best(rounds, lambda: [both(document) for document in described]), floor)
    _print("described, signed twice, stored: fifty at a time", count, _best(rounds, store_together), floor)
    _print("the same one by one, for a person who waits", count, _best(rounds, store), floor)


def _issue(count: int) -> list[IssuedBadge]:
    organization = Organization.objects.create(name="College")
    provider = BadgeProvider.objects.create(name="College", organization=organization, kind="built_in")
    badge = Badge.objects.create(
        name="Wreath", description="One who ran it.", organization=organization, provider=provider
    )
    students = [
        User(
            username=f"s{n}",
            email=f"s{n}@example.test",
            first_name="Zoë",
            last_name=f"王{n}",
            organization=organization,
        )
        for n in range(count)
    ]
    User.objects.bulk_create(students)
    rows = [
        IssuedBadge(
            badge=badge,
            student=student,
            provider=provider,
            issued_at=AT,
            recipient_email=student.email,
            via=Via.ROSTER,
            source_words="Class of March",
            is_name_public=True,
        )
        for student in students
    ]
    return IssuedBadge.objects.bulk_create(rows)


def _status(provider: BadgeProvider) -> proofs.Document:
    return status_lists.entry(status_lists.open_list(provider), 7)


def _prove_plainly(document: proofs.Document, key: Ed25519PrivateKey) -> bytes:
    options = {"@context": document["@context"], "type": "DataIntegrityProof", "cryptosuite": proofs.CRYPTOSUITE}
    return key.sign((contexts.canonical(options) + contexts.canonical(document)).encode())


def _best(rounds: int, act: Callable[[], object]) -> float:
    """Seconds of this process's processor in the fastest of some rounds: what else the machine does is not counted."""
    seconds = []
    for _round in range(rounds):
        start = time.process_time()
        act()
        seconds.append(time.process_time() - start)
    return min(seconds)


def _print(words: str, count: int, seconds: float, floor: float | None = None) -> None:
    ratio = f"{seconds / floor:8.1f}" if floor else ""
    print(f"{words:<58}{count / seconds:>10,.0f}{ratio}")
