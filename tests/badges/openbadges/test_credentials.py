import datetime as dt
import hashlib
import json
import uuid

import jsonschema
import jwt
import pytest

from badges.models import Credential, IssuedBadge, StatusList
from badges.openbadges import addresses, credentials, keys, proofs, status_lists
from tests.badges.openbadges.conftest import FIXTURES, SITE
from tests.factories import IssuedBadgeFactory
from tests.racing import at_once

AT = dt.datetime(2026, 4, 1, 12, 30, 15, 250_000, tzinfo=dt.UTC)


def document_of(credential: Credential) -> proofs.Document:
    document: proofs.Document = json.loads(credential.document)
    return document


def test_everything_that_a_credential_says(issued):
    issued.expires_at = dt.datetime(2027, 3, 2, 10, tzinfo=dt.timezone(dt.timedelta(hours=1)))

    credential = credentials.sign(issued, at=AT)

    document = document_of(credential)
    email = document["credentialSubject"]["identifier"].pop(0)
    value = document["proof"].pop("proofValue")
    did = f"did:web:badges.example.test:issuers:{issued.provider.public_id}"
    listed = f"{SITE}/issuers/{issued.provider.public_id}/status/1/"
    key = issued.provider.keys.get(kind="ed25519")
    assert document == {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ],
        "id": f"{SITE}/b/{issued.public_id}/credential.json",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Gîtes & <Kubernetes> “入門”",
        "issuer": {
            "id": did,
            "type": ["Profile"],
            "name": "Collège Laurier",
            "url": "https://college.example.test/",
            "email": "office@college.example.test",
        },
        "validFrom": "2026-03-02T09:00:00Z",
        "awardedDate": "2026-03-02T09:00:00Z",
        "validUntil": "2027-03-02T09:00:00Z",
        "credentialSubject": {
            "id": uuid.uuid5(issued.public_id, "holder").urn,
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": "Zoë Łukasiewicz-王小明",
                    "identityType": "name",
                }
            ],
            "achievement": {
                "id": f"{SITE}/achievements-of/{issued.badge.public_id}/",
                "type": ["Achievement"],
                "name": "Gîtes & <Kubernetes> “入門”",
                "description": "What one can do after the course.",
                "criteria": {"narrative": "Finish *all* labs."},
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": "Réseaux & “運用”",
                        "targetUrl": "https://esco.example/skill/%C3%A9?a=1&b=2#x",
                        "targetFramework": "ESCO",
                        "targetCode": "S5.6.1",
                    },
                    {"type": ["Alignment"], "targetName": "Kubernetes", "targetUrl": "https://k8s.example/"},
                ],
                "tag": ["Patience", "Œil <vif>"],
                "image": {
                    "id": f"{SITE}{issued.badge.image.url}",
                    "type": "Image",
                    "caption": "Gîtes & <Kubernetes> “入門”",
                },
            },
        },
        "evidence": [
            {
                "type": ["Evidence"],
                "name": "Class of Māori & 日本語",
                "description": "Issued to a participant of the class “Class of Māori & 日本語”.",
            },
            {
                "type": ["Evidence"],
                "id": "https://work.example/%C3%A9?a=1&b=2#x",
                "name": "work.example",
                "narrative": "Led the “運用” & <team>.\nTwo days.",
            },
        ],
        "credentialSchema": [
            {
                "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
                "type": "1EdTechJsonSchemaValidator2019",
            }
        ],
        "credentialStatus": {
            "id": f"{listed}#{credential.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(credential.status_index),
            "statusListCredential": listed,
        },
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-04-01T12:30:15Z",
            "verificationMethod": f"{did}#key-{key.pk}",
            "proofPurpose": "assertionMethod",
        },
    }
    assert value.startswith("z")
    assert email == {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": "sha256$" + hashlib.sha256(f"zoe@example.test{email['salt']}".encode()).hexdigest(),
        "identityType": "emailAddress",
        "salt": email["salt"],
    }


@pytest.mark.django_db
def test_a_bare_badge_has_no_empty_members():
    issued = IssuedBadgeFactory.create()

    document = credentials.describe(issued, status={"id": "urn:x", "type": "BitstringStatusListEntry"})

    assert {"validUntil", "evidence"} & set(document) == set()
    assert document["issuer"].keys() == {"id", "type", "name"}
    assert document["credentialSubject"]["achievement"] == {
        "id": addresses.achievement(issued.badge),
        "type": ["Achievement"],
        "name": issued.badge.name,
        "description": issued.badge.name,
        "criteria": {"narrative": issued.badge.name},
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("via", "words", "evidence"),
    [
        ("admin", "A note for ourselves", None),
        ("roster", "", None),
        (
            "assignment",
            "Cloud",
            [{"type": ["Evidence"], "name": "Cloud", "description": "Issued for the course “Cloud”."}],
        ),
    ],
)
def test_the_evidence_is_what_everybody_may_know(via, words, evidence):
    issued = IssuedBadgeFactory.create(via=via, source_words=words)

    document = credentials.describe(issued, status={"id": "urn:x", "type": "BitstringStatusListEntry"})

    assert document.get("evidence") == evidence


def test_a_holder_without_consent_is_not_named(issued):
    issued.is_name_public = False

    credential = credentials.sign(issued)

    assert "Zoë" not in credential.document
    assert "xample.test" not in credential.document.replace("badges.example.test", "").replace(
        "college.example.test", ""
    )


