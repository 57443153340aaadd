import hashlib
import json
import logging
import uuid

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client
from django.urls import reverse

from badges.accounts.webhook_secrets import make_address
from badges.delivery.inbound import apply_events
from badges.models import BadgeProvider, ProviderEvent
from badges.pages.views import webhooks
from tests.achievements.processes import wait_until
from tests.badges.remote import issue_at
from tests.credly.running import ORGANIZATION, Credly
from tests.factories import PAST


@pytest.fixture
def provider(db, credly: Credly) -> BadgeProvider:
    return credly.provider()


@pytest.fixture
def address(provider, settings) -> str:
    """The path of the provider's webhook."""
    return make_address(provider).removeprefix(settings.PUBLIC_URL)


def body(event_id=None, **changes) -> dict[str, str]:
    return {
        "id": str(event_id or uuid.uuid4()),
        "organization_id": ORGANIZATION,
        "event_type": "badge.state.changed",
        "occurred_at": "2026-05-04T12:00:00.000Z",
    } | changes


def post(address, content):
    """As a provider would: signed in nowhere, and with no token against forgery of ours."""
    client = Client(enforce_csrf_checks=True)
    data = content if isinstance(content, bytes) else json.dumps(content)
    return client.post(address, data, content_type="application/json")


def test_an_announcement_is_kept_and_answered_200(address, provider):
    announced = body()

    response = post(address, announced)

    event = ProviderEvent.objects.get()
    assert (response.status_code, response.content) == (200, b"")
    assert (event.provider, str(event.event_id), event.result) == (provider, announced["id"], "waiting")


def test_nothing_but_the_events_id_is_believed(address, credly, provider):
    issued = issue_at(credly, provider)
    lie = {"state": "revoked", "badge": {"id": issued.external_id, "state": "revoked"}}

    post(address, body(**lie))
    apply_events()

    issued.refresh_from_db()
    assert (issued.status, ProviderEvent.objects.get().event_type) == ("pending", "")


def test_a_replay_is_answered_200_and_changes_nothing(address, credly, provider):
    issued = issue_at(credly, provider)
    credly.set_state(issued.external_id, "accepted")
    announced = body(credly.events()[-1]["id"])
    post(address, announced)
    apply_events()
    asked = len(credly.requests())

    statuses = [post(address, announced).status_code for _time in range(3)]

    assert (statuses, apply_events(), ProviderEvent.objects.count()) == ([200] * 3, 0, 1)
    assert len(credly.requests()) == asked


@pytest.mark.parametrize("secret", ["x", "x" * 43, "é", "%00"])
def test_a_wrong_secret_finds_nothing(address, provider, secret):
    wrong = reverse("badges:webhook", args=[provider.public_id, "SECRET"]).replace("SECRET", secret)

    assert (post(wrong, body()).status_code, ProviderEvent.objects.count()) == (404, 0)


def test_a_provider_without_an_address_has_no_secret(provider):
    assert post(reverse("badges:webhook", args=[provider.public_id, "x"]), body()).status_code == 404


def test_the_digest_is_no_secret(address, provider):
    provider.refresh_from_db()

    assert (
        post(reverse("badges:webhook", args=[provider.public_id, provider.webhook_digest]), body()).status_code == 404
    )


def test_a_secret_belongs_to_one_provider(address, provider, credly):
    other = credly.provider()

    assert post(address.replace(str(provider.public_id), str(other.public_id)), body()).status_code == 404


def test_an_unknown_provider_has_no_webhook(db):
    assert post(reverse("badges:webhook", args=[uuid.uuid4(), "x"]), body()).status_code == 404


def test_a_new_address_ends_the_old_one(address, provider):
    make_address(provider)

    assert post(address, body()).status_code == 404


def test_only_a_digest_of_the_secret_is_stored(address, provider):
    secret = address.rstrip("/").rpartition("/")[2]

    provider.refresh_from_db()
    assert provider.webhook_digest == hashlib.sha256(secret.encode()).hexdigest()
    assert len(secret) == 43


