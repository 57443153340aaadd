"""What is secret stands in no report of an error, whatever goes wrong and however deep.

Reports show the lines of code as well, also the tests' own: what is looked for is made by chance.
"""

import re
import secrets
import sys

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from badges.accounts.webhook_secrets import digest_of, make_address
from badges.models import BadgeProvider
from badges.openbadges import keys
from badges.secrets import UnusableKeyError, decrypt, encrypt
from tests.factories import BadgeProviderFactory
from tms.monitoring.error_reports import DiscreetReporter

CANARY = secrets.token_hex(16)
PEM = f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n"


def report_of(act, error=Exception):
    """The page that DEBUG would show, and the letter that production would send, of what goes wrong in `act`."""
    request = RequestFactory().get("/")
    try:
        act()
    except error:
        reporter = DiscreetReporter(request, *sys.exc_info())
        return reporter.get_traceback_html() + reporter.get_traceback_text()
    raise AssertionError


def test_encryption_keys_are_in_no_report_of_a_stored_key_that_is_damaged(db, settings):
    good = settings.ENCRYPTION_KEYS[0]
    stored = keys.in_use(BadgeProviderFactory.create()).rsa
    stored.encrypted_private_key = encrypt(PEM)

    report = report_of(lambda: keys.private_rsa(stored), ValueError)

    assert ("_private" in report, good in report, CANARY in report) == (True, False, False)


@pytest.mark.parametrize("bad", [CANARY, f"{CANARY}="], ids=["too short", "no base64"])
def test_encryption_keys_are_in_no_report_of_one_that_is_none(settings, bad):
    good = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [good, bad]

    reports = [
        report_of(lambda: encrypt(CANARY), UnusableKeyError),
        report_of(lambda: decrypt("stored"), UnusableKeyError),
    ]

    assert ["Number 2 of ENCRYPTION_KEYS is no Fernet key." in report for report in reports] == [True, True]
    assert [report for report in reports if good in report or CANARY in report] == []


def test_private_keys_are_in_no_report_of_their_making(db):
    provider = BadgeProviderFactory.create()
    broken("badges_issuerkey")

    report = report_of(lambda: keys.in_use(provider))

    assert ("_make" in report, re.findall(r"PRIVATE KEY-----\\n\w", report)) == (True, [])


def test_settings_that_hold_secrets_are_hidden_by_their_names(settings):
    settings.SECRET_KEY = settings.SECRET_KEY_FALLBACKS = f"{CANARY}1"
    settings.ENCRYPTION_KEYS = [f"{CANARY}2"]
    settings.CELERY_BROKER_URL = f"redis://:{CANARY}3@host"

    report = report_of(lambda: 1 / 0)

    assert ("CELERY_BROKER_URL" in report, CANARY in report) == (True, False)


@pytest.mark.parametrize("page", ["badges:provider_create", "admin:badges_badgeprovider_add"])
def test_a_token_is_in_no_report_of_a_provider_that_cannot_be_saved(world, signed_in, settings, credly, page):
    settings.DEBUG = True
    world.administrator.is_staff = world.administrator.is_superuser = True
    world.administrator.save()
    client = signed_in(world.administrator)
    client.raise_request_exception = False
    broken("badges_badgeprovider")

    answer = client.post(reverse(page), a_provider(world.umbrella, credly.url))

    assert (answer.status_code, "RaiseException" in answer.content.decode()) == (500, True)
    assert CANARY not in answer.content.decode()


def a_provider(organization, url) -> dict[str, object]:
    return {
        "name": "Credly",
        "organization": organization.pk,
        "kind": BadgeProvider.Kind.CREDLY,
        "provider_organization_id": "org",
        "api_url": url,
        "new_token": CANARY,
        "requests_per_second": 10,
    }


def test_a_webhooks_secret_is_in_no_report_of_what_it_brought(db, settings):
    settings.DEBUG = True
    address = make_address(
        BadgeProviderFactory.create(kind="credly", provider_organization_id="o", api_url="https://x")
    )
    secret = address.rstrip("/").rpartition("/")[2]
    settings.WEBHOOKS_PER_MINUTE = None  # nothing can be more than that
    client = Client(raise_request_exception=False)

    pages = [
        client.post(address.removeprefix(settings.PUBLIC_URL), b"{}", "application/json", headers={"accept": accept})
        for accept in ("text/html", "text/plain")
    ]

    assert [page.status_code for page in pages] == [500, 500]
    assert ["is_too_often" in page.content.decode() for page in pages] == [True, True]
    assert [page for page in pages if secret in page.content.decode()] == []


def test_a_webhooks_secret_is_in_no_report_of_its_making(db):
    provider = BadgeProviderFactory.create()
    broken("badges_badgeprovider")

    report = report_of(lambda: make_address(provider))

    assert ("make_address" in report, len(provider.webhook_digest)) == (True, 64)
    assert [word for word in re.findall(r"[\w-]{43}", report) if digest_of(word) == provider.webhook_digest] == []


def broken(table: str) -> None:
    """Nothing can be written to the table any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
