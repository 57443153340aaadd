from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges.openbadges import contexts, shaping
from badges.openbadges.contexts import CREDENTIALS, EXTENSIONS, OPEN_BADGES, UndefinedTermError

CONTEXTS = [CREDENTIALS, OPEN_BADGES, EXTENSIONS]
# No half characters: no database column holds them.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
identifiers = st.fixed_dictionaries(
    {"type": st.just("IdentityObject"), "hashed": st.booleans(), "identityHash": texts, "identityType": texts},
    optional={"salt": texts},
)
alignments = st.fixed_dictionaries(
    {
        "type": st.just(["Alignment"]),
        "targetName": texts,
        "targetUrl": texts.map(lambda text: f"https://esco.example/?{quote(text)}"),
    },
    optional={"targetFramework": texts, "targetCode": texts},
)
documents = st.fixed_dictionaries(
    {
        "@context": st.just(CONTEXTS),
        "id": st.uuids().map(lambda uuid: uuid.urn),
        "type": st.just(["VerifiableCredential", "OpenBadgeCredential"]),
        "name": texts,
        "issuer": st.fixed_dictionaries(
            {"id": st.just("did:web:badges.example.test"), "type": st.just(["Profile"]), "name": texts},
            optional={"url": st.just("https://badges.example.test/"), "email": texts},
        ),
        "validFrom": st.just("2026-03-02T09:00:00Z"),
        "credentialSubject": st.fixed_dictionaries(
            {
                "id": st.uuids().map(lambda uuid: uuid.urn),
                "type": st.just(["AchievementSubject"]),
                "identifier": st.lists(identifiers, min_size=1, max_size=3),
                "achievement": st.fixed_dictionaries(
                    {
                        "id": st.just("https://badges.example.test/achievements-of/1/"),
                        "type": st.just(["Achievement"]),
                        "name": texts,
                        "description": texts,
                        "criteria": st.fixed_dictionaries({"narrative": texts}),
                    },
                    optional={
                        "alignment": st.lists(alignments, min_size=1, max_size=3),
                        "tag": st.lists(texts, min_size=1, max_size=3, unique=True),
                    },
                ),
            }
        ),
    },
    optional={
        "validUntil": st.just("2027-03-02T09:00:00Z"),
        "evidence": st.lists(st.fixed_dictionaries({"type": st.just(["Evidence"]), "name": texts}), min_size=1),
    },
)


@given(documents)
def test_the_fast_way_states_what_the_long_way_states(document):
    assert shaping.canonical(document) == contexts.canonical(document)


@pytest.mark.parametrize("text", ["urn:mark:0", "urn:mark:7", "@type", "_:b0", "https://badges.example.test/", '\\"\n'])
def test_texts_that_look_like_something_else_stay_texts(text):
    document = {"@context": CONTEXTS, "id": "urn:uuid:1", "type": ["VerifiableCredential"], "name": text}

    assert shaping.canonical(document) == contexts.canonical(document)


def test_a_member_that_no_context_defines_is_not_signed_in_silence():
    document = {"@context": CONTEXTS, "id": "urn:uuid:1", "type": ["VerifiableCredential"], "shoeSize": "44"}

    with pytest.raises(UndefinedTermError, match="shoeSize"):
        shaping.canonical(document)


def test_nodes_of_which_the_same_is_said_are_told_apart():
    document = {
        "@context": CONTEXTS,
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "evidence": [{"type": ["Evidence"], "name": "Same %s"}, {"type": ["Evidence"], "name": "Same %s"}],
    }

    assert shaping.canonical(document) == contexts.canonical(document)
    assert shaping.canonical(document).count("Same %s") == 2


@pytest.mark.parametrize(
    "address", ["urn:uuid:1", "https://badges.example.test/achievements-of/1/", "https://a.example/%41?b=[]"]
)
def test_a_link_to_what_the_document_is_about_states_the_same(address):
    document = {
        "@context": CONTEXTS,
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "evidence": [{"type": ["Evidence"], "id": address, "name": "Work", "narrative": "So"}],
    }

    assert shaping.canonical(document) == contexts.canonical(document)
