import uuid

import pytest

from badges.models import BadgeProvider
from badges.openbadges import addresses

ID = uuid.UUID("6e0a4bb4-52a0-4a7c-9d6a-0a8b7c6d5e4f")
PROVIDER = BadgeProvider(public_id=ID)


@pytest.mark.parametrize(
    ("site", "did"),
    [
        ("https://badges.example.test", f"did:web:badges.example.test:issuers:{ID}"),
        ("https://badges.example.test:8443", f"did:web:badges.example.test%3A8443:issuers:{ID}"),
        ("https://example.test/training", f"did:web:example.test:training:issuers:{ID}"),
    ],
)
def test_a_did_leads_to_its_document(settings, site, did):
    settings.PUBLIC_URL = site

    assert addresses.did(PROVIDER) == did
    assert addresses.did_document(PROVIDER) == f"{site}/issuers/{ID}/did.json"


def test_a_did_of_ours_names_its_provider():
    assert addresses.provider_of(addresses.did(PROVIDER)) == ID


@pytest.mark.parametrize("did", ["", "did:web:badges.example.test", f"did:web:other.example.test:issuers:{ID}", "x:y"])
def test_a_did_of_others_names_nothing(did):
    assert addresses.provider_of(did) is None
