import base64
import datetime as dt
import json

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from badges.models import IssuedBadge
from badges.openbadges import addresses, credentials, keys, proofs, verifying
from badges.openbadges.verifying import Verification
from tests.factories import PAST, BadgeProviderFactory

AT = PAST + dt.timedelta(days=30)


@pytest.fixture
def credential(issued):
    return credentials.sign(issued)


@pytest.fixture(params=["document", "token"])
def text(request, credential) -> str:
    value: str = getattr(credential, request.param)
    return value


def test_a_good_credential(text):
    assert verifying.verify(text, at=AT) == Verification(
        is_signed=True,
        is_current=True,
        sentences=(
            "Signed by Collège Laurier, and unchanged since.",
            "It is not revoked.",
            "It is valid today.",
        ),
    )


def test_a_revoked_credential(text):
    IssuedBadge.objects.update(status="revoked", revoked_at=PAST)

    found = verifying.verify(text, at=AT)

    assert (found.is_signed, found.is_revoked, found.is_current) == (True, True, False)
    assert "It was revoked." in found.sentences


@pytest.mark.parametrize("form", ["document", "token"])
def test_an_expired_credential(issued, form):
    issued.expires_at = AT

    found = verifying.verify(getattr(credentials.sign(issued), form), at=AT)

    assert (found.is_signed, found.is_expired, found.is_current) == (True, True, False)
    assert "It has expired." in found.sentences


def test_a_credential_of_tomorrow(text):
    found = verifying.verify(text, at=PAST - dt.timedelta(days=1))

    assert (found.is_signed, found.is_expired, found.is_current) == (True, False, False)
    assert "It is not valid yet." in found.sentences


def test_a_retired_key_still_counts(issued, text):
    keys.rotate(issued.provider, at=PAST)

    assert verifying.verify(text, at=AT).is_current


def test_a_changed_document_is_not_signed(credential):
    found = verifying.verify(credential.document.replace("Zoë", "Zoe"), at=AT)

    assert found == Verification(
        is_signed=False,
        sentences=("The signature is invalid: the credential was changed, or this issuer never signed it.",),
    )


def test_a_changed_token_is_not_signed(credential):
    head, body, signature = credential.token.split(".")

    assert not verifying.verify(f"{head}.{body[:-8]}{body[-8:][::-1]}.{signature}", at=AT).is_signed


def test_a_key_of_another_issuer_signs_nothing_here(issued, credential):
    other = BadgeProviderFactory.create()
    mine = keys.in_use(other)
    claims = jwt.decode(credential.token, options={"verify_signature": False})
    forged = jwt.encode(claims, keys.private_rsa(mine.rsa), "RS256", headers={"kid": addresses.key(mine.rsa)})
    document = json.loads(credential.document)
    document["proof"]["verificationMethod"] = addresses.verification_method(mine.ed25519)

    assert [verifying.verify(text, at=AT).is_signed for text in (forged, json.dumps(document))] == [False, False]


def test_a_token_without_signature_is_not_signed(credential):
    claims = jwt.decode(credential.token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(credential.token)["kid"]
    unsigned = jwt.encode(claims, "", "none", headers={"kid": kid})
    confused = unsigned.replace(
        unsigned.split(".")[0], jwt.encode({}, "x" * 64, "HS256", headers={"kid": kid}).split(".")[0]
    )

    assert [verifying.verify(text, at=AT).is_signed for text in (unsigned, confused)] == [False, False]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "", "{", "{}", "[]", "null", "a.b.c", '{"issuer": []}', '{"issuer": {"id": 7}}',
        '{"issuer": {"id": "did:web:elsewhere.example.test:issuers:6e0a4bb4-52a0-4a7c-9d6a-0a8b7c6d5e4f"}}',
        '{"issuer": {"id": "did:web:badges.example.test:issuers:6e0a4bb4-52a0-4a7c-9d6a-0a8b7c6d5e4f"}}',
        "eyJhbGciOiJub25lIiwia2lkIjoiNyJ9.e30.",
    ],
)  # fmt: skip
def test_whatever_text_it_is_the_answer_is_no(text):
    assert verifying.verify(text, at=AT) == Verification(
        is_signed=False, sentences=("No issuer of this site is named in the credential.",)
    )


DEEP = 100_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * DEEP,
        '{"a":' * DEEP + "1" + "}" * DEEP,
        '{"a": ' + "[" * DEEP + "]" * DEEP + "}",
        base64.urlsafe_b64encode(('{"kid":' * DEEP).encode()).decode() + ".e30.e30",
        base64.urlsafe_b64encode(b'{"kid": "\xff"}').decode() + ".e30.e30",
        "\ud800.\udfff.e30",
        '{"issuer": {"id": "\ud800"}}',
        '{"a": ' + "9" * 10_000 + "}",
    ],
    ids=lambda text: text[:12].encode("ascii", "replace").decode(),
)
def test_however_deep_or_broken_a_text_is_the_answer_is_no(text):
    assert not verifying.verify(text, at=AT).is_signed


@pytest.mark.parametrize("depth", [50, 300, 900])
def test_a_document_that_names_an_issuer_may_be_as_deep_as_it_likes(credential, depth):
    document = json.loads(credential.document)
    nested: object = "deep"
    for _ in range(depth):
        nested = {"type": ["Evidence"], "evidence": [nested]}

    assert not verifying.verify(json.dumps(document | {"evidence": nested}), at=AT).is_signed
    assert not verifying.verify(json.dumps(document | {"@context": nested}), at=AT).is_signed


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["@id", "@type"]),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@context", "@id", "@type", "@value", "@list", "id", "type", "x"]), parts, max_size=3
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["@context", "id", "type", "name", "issuer", "credentialSubject", "proof", "evidence"]), VALUES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_proof_of_a_document_of_whatever_shape_is_looked_at(credential, member, value):
    document = json.loads(credential.document) | {member: value}
    key = keys.public_ed25519(keys.in_use(credential.issued_badge.provider).ed25519)

    assert not proofs.is_signed(document, key=key)
