import io
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from badges.editing import NameTakenError
from badges.models import Badge, BadgeProvider
from badges.provider_editing import save_provider
from badges.secrets import decrypt
from tests.credly.running import ORGANIZATION, Credly
from tests.factories import (
    AdministratorFactory,
    BadgeFactory,
    BadgeProviderFactory,
    BadgeTemplateFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    UserFactory,
)

CANARY = "canary-token-7c2e"
SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella, who manages the academy."""
    return signed_in(world.administrator)


@pytest.fixture
def provider(world, credly: Credly) -> BadgeProvider:
    return credly.provider(organization=world.academy, name="IPC-Credly")


@pytest.fixture
def issuer(world) -> BadgeProvider:
    return BadgeProviderFactory.create(organization=world.academy, name="Ours")


@pytest.fixture
def shared(world) -> BadgeProvider:
    """Of an organization that the administrator does not manage, made available to one that he or she does."""
    provider = BadgeProviderFactory.create(
        name="Shared",
        organization=world.outside,
        kind="credly",
        provider_organization_id="secret-account",
        api_url="https://secret-host.example/v1",
        pause_reason="secret-reason",
        paused_at=timezone.now(),
        last_error="secret-error",
    )
    provider.available_to.set([world.academy, OrganizationFactory.create(name="secret-sibling", parent=world.outside)])
    return provider


def url(page: str, row: BadgeProvider) -> str:
    return reverse(f"badges:{page}", args=[row.pk])


def form_of(world, credly, **changes) -> dict[str, Any]:
    """What the browser would send for a new provider."""
    return {
        "name": "IPC-Credly",
        "organization": world.academy.pk,
        "kind": "credly",
        "provider_organization_id": ORGANIZATION,
        "new_token": CANARY,
        "api_url": credly.url,
        "requests_per_second": "10",
        "is_enabled": "on",
    } | changes


def data_of(provider, **changes) -> dict[str, Any]:
    """What the browser would send for this provider."""
    return {
        "name": provider.name,
        "organization": provider.organization_id,
        "kind": provider.kind,
        "provider_organization_id": provider.provider_organization_id,
        "new_token": "",
        "api_url": provider.api_url,
        "requests_per_second": provider.requests_per_second,
        "is_enabled": "on",
    } | changes


def messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# Find Badge Providers


def test_find_badge_providers_shows_own_and_available_ones(client, world, provider, issuer, shared):
    BadgeProviderFactory.create(organization=world.outside)

    page = client.get(reverse("badges:providers"))

    assert [row.name for row in page.context["listing"].page] == ["IPC-Credly", "Ours", "Shared"]
    assert page.context["changeable"] == {provider.pk, issuer.pk}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ipc", ["IPC-Credly"]),
        ("kind=built_in", ["Ours"]),
        ("enabled=false", []),
        ("paused=true", ["Shared"]),
        ("paused=false", ["IPC-Credly", "Ours"]),
        ("sort=-name", ["Shared", "Ours", "IPC-Credly"]),
    ],
)
def test_providers_can_be_searched_filtered_and_sorted(client, provider, issuer, shared, query, found):
    page = client.get(f"{reverse('badges:providers')}?{query}")

    assert [row.name for row in page.context["listing"].page] == found


def test_the_list_counts_what_is_in_reach(client, world, shared, provider):
    ours = BadgeFactory.create(provider=shared, organization=world.academy)
    theirs = BadgeFactory.create(provider=shared, organization=world.outside)
    for badge, delivery in ((ours, "pending"), (ours, "failed"), (theirs, "failed")):
        IssuedBadgeFactory.create(badge=badge, delivery=delivery, status="pending")

    rows = client.get(reverse("badges:providers")).context["listing"].page

    assert [(row.badge_count, row.waiting_count, row.failed_count) for row in rows] == [(0, 0, 0), (1, 1, 1)]


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_for_any_number(
    client, world, provider, issuer, shared, more, django_assert_num_queries
):
    BadgeProviderFactory.create_batch(more, organization=world.academy)

    with django_assert_num_queries(9):
        client.get(reverse("badges:providers"))


def test_the_export_holds_no_account(client, provider, shared):
    page = client.get(f"{reverse('badges:providers')}?export=csv&columns=name&columns=state&columns=kind")

    assert b"".join(page).decode("utf-8-sig").splitlines() == [
        "Name,Type,State",
        "IPC-Credly,Credly,Enabled",
        "Shared,Credly,Paused",
    ]


# Create and Edit


def test_a_new_provider_belongs_to_ones_own_organization_and_is_enabled(client, world):
    form = client.get(reverse("badges:provider_create")).context["form"]

    assert (form["organization"].value(), form["is_enabled"].value()) == (world.umbrella.pk, True)
    assert form.fields["api_url"].widget.attrs["placeholder"] == "https://sandbox-api.youracclaim.com/v1"


def test_creating_a_provider(client, world, credly):
    response = client.post(reverse("badges:provider_create"), form_of(world, credly, api_url=f"{credly.url}/"))

    provider = BadgeProvider.objects.get()
    assert response["Location"] == url("provider", provider)
    assert (provider.name, provider.organization, provider.api_url) == ("IPC-Credly", world.academy, credly.url)
    assert (CANARY in provider.encrypted_token, decrypt(provider.encrypted_token)) == (False, CANARY)


def test_creating_the_built_in_issuer_needs_no_account(client, world, credly):
    client.post(
        reverse("badges:provider_create"),
        form_of(world, credly, kind="built_in", api_url="", provider_organization_id="x", new_token=""),
    )

    provider = BadgeProvider.objects.get()
    assert (provider.kind, provider.api_url, provider.provider_organization_id) == ("built_in", "", "")


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", "This field is required."),
        ("organization", "", "This field is required."),
        ("kind", "other", "Select a valid choice. other is not one of the available choices."),
        ("provider_organization_id", "", "Enter the organization id that the provider gave you."),
        ("new_token", "", "Enter the token of the account."),
        ("api_url", "", "Enter the address of the provider's API."),
        ("api_url", "http://127.0.0.1/v1", "The address must begin with https://."),
        ("api_url", "https://169.254.169.254/v1", "169.254.169.254 is not a public address."),
        ("api_url", "https://user@127.0.0.1/v1", "The address must not contain a user name or a password."),
        ("api_url", "https://10.0.0.1/v1?x=1", "The address must have no “?” and no “#”."),
        ("requests_per_second", "0", "Ensure this value is greater than or equal to 1."),
        ("website", "javascript:alert(1)", "Enter a valid URL."),
        ("contact_email", "nobody", "Enter a valid email address."),
    ],
)
def test_bad_input_is_told_at_its_field(client, world, credly, field, value, error):
    page = client.post(reverse("badges:provider_create"), form_of(world, credly, **{field: value}))

    assert (page.status_code, page.context["form"].errors) == (422, {field: [error]})
    assert BadgeProvider.objects.count() == 0


def test_a_name_is_used_once_in_an_organization(client, world, credly, provider):
    page = client.post(reverse("badges:provider_create"), form_of(world, credly))

    assert (page.status_code, BadgeProvider.objects.count()) == (422, 1)


@pytest.mark.parametrize("field", ["organization", "available_to"])
def test_forged_ids_are_no_choices(client, world, credly, field):
    page = client.post(reverse("badges:provider_create"), form_of(world, credly, **{field: world.outside.pk}))

    assert list(page.context["form"].errors) == [field]


def test_a_provider_is_made_available_to_child_organizations(client, world, credly):
    client.post(
        reverse("badges:provider_create"),
        form_of(world, credly, organization=world.umbrella.pk, available_to=[world.academy.pk]),
    )

    assert list(BadgeProvider.objects.get().available_to.all()) == [world.academy]


def test_only_child_organizations_can_be_given_a_provider(client, world, credly):
    page = client.post(reverse("badges:provider_create"), form_of(world, credly, available_to=[world.academy.pk]))

    assert page.context["form"].errors == {"available_to": ["Academy is no child organization of Academy."]}


def test_fields_that_the_page_does_not_offer_are_ignored(client, provider):
    client.post(url("provider_edit", provider), data_of(provider, encrypted_token="x", paused_at="2026-01-01", pk=999))

    assert list(BadgeProvider.objects.values_list("pk", "paused_at")) == [(provider.pk, None)]


def test_a_blank_token_keeps_the_stored_one(client, provider, credly):
    client.post(url("provider_edit", provider), data_of(provider, name="Renamed"))

    provider.refresh_from_db()
    assert (provider.name, decrypt(provider.encrypted_token)) == ("Renamed", credly.token)


@pytest.mark.parametrize(
    "changes", [{"api_url": "http://127.0.0.1:6666/v1"}, {"provider_organization_id": "other"}, {"kind": "built_in"}]
)
def test_a_provider_that_moves_loses_its_token_and_what_was_known(client, provider, changes, settings):
    settings.PROVIDER_TEST_HOSTS.append("127.0.0.1:6666")
    now = timezone.now()
    BadgeProvider.objects.update(verified_at=now, token_expires_at=now, polled_at=now, last_success_at=now)

    page = client.post(url("provider_edit", provider), data_of(provider, **changes), follow=True)

    provider.refresh_from_db()
    assert "The stored API token was cleared, because the account it belongs to changed." in messages(page)
    assert (provider.encrypted_token, provider.verified_at, provider.polled_at) == ("", None, None)
    assert (provider.token_expires_at, provider.last_success_at) == (None, None)


def test_a_provider_that_moves_takes_the_token_that_comes_along(client, provider):
    client.post(url("provider_edit", provider), data_of(provider, provider_organization_id="other", new_token=CANARY))

    provider.refresh_from_db()
    assert decrypt(provider.encrypted_token) == CANARY


def test_saving_does_not_undo_what_a_worker_wrote_meanwhile(provider):
    read_before = BadgeProvider.objects.get()
    BadgeProvider.objects.update(paused_at=timezone.now(), pause_reason="Meanwhile")
    read_before.name = "Renamed"

    save_provider(read_before, token="", save_rest=lambda: None)

    provider.refresh_from_db()
    assert (provider.name, provider.pause_reason, provider.paused_at is not None) == ("Renamed", "Meanwhile", True)


def test_a_token_entered_meanwhile_does_not_go_to_another_host(provider):
    read_before = BadgeProvider.objects.get()
    save_provider(BadgeProvider.objects.get(), token=CANARY, save_rest=lambda: None)
    read_before.api_url = "https://elsewhere.example/v1"

    saved = save_provider(read_before, token="", save_rest=lambda: None)

    provider.refresh_from_db()
    assert (saved.token_was_cleared, provider.encrypted_token) == (True, "")


def test_a_name_taken_at_the_last_moment_is_told(provider, issuer):
    issuer.name = provider.name

    with pytest.raises(NameTakenError):
        save_provider(issuer, token="", save_rest=lambda: None)


# Secrets


def test_a_token_is_nowhere_to_be_seen(client, world, credly, caplog, settings):
    settings.DEBUG = True
    with caplog.at_level(logging.DEBUG):
        client.post(reverse("badges:provider_create"), form_of(world, credly))
        provider = BadgeProvider.objects.get()
        refused = client.post(url("provider_edit", provider), data_of(provider, name="", new_token=CANARY))
        pages = [client.get(url(page, provider)) for page in ("provider", "provider_edit", "provider_templates")]
        tested = client.post(url("provider_test", provider), follow=True)
        admin = client.get(reverse("admin:badges_badgeprovider_history", args=[provider.pk]))

    text = "".join(page.text for page in (refused, *pages, tested, admin)) + caplog.text
    text += repr(provider) + str(list(LogEntry.objects.values()))
    assert (CANARY in text, provider.encrypted_token in text) == (False, False)


def test_a_token_is_in_no_error_report(client, world, credly, settings):
    settings.DEBUG, settings.ENCRYPTION_KEYS = True, ["no key at all"]
    client.raise_request_exception = False

    page = client.post(reverse("badges:provider_create"), form_of(world, credly))

    assert (page.status_code, "Fernet key must be" in page.text, CANARY in page.text) == (500, True, False)


def test_the_webhooks_secret_is_shown_once(client, provider):
    asked = client.get(url("provider_webhook", provider))
    made = client.post(url("provider_webhook", provider))

    address = made.context["address"]
    secret = address.rstrip("/").rpartition("/")[2]
    later = "".join(client.get(url(page, provider)).text for page in ("provider", "provider_edit", "provider_webhook"))
    assert (asked.context["address"], address in made.text, secret in later) == ("", True, False)
    assert str(provider.public_id) in address


# The profile


def test_the_profile_tells_of_the_queue(client, world, provider):
    badge = BadgeFactory.create(provider=provider, organization=world.academy)
    for delivery in ("pending", "pending", "sending", "uncertain", "failed", "delivered", "cancelled"):
        IssuedBadgeFactory.create(badge=badge, delivery=delivery, status="pending")

    queue = client.get(url("provider", provider)).context["queue"]

    assert (queue.waiting, queue.uncertain, queue.failed) == (3, 1, 1)
    assert queue.oldest_at is not None


def test_the_profile_names_the_templates_that_endanger_badges(client, world, provider):
    for name, state, allows_duplicates in (
        ("Gone", "gone", True),
        ("Archived", "archived", False),
        ("Loose", "active", True),
        ("Fine", "active", False),
    ):
        template = BadgeTemplateFactory.create(
            provider=provider, name=name, external_id=name, state=state, allows_duplicates=allows_duplicates
        )
        BadgeFactory.create(
            name=name, provider=provider, organization=world.academy, provider_template_id=template.external_id
        )
    BadgeTemplateFactory.create(provider=provider, name="Unused", state="archived", allows_duplicates=True)
    BadgeFactory.create(name="Lost", provider=provider, organization=world.academy, provider_template_id="typo")

    templates = client.get(url("provider", provider)).context["templates"]

    assert [one.template.name for one in templates.unusable] == ["Archived", "Gone"]
    assert [one.template.name for one in templates.loose] == ["Loose"]
    assert [badge.name for badge in templates.unknown] == ["Lost"]


def test_what_providers_say_is_escaped(client, world, provider):
    BadgeProvider.objects.update(last_error=SCRIPT, last_error_at=timezone.now(), pause_reason=SCRIPT)
    BadgeProvider.objects.update(paused_at=timezone.now())
    template = BadgeTemplateFactory.create(provider=provider, name=SCRIPT, state="archived", description=SCRIPT)
    badge = BadgeFactory.create(
        provider=provider, organization=world.academy, provider_template_id=template.external_id
    )
    IssuedBadgeFactory.create(badge=badge, delivery="failed", status="pending", failure_message=SCRIPT)

    page = client.get(url("provider", provider)).text
    listed = client.get(f"{url('provider_templates', provider)}?columns=name&columns=description").text

    assert (SCRIPT in page, page.count(ESCAPED), SCRIPT in listed, listed.count(ESCAPED)) == (False, 4, False, 3)


def test_a_failure_of_somebody_elses_student_is_not_shown(client, world, provider):
    foreign = BadgeFactory.create(provider=provider, organization=world.outside)
    IssuedBadgeFactory.create(badge=foreign, delivery="failed", status="pending", failure_message="Private words")

    page = client.get(url("provider", provider))

    assert (page.context["queue"].failed, "Private words" in page.text) == (1, False)


def test_who_may_only_use_a_provider_sees_no_account(client, shared):
    page = client.get(url("provider", shared))

    assert (page.status_code, "Shared" in page.text, "Paused" in page.text) == (200, True, True)
    assert "secret-" not in page.text


@pytest.mark.parametrize(
    "page",
    ["edit", "templates", "refresh", "test", "pause", "resume", "webhook", "rotate"],
)
def test_who_may_only_use_a_provider_does_nothing_to_it(client, shared, page):
    before = BadgeProvider.objects.values().get(pk=shared.pk)

    method = client.get if page == "templates" else client.post
    status = method(url(f"provider_{page}", shared), {"reason": "Mine now", "name": "Mine"}).status_code

    assert (status, BadgeProvider.objects.values().get(pk=shared.pk)) == (403, before)


def test_who_may_only_look_sees_no_account_either(world, provider, signed_in):
    looker = UserFactory.create(organization=world.academy, manages=[world.academy])
    looker.user_permissions.add(Permission.objects.get(codename="view_badgeprovider"))
    client = signed_in(looker)

    page = client.get(url("provider", provider))

    assert (page.status_code, provider.api_url in page.text, ORGANIZATION in page.text) == (200, False, False)
    assert client.post(url("provider_test", provider)).status_code == 403


def test_the_profile_leads_to_the_badges_of_the_provider(client, provider):
    page = client.get(url("provider", provider))

    assert f'href="{reverse("badges:list")}?provider={provider.pk}"' in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_the_profile_costs_the_same_for_any_number(client, world, provider, count, django_assert_num_queries):
    for number in range(count):
        template = BadgeTemplateFactory.create(provider=provider, state="archived")
        badge = BadgeFactory.create(
            name=f"B{number}",
            provider=provider,
            organization=world.academy,
            provider_template_id=template.external_id,
        )
        IssuedBadgeFactory.create(badge=badge, delivery="failed", status="pending", failure_message="Refused")

    with django_assert_num_queries(14):
        client.get(url("provider", provider))


# Acts


def test_testing_the_connection_without_a_script(client, credly, provider):
    credly.template()

    page = client.post(url("provider_test", provider), follow=True)

    assert [message.endswith(" answers. 1 template was read.") for message in messages(page)] == [True]


def test_testing_the_connection_with_htmx_swaps_the_health(client, credly, provider):
    credly.expire_token()

    page = client.post(url("provider_test", provider), headers={"HX-Request": "true"})

    assert page.text.strip().startswith('<div class="stack" id="health">')
    assert "Credly does not accept the token: it is wrong, or it has ended." in page.text
    assert "Paused." in page.text


def test_pausing_needs_a_reason(client, provider):
    page = client.post(url("provider_pause", provider), {"reason": " "})

    provider.refresh_from_db()
    assert (page.status_code, provider.paused_at) == (422, None)
    assert page.context["pause_form"].errors == {"reason": ["This field is required."]}


def test_pausing_and_resuming(client, world, provider):
    client.post(url("provider_pause", provider), {"reason": "A new contract"})
    provider.refresh_from_db()
    assert (provider.paused_at is not None, provider.pause_reason) == (True, f"{world.administrator}: A new contract")

    page = client.post(url("provider_resume", provider), follow=True)

    provider.refresh_from_db()
    assert (messages(page)[-1], provider.paused_at, provider.pause_reason) == ("IPC-Credly was resumed.", None, "")


def test_a_provider_that_still_fails_is_not_resumed(client, credly, provider):
    BadgeProvider.objects.update(paused_at=timezone.now(), pause_reason="Dead token")
    credly.expire_token()

    page = client.post(url("provider_resume", provider), follow=True)

    provider.refresh_from_db()
    assert provider.paused_at is not None
    assert messages(page) == ["Still paused: Credly does not accept the token: it is wrong, or it has ended."]


def test_refreshing_the_templates(client, credly, provider):
    credly.template("Welding")

    page = client.post(url("provider_refresh", provider), follow=True)

    assert messages(page) == ["1 template was read."]
    assert [row.name for row in page.context["listing"].page] == ["Welding"]


def test_rotating_the_keys_asks_first(client, issuer):
    client.get(url("provider_rotate", issuer))
    assert issuer.keys.count() == 0

    for _time in range(2):
        client.post(url("provider_rotate", issuer))

    assert issuer.keys.filter(retired_at=None).count() == 2
    assert issuer.keys.exclude(retired_at=None).count() == 2


def test_the_issuers_page_lists_its_keys_and_not_what_is_private(client, issuer):
    client.post(url("provider_rotate", issuer))

    page = client.get(url("provider", issuer)).text

    assert ("did:web:" in page, page.count("In use")) == (True, 2)
    assert ("PRIVATE KEY" in page, any(key.encrypted_private_key in page for key in issuer.keys.all())) == (
        False,
        False,
    )


@pytest.mark.parametrize("page", ["provider_rotate", "provider_webhook"])
def test_what_a_provider_cannot_do_is_not_done(client, provider, issuer, page):
    row = {"provider_rotate": provider, "provider_webhook": issuer}[page]

    client.post(url(page, row))

    row.refresh_from_db()
    assert (row.keys.count(), row.webhook_digest) == (0, "")


# Import


def imported(client, template, **options):
    return client.post(reverse("badges:provider_import", args=[template.provider_id, template.pk]), **options)


def test_importing_a_template_makes_a_badge(client, world, credly, provider):
    credly.template("Welding", description="Joins metal.")
    client.post(url("provider_refresh", provider))
    template = provider.templates.get()

    response = imported(client, template)

    badge = Badge.objects.get()
    assert response["Location"] == reverse("badges:profile", args=[badge.pk])
    assert (badge.name, badge.description, badge.organization) == ("Welding", "Joins metal.", world.academy)
    assert (badge.provider, badge.provider_template_id) == (provider, template.external_id)
    assert badge.manual_issuance is False


@pytest.fixture
def pictures(settings) -> Iterator[str]:
    """A host on this machine that shows a picture at /badge.png, words at /words.png, and nothing elsewhere."""

    class Pictures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown = {"/badge.png": picture(), "/words.png": b"<script>alert(1)</script>"}
            self.send_response(200 if self.path in shown else 404)
            self.end_headers()
            self.wfile.write(shown.get(self.path, b""))

        def log_message(self, *_arguments: object) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        settings.PROVIDER_TEST_HOSTS = [*settings.PROVIDER_TEST_HOSTS, host]
        yield f"http://{host}"
        server.shutdown()


def picture() -> bytes:
    """Larger than badge art is kept, and no PNG."""
    file = io.BytesIO()
    Image.new("RGB", (1500, 1000), "red").save(file, format="JPEG")
    return file.getvalue()


def test_the_picture_comes_along_and_is_written_anew(client, provider, pictures):
    template = BadgeTemplateFactory.create(provider=provider, image_url=f"{pictures}/badge.png")

    page = imported(client, template, follow=True)

    assert messages(page) == [f"{template.name} was created."]
    with Image.open(Badge.objects.get().image) as stored:
        assert (stored.format, stored.width) == ("PNG", 1024)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://127.0.0.1/badge.png", "127.0.0.1 is not a public address."),
        ("http://169.254.169.254/latest/meta-data/", "The address must begin with https://."),
        ("SITE/nowhere.png", "The picture could not be read (404)."),
        ("SITE/words.png", "Upload a PNG, JPEG"),
    ],
)
def test_a_picture_that_may_not_or_cannot_be_fetched_is_left_out(client, provider, pictures, address, why):
    template = BadgeTemplateFactory.create(provider=provider, image_url=address.replace("SITE", pictures))

    page = imported(client, template, follow=True)

    created, warning = messages(page)
    assert created == f"{template.name} was created."
    assert warning.startswith(f"Its picture was not taken over: {why}")
    assert not Badge.objects.get().image


def test_importing_twice_makes_one_badge(client, provider):
    template = BadgeTemplateFactory.create(provider=provider, name="Welding")
    imported(client, template)

    page = imported(client, template, follow=True)

    assert (messages(page)[-1], Badge.objects.count()) == ("Welding was made of this template before.", 1)


def test_a_name_that_is_taken_is_told(client, world, provider):
    BadgeFactory.create(name="Welding", organization=world.academy)
    template = BadgeTemplateFactory.create(provider=provider, name="Welding")

    page = imported(client, template, follow=True)

    assert Badge.objects.count() == 1
    assert messages(page) == [
        "Academy has a badge named Welding already. Rename it, or give it this template's id.",
    ]


def test_importing_needs_the_permission_to_add_badges(world, provider, signed_in):
    person = UserFactory.create(organization=world.academy, manages=[world.academy])
    names = ["view_badgeprovider", "change_badgeprovider"]
    person.user_permissions.add(*Permission.objects.filter(codename__in=names))
    template = BadgeTemplateFactory.create(provider=provider)

    assert imported(signed_in(person), template).status_code == 403


def test_a_template_of_another_provider_is_not_found(client, world, provider):
    foreign = BadgeTemplateFactory.create()

    response = client.post(reverse("badges:provider_import", args=[provider.pk, foreign.pk]))

    assert (response.status_code, Badge.objects.count()) == (404, 0)


def test_an_administrator_elsewhere_finds_nothing(world, provider, signed_in):
    rival = signed_in(AdministratorFactory.create(organization=world.outside))

    assert (
        rival.get(url("provider", provider)).status_code,
        rival.post(url("provider_test", provider)).status_code,
    ) == (
        404,
        404,
    )