def test_the_schema_of_1edtech_takes_both_forms(issued):
    schema = json.loads((FIXTURES / "ob_v3p0_achievementcredential_schema.json").read_text())
    validator = jsonschema.Draft201909Validator(schema)
    credential = credentials.sign(issued)
    unsigned = {name: value for name, value in document_of(credential).items() if name != "proof"}

    assert list(validator.iter_errors(document_of(credential))) == []
    assert list(validator.iter_errors(unsigned)) == []
    assert list(validator.iter_errors(unsigned | {"credentialSubject": {"type": ["AchievementSubject"]}})) != []


def test_a_profile_is_as_1edtech_wants_it(issued, fetch):
    schema = json.loads((FIXTURES / "ob_v3p0_profile_schema.json").read_text())

    profile = json.loads(fetch(addresses.issuer(issued.provider)))

    assert list(jsonschema.Draft201909Validator(schema).iter_errors(profile)) == []


def test_signing_again_and_again_keeps_the_first(issued):
    first = credentials.sign(issued)

    again = credentials.sign(issued)

    assert (again.pk, again.document, again.token) == (first.pk, first.document, first.token)
    assert Credential.objects.count() == 1


def test_a_changed_consent_keeps_id_and_bit(issued):
    issued.is_name_public = False
    issued.save(update_fields=["is_name_public"])
    first = document_of(credentials.sign(issued))
    IssuedBadge.objects.update(is_name_public=True)

    credential = credentials.sign_again(issued, at=AT)

    document = document_of(Credential.objects.get(issued_badge=issued))
    assert (document["id"], document["credentialStatus"]) == (first["id"], first["credentialStatus"])
    assert document["credentialSubject"]["identifier"][1]["identityHash"] == "Zoë Łukasiewicz-王小明"
    assert credential.signed_at == AT
    assert proofs.is_signed(document, key=keys.public_ed25519(keys.in_use(issued.provider).ed25519))


def test_badges_of_one_person_say_nothing_that_leads_from_one_to_another(badge):
    first = IssuedBadgeFactory.create(badge=badge, is_name_public=True)
    second = IssuedBadgeFactory.create(badge__provider=badge.provider, student=first.student)

    subjects = [document_of(credentials.sign(one))["credentialSubject"] for one in (first, second)]

    told = [json.dumps(subject) for subject in subjects]
    assert subjects[0]["id"] != subjects[1]["id"]
    assert [str(first.student.earner_id) in text for text in told] == [False, False]
    assert subjects[0]["identifier"][0]["identityHash"] != subjects[1]["identifier"][0]["identityHash"]


def test_a_badge_keeps_the_holder_that_it_was_signed_with(issued):
    """Badges of before name a person by one id in all of them: whoever has kept that id finds it again."""
    credential = credentials.sign(issued)
    told = document_of(credential)["credentialSubject"]["id"]
    credential.document = credential.document.replace(told, issued.student.earner_id.urn)
    credential.save()
    IssuedBadge.objects.update(is_name_public=False)

    again = credentials.sign_again(issued)

    assert document_of(again)["credentialSubject"]["id"] == issued.student.earner_id.urn
    assert jwt.decode(again.token, options={"verify_signature": False})["sub"] == issued.student.earner_id.urn


def test_signing_again_signs_what_was_never_signed(issued):
    credentials.sign_again(issued)

    assert Credential.objects.count() == 1


def test_a_taken_place_is_left_to_its_owner(issued):
    listed = status_lists.open_list(issued.provider)
    taken = credentials.sign(issued).status_index
    other = IssuedBadgeFactory.create(badge__provider=issued.provider)
    throws = iter([taken, taken, 5])

    credential = credentials.sign(other, throw=lambda: next(throws))

    assert (credential.status_list, credential.status_index) == (listed, 5)


def test_a_signature_takes_few_queries(issued, django_assert_num_queries):
    keys.in_use(issued.provider)
    status_lists.open_list(issued.provider)

    with django_assert_num_queries(6):  # stored? list, keys, savepoint, insert, release
        credentials.sign(issued)


@pytest.mark.django_db(transaction=True)
def test_racing_signers_make_one_credential(issued):
    signed = at_once(*[lambda: credentials.sign(IssuedBadge.objects.get(pk=issued.pk))] * 6)

    assert len({(one.pk, one.document, one.status_index) for one in signed}) == 1
    assert (Credential.objects.count(), StatusList.objects.count()) == (1, 1)
    assert issued.provider.keys.count() == 2


@pytest.mark.django_db(transaction=True)
def test_racing_signers_of_many_badges_have_a_bit_each(badge):
    many = [IssuedBadgeFactory.create(badge=badge) for _ in range(8)]

    signed = at_once(*[lambda one=one: credentials.sign(one) for one in many])

    assert len({one.status_index for one in signed}) == 8


def test_badges_signed_together_are_signed_like_each_by_itself(badge, django_assert_num_queries):
    many = [IssuedBadgeFactory.create(badge=badge) for _ in range(3)]
    keys.in_use(badge.provider)
    first = credentials.sign(many[0])

    with django_assert_num_queries(4):  # which are signed, list, keys, insert
        credentials.sign_together(many, at=AT)

    assert Credential.objects.get(issued_badge=many[0]).document == first.document
    public = keys.public_ed25519(keys.in_use(badge.provider).ed25519)
    made = list(Credential.objects.order_by("pk"))
    assert [one.issued_badge for one in made] == many
    assert [proofs.is_signed(document_of(one), key=public) for one in made] == [True, True, True]
    assert len({one.status_index for one in made}) == 3


def test_signing_nothing_together_asks_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        credentials.sign_together([])


@pytest.mark.django_db(transaction=True)
def test_racing_signers_of_chunks_make_one_credential_of_each(badge):
    many = [IssuedBadgeFactory.create(badge=badge) for _ in range(6)]

    at_once(*[lambda: credentials.sign_together(many)] * 4)

    assert Credential.objects.count() == 6