def test_another_organizations_announcement_is_answered_200_and_not_kept(address, caplog):
    response = post(address, body(organization_id=str(uuid.uuid4())))

    assert (response.status_code, ProviderEvent.objects.count()) == (200, 0)
    assert "another organization's" in caplog.text


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b'{"id": 1}', b"[" * 5000, body(id="not-a-uuid"), body(id="")],
    ids=lambda content: str(content)[:20],
)
def test_a_body_that_makes_no_sense_is_answered_200_and_not_kept(address, caplog, content):
    response = post(address, content)

    assert (response.status_code, ProviderEvent.objects.count()) == (200, 0)
    assert "was not understood" in caplog.text


def test_a_long_body_is_answered_200_and_not_read(address, caplog):
    response = post(address, body(padding="x" * webhooks.LONGEST_BODY))

    assert (response.status_code, ProviderEvent.objects.count()) == (200, 0)
    assert "was not understood" in caplog.text


def test_too_many_announcements_are_asked_to_come_again(address, settings, time_machine):
    time_machine.move_to(PAST, tick=False)  # all in one minute
    settings.WEBHOOKS_PER_MINUTE = 2

    statuses = [post(address, body()).status_code for _time in range(4)]

    assert (statuses, ProviderEvent.objects.count()) == ([200, 200, 503, 503], 2)


def test_wrong_secrets_do_not_use_up_what_the_provider_may_send(address, provider, settings):
    settings.WEBHOOKS_PER_MINUTE = 1
    for _time in range(3):
        post(reverse("badges:webhook", args=[provider.public_id, "x"]), body())

    assert post(address, body()).status_code == 200


def test_only_posts_are_taken(address, client):
    assert client.get(address).status_code == 405


def test_an_announcement_needs_no_broker_and_no_provider(address, provider, credly, django_capture_on_commit_callbacks):
    """No broker runs here, and the provider answers nothing at all."""
    provider.api_url = credly.url
    provider.save()
    credly.fault("stuck", call="", times=99)

    with django_capture_on_commit_callbacks(execute=True) as sent:
        response = post(address, body())

    assert (response.status_code, ProviderEvent.objects.count(), len(sent)) == (200, 1, 1)
    assert credly.requests() == []


def test_an_announcement_needs_no_encryption_key(address, provider, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert (post(address, body()).status_code, ProviderEvent.objects.count()) == (200, 1)


def test_an_announcement_that_cannot_be_kept_is_to_be_repeated(address, provider):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'lock_not_available'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON badges_providerevent FOR EACH ROW EXECUTE FUNCTION refuse()"
        )

    assert post(address, body()).status_code == 503


def secret_of(address) -> str:
    return str(address.rstrip("/").rpartition("/")[2])


def raise_at(settings, status) -> None:
    """Have the webhook answer this to an announcement that is in order."""
    match status:
        case 503:
            settings.WEBHOOKS_PER_MINUTE = 0
        case 500:
            settings.WEBHOOKS_PER_MINUTE = None  # nothing can be more than that


@pytest.mark.parametrize("status", [404, 500, 503])
def test_no_log_has_the_secret(address, provider, settings, caplog, status):
    raise_at(settings, status)
    if status == 404:
        BadgeProvider.objects.update(webhook_digest="")
    client = Client(raise_request_exception=False)

    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "django.request"):
        answer = client.post(address, body(), content_type="application/json")

    is_told = status != 503  # that it is meant to come again is no line each time
    assert (answer.status_code, f"/webhooks/{provider.public_id}/..." in caplog.text) == (status, is_told)
    assert secret_of(address) not in caplog.text + str([vars(record) for record in caplog.records if record.args])


def test_an_address_with_an_error_in_it_is_in_no_log_either(address, caplog):
    with caplog.at_level(logging.DEBUG, "django.request"):
        statuses = [post(wrong, body()).status_code for wrong in (address[:-1], f"{address}more", f"{address}?x=1")]

    assert (statuses, secret_of(address) in caplog.text) == ([301, 404, 200], False)


@pytest.mark.django_db(transaction=True)
def test_credly_announces_and_the_badge_changes(credly, live_server, settings):
    settings.PUBLIC_URL = live_server.url
    provider = credly.provider()
    issued = issue_at(credly, provider)
    credly.webhook(url=make_address(provider), copies=2)

    credly.set_state(issued.external_id, "accepted")
    wait_until(lambda: len(credly.webhooks_sent()) >= 2)
    apply_events()

    issued.refresh_from_db()
    assert {sent["status"] for sent in credly.webhooks_sent()} == {200}
    assert issued.status == "accepted"
