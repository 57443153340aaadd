import uuid

import pytest
from cryptography.fernet import Fernet

from badges.models import BadgeProvider, Credential, IssuedBadge
from badges.openbadges import addresses, credentials
from badges.providers.base import (
    Capabilities,
    FoundBadges,
    Issued,
    IssueRequest,
    Missing,
    Page,
    Recipient,
    RecipientRefused,
    Refused,
    RemoteBadge,
    RemoteState,
    Revoked,
    Unauthorized,
    Verified,
)
from badges.providers.openbadges import BuiltInIssuer
from tests.factories import PAST, BadgeProviderFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db


def never() -> None:
    raise AssertionError("the built-in issuer has no rate to keep")


def opened(provider: BadgeProvider) -> BuiltInIssuer:
    return BuiltInIssuer(provider, before_request=never)


def recipient_of(issued: IssuedBadge) -> Recipient:
    return Recipient(issued.recipient_email, "Sam", "User", str(issued.student.earner_id))


def request_for(issued: IssuedBadge) -> IssueRequest:
    return IssueRequest(
        template_ref="",
        recipient=recipient_of(issued),
        issued_at=issued.issued_at,
        request_ref=issued.public_id,
    )


def remote(issued: IssuedBadge) -> RemoteBadge:
    signed_at = Credential.objects.get(issued_badge=issued).signed_at
    return RemoteBadge(
        external_id=str(issued.public_id),
        state=RemoteState.ACCEPTED,
        template_ref=str(issued.badge.public_id),
        recipient_email=issued.recipient_email,
        earner_ref=str(issued.student.earner_id),
        public_url=addresses.badge_page(issued),
        changed_at=signed_at,
        created_at=signed_at,
    )


def test_it_signs_and_revokes_and_does_nothing_else():
    assert BuiltInIssuer.capabilities == Capabilities(revokes=True, refuses_duplicates=True)


def test_issuing_signs_and_stores_the_credential():
    issued = IssuedBadgeFactory.create()

    outcome = opened(issued.provider).issue(request_for(issued))

    assert outcome == Issued(remote(issued))


def test_issuing_twice_is_issuing_once():
    issued = IssuedBadgeFactory.create()

    outcomes = [opened(issued.provider).issue(request_for(issued)) for _ in range(2)]

    assert outcomes[0] == outcomes[1]
    assert Credential.objects.count() == 1


def test_another_providers_badge_is_not_signed():
    issued, other = IssuedBadgeFactory.create(), BadgeProviderFactory.create()

    outcome = opened(other).issue(request_for(issued))

    assert isinstance(outcome, RecipientRefused)
    assert Credential.objects.count() == 0


def test_a_key_that_cannot_be_read_is_the_providers_fault(settings):
    issued = IssuedBadgeFactory.create()
    opened(issued.provider).verify()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    outcome = opened(issued.provider).issue(request_for(issued))

    assert isinstance(outcome, Unauthorized)
    assert isinstance(opened(issued.provider).verify(), Unauthorized)


def test_signed_badges_are_found_by_badge_and_person():
    issued = IssuedBadgeFactory.create()
    for other in (issued, *[IssuedBadgeFactory.create(badge__provider=issued.provider) for _ in range(2)]):
        credentials.sign(other)

    found = opened(issued.provider).find_issued(str(issued.badge.public_id), recipient_of(issued))

    assert found == FoundBadges((remote(issued),))


@pytest.mark.parametrize("template_ref", ["", "7", "59516ef2-7ba4-4993-98a0-34c9082085fd"])
def test_what_names_no_badge_finds_nothing(template_ref):
    issued = IssuedBadgeFactory.create()
    credentials.sign(issued)

    assert opened(issued.provider).find_issued(template_ref, recipient_of(issued)) == FoundBadges()


def test_a_badge_that_was_never_signed_is_not_found():
    issued = IssuedBadgeFactory.create()

    assert opened(issued.provider).find_issued(str(issued.badge.public_id), recipient_of(issued)) == FoundBadges()


def test_revoking_is_done_with_the_row():
    revoked = IssuedBadgeFactory.create(status="revoked", revoked_at=PAST)

    assert opened(revoked.provider).revoke(str(revoked.public_id), "Mistake") == Revoked()


def test_what_is_held_is_not_revoked_from_here():
    issued = IssuedBadgeFactory.create()

    assert isinstance(opened(issued.provider).revoke(str(issued.public_id), "Mistake"), Refused)


@pytest.mark.parametrize("external_id", ["59516ef2-7ba4-4993-98a0-34c9082085fd", "7", ""])
def test_revoking_what_is_not_there(external_id):
    assert opened(BadgeProviderFactory.create()).revoke(external_id, "Mistake") == Missing()


def test_a_good_issuer_is_verified(settings):
    settings.PUBLIC_URL = "https://badges.example.test"
    provider = BadgeProviderFactory.create(name="College")

    assert opened(provider).verify() == Verified("College")


def test_an_issuer_that_others_cannot_reach_is_warned_about(settings):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"

    found = opened(BadgeProviderFactory.create(name="College")).verify()

    assert found == Verified("College", warnings=("PUBLIC_URL is not https: others cannot check what is signed here.",))


def test_there_is_nothing_to_read_from_outside():
    issuer = opened(BadgeProviderFactory.create())

    answers = [
        issuer.list_templates(1),
        issuer.get_template("1"),
        issuer.changed(1),
        issuer.parse_hint(b"{}"),
        issuer.get_event(uuid.uuid4()),
    ]

    issuer.close()
    assert answers == [Page(()), Missing(), Page(()), None, Missing()]
