import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pyld import jsonld

from badges.models import Badge, Credential, IssuedBadge
from badges.openbadges import cleaning, contexts, credentials, keys, proofs
from badges.openbadges.verifying import verify
from tests.badges.openbadges.test_openbadgeslib import verified
from tests.factories import BadgeFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def credential(settings):
    """Signed as it was while control characters were let in: its signature covers another form than the standard's."""
    settings.PUBLIC_URL = "https://badges.example.test"
    issued = IssuedBadgeFactory.create(
        badge__name="Ship\x08wright",
        badge__criteria="A plane\x1b and a saw\r\nand time",
        badge__provider__name="Yard\x7f",
        student__first_name="Zoë\x01",
        source_words="Spring\x0cclass",
        is_name_public=True,
    )
    with connection.cursor() as cursor:  # the column itself would write line feeds
        cursor.execute("UPDATE badges_badge SET description = %s", ["First line\x0bsecond line"])
    credential = credentials.sign(IssuedBadge.objects.get(pk=issued.pk))
    document = json.loads(credential.document)
    document["proof"]["proofValue"] = _signed_the_old_way(issued.provider, document)
    credential.document = json.dumps(document, ensure_ascii=False)
    credential.save()
    assert not verify(credential.document, at=timezone.now()).is_signed
    return credential


def _signed_the_old_way(provider, document):
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    bare = {name: value for name, value in document.items() if name != "proof"}
    parts = [
        jsonld.normalize(
            part, {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": contexts.load}
        )
        for part in ({"@context": document["@context"], **options}, bare)
    ]
    key = keys.private_ed25519(keys.in_use(provider).ed25519)
    return "z" + proofs.base58(key.sign(proofs._hashes(*parts)))


def test_texts_are_cleaned_and_signed_as_every_verifier_reads_them(credential, capsys, client):
    other = credentials.sign(IssuedBadgeFactory.create(badge__name="With \\b and \\u000b", badge__description="é\ttab"))

    call_command("clean_texts")

    assert capsys.readouterr().out == "6 texts cleaned.\n1 badge signed again.\n"
    signed = Credential.objects.get(pk=credential.pk)
    document = json.loads(signed.document)
    achievement = document["credentialSubject"]["achievement"]
    assert (document["name"], document["issuer"]["name"], document["evidence"][0]["name"]) == (
        "Shipwright",
        "Yard",
        "Spring class",
    )
    assert achievement["description"] == "First line\nsecond line"
    assert achievement["criteria"]["narrative"] == "A plane and a saw\nand time"
    assert [one["identityHash"] for one in document["credentialSubject"]["identifier"]][1:] == [
        signed.issued_badge.student.get_full_name()
    ]
    assert verify(signed.document, at=timezone.now()).is_current
    assert verified(signed.document, lambda url: client.get(url.removeprefix("https://badges.example.test")).content)
    assert Credential.objects.get(pk=other.pk).document == other.document


def test_a_second_run_finds_nothing(credential, capsys):
    call_command("clean_texts")
    capsys.readouterr()

    call_command("clean_texts")

    assert capsys.readouterr().out == "0 texts cleaned.\n0 badges signed again.\n"


def test_a_signature_is_mended_where_the_texts_were_already(credential):
    """Somebody edited the badge since: what was handed out still does not fit its signature."""
    cleaning.clean_texts()

    assert cleaning.sign_anew(at=timezone.now()) == 1


def test_a_name_that_another_badge_has_is_left_and_told(capsys):
    badge = BadgeFactory.create(name="Dive\x01r")
    BadgeFactory.create(name="Diver", organization=badge.organization)

    call_command("clean_texts")

    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "0 texts cleaned.\n0 badges signed again.\n",
        f"badge {badge.pk}: another one has the clean name. Rename one of them, then run this again.\n",
    )
    assert Badge.objects.get(pk=badge.pk).name == "Dive\x01r"


def test_what_cannot_be_signed_is_said(credential, settings):
    settings.ENCRYPTION_KEYS = ["mnTNiSv-MHOwLV4wGtHlSNyGMvM3cZx4y6kLwSMSm_U="]

    with pytest.raises(CommandError, match="Put its key back into ENCRYPTION_KEYS"):
        call_command("clean_texts")
