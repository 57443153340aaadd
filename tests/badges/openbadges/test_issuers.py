"""What the built-in issuer says of itself and of its badges."""

import pytest
from django.utils import timezone

from badges.models import BadgeProvider
from badges.openbadges import addresses, issuers, keys
from tests.badges.openbadges.conftest import SITE
from tests.factories import BadgeFactory, BrandFactory


def test_a_profile_names_what_the_issuer_has(badge):
    provider = badge.provider

    assert issuers.profile(provider) == {
        "id": addresses.did(provider),
        "type": ["Profile"],
        "name": "Collège Laurier",
        "url": "https://college.example.test/",
        "email": "office@college.example.test",
    }


def test_what_an_issuer_lacks_is_left_out():
    provider = BadgeProvider(name="Bare")

    assert issuers.profile(provider) == {"id": addresses.did(provider), "type": ["Profile"], "name": "Bare"}


def test_documents_on_their_own_say_which_words_they_use(badge):
    profile, achievement = issuers.profile_document(badge.provider), issuers.achievement_document(badge)

    assert {name: value for name, value in profile.items() if name != "@context"} == issuers.profile(badge.provider)
    assert {name: value for name, value in achievement.items() if name != "@context"} == issuers.achievement(badge)
    assert achievement["@context"][:2] == profile["@context"]
    assert achievement["@context"][2:] == ["https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]


def test_a_profile_on_its_own_shows_the_logo_and_a_signed_one_does_not(badge):
    BrandFactory.create(organization=badge.provider.organization, logo="logos/x.png")

    assert issuers.profile_document(badge.provider)["image"] == {"id": f"{SITE}/media/logos/x.png", "type": "Image"}
    assert "image" not in issuers.profile(badge.provider)


def test_an_achievement_is_the_badge_with_its_picture(badge):
    assert issuers.achievement(badge) == {
        "id": addresses.achievement(badge),
        "type": ["Achievement"],
        "name": badge.name,
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
        "image": {"id": f"{SITE}{badge.image.url}", "type": "Image", "caption": badge.name},
    }


@pytest.mark.parametrize(
    ("description", "criteria", "said"),
    [
        ("", "", ("Diver", "Diver")),
        (" \n", " ", ("Diver", "Diver")),
        ("Dives.", "", ("Dives.", "Dives.")),
        ("", "Dive.", ("Diver", "Dive.")),
    ],
)
def test_the_name_stands_in_for_what_a_badge_does_not_say(description, criteria, said):
    badge = BadgeFactory.build(
        name="Diver", description=description, criteria=criteria, provider=None, organization=None
    )

    document = issuers.achievement(badge)

    assert (document["description"], document["criteria"]["narrative"]) == said
    assert "image" not in document


def test_every_key_is_listed_also_a_retired_one(badge):
    provider = badge.provider
    keys.in_use(provider)
    before = issuers.did_document(provider)
    keys.rotate(provider, at=timezone.now())

    after = issuers.did_document(provider)

    methods = after["verificationMethod"]
    assert {one["id"] for one in before["verificationMethod"]} < {one["id"] for one in methods}
    assert sorted(one["type"] for one in methods) == ["JsonWebKey", "JsonWebKey", "Multikey", "Multikey"]
    assert after["assertionMethod"] == [one["id"] for one in methods]
    assert {one["controller"] for one in methods} == {after["id"]} == {addresses.did(provider)}


def test_a_key_is_told_in_the_form_of_its_kind_and_never_its_private_part(badge):
    keys.in_use(badge.provider)

    found = {one["type"]: set(one) for one in issuers.did_document(badge.provider)["verificationMethod"]}
    [jwk] = [
        one["publicKeyJwk"]
        for one in issuers.did_document(badge.provider)["verificationMethod"]
        if "publicKeyJwk" in one
    ]

    assert found == {
        "Multikey": {"id", "controller", "type", "publicKeyMultibase"},
        "JsonWebKey": {"id", "controller", "type", "publicKeyJwk"},
    }
    assert "d" not in jwk
