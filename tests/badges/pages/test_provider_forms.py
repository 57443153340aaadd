import logging
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from badges.models import BadgeProvider
from badges.secrets import decrypt
from tests.badges.provider_pages import CANARY, issue, messages, url
from tests.credly.running import ORGANIZATION
from tests.factories import PAST, BadgeProviderFactory


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


def test_a_new_provider_belongs_to_ones_own_organization_and_is_enabled(administrator, world):
    form = administrator.get(reverse("badges:provider_create")).context["form"]

    assert (form["organization"].value(), form["is_enabled"].value()) == (world.umbrella.pk, True)
    assert form.fields["api_url"].widget.attrs["placeholder"] == "https://sandbox-api.youracclaim.com/v1"


def test_creating_a_provider(administrator, world, credly):
    response = administrator.post(reverse("badges:provider_create"), form_of(world, credly, api_url=f"{credly.url}/"))

    provider = BadgeProvider.objects.get()
    assert response["Location"] == url("provider", provider)
    assert (provider.name, provider.organization, provider.api_url) == ("IPC-Credly", world.academy, credly.url)
    assert (CANARY in provider.encrypted_token, decrypt(provider.encrypted_token)) == (False, CANARY)


def test_creating_the_built_in_issuer_needs_no_account(administrator, world, credly):
    administrator.post(
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
        ("requests_per_second", "", "This field is required."),
    ],
)
def test_bad_input_is_told_at_its_field(administrator, world, credly, field, value, error):
    page = administrator.post(reverse("badges:provider_create"), form_of(world, credly, **{field: value}))

    assert (page.status_code, page.context["form"].errors) == (422, {field: [error]})
    assert BadgeProvider.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("website", "javascript:alert(1)", "Enter a valid URL."),
        ("contact_email", "nobody", "Enter a valid email address."),
    ],
)
def test_bad_input_for_the_built_in_issuer_is_told_at_its_field(administrator, world, credly, field, value, error):
    data = form_of(world, credly, kind="built_in") | {field: value}

    page = administrator.post(reverse("badges:provider_create"), data)

    assert (page.status_code, page.context["form"].errors) == (422, {field: [error]})


def test_a_name_is_used_once_in_an_organization(administrator, world, credly, provider):
    page = administrator.post(reverse("badges:provider_create"), form_of(world, credly))

    assert (page.status_code, BadgeProvider.objects.count()) == (422, 1)


@pytest.mark.parametrize("field", ["organization", "available_to"])
def test_forged_ids_are_no_choices(administrator, world, credly, field):
    page = administrator.post(reverse("badges:provider_create"), form_of(world, credly, **{field: world.outside.pk}))

    assert list(page.context["form"].errors) == [field]


def test_a_provider_is_made_available_to_child_organizations(administrator, world, credly):
    administrator.post(
        reverse("badges:provider_create"),
        form_of(world, credly, organization=world.umbrella.pk, available_to=[world.academy.pk]),
    )

    assert list(BadgeProvider.objects.get().available_to.all()) == [world.academy]


def test_only_child_organizations_can_be_given_a_provider(administrator, world, credly):
    page = administrator.post(
        reverse("badges:provider_create"), form_of(world, credly, available_to=[world.academy.pk])
    )

    assert page.context["form"].errors == {"available_to": ["Academy is no child organization of Academy."]}


def test_fields_that_the_page_does_not_offer_are_ignored(administrator, provider):
    administrator.post(
        url("provider_edit", provider), data_of(provider, encrypted_token="x", paused_at="2026-01-01", pk=999)
    )

    assert list(BadgeProvider.objects.values_list("pk", "paused_at")) == [(provider.pk, None)]


def test_a_blank_token_keeps_the_stored_one(administrator, provider, credly):
    administrator.post(url("provider_edit", provider), data_of(provider, name="Renamed"))

    provider.refresh_from_db()
    assert (provider.name, decrypt(provider.encrypted_token)) == ("Renamed", credly.token)


@pytest.mark.parametrize(
    "changes", [{"api_url": "http://127.0.0.1:6666/v1"}, {"provider_organization_id": "other"}, {"kind": "built_in"}]
)
def test_a_provider_that_moves_loses_its_token_and_what_was_known(administrator, provider, changes, settings):
    settings.PROVIDER_TEST_HOSTS.append("127.0.0.1:6666")
    now = timezone.now()
    BadgeProvider.objects.update(verified_at=now, token_expires_at=now, polled_at=now, last_success_at=now)

    page = administrator.post(url("provider_edit", provider), data_of(provider, **changes), follow=True)

    provider.refresh_from_db()
    assert "The stored API token was cleared, because the account it belongs to changed." in messages(page)
    assert (provider.encrypted_token, provider.verified_at, provider.polled_at) == ("", None, None)
    assert (provider.token_expires_at, provider.last_success_at) == (None, None)


def test_a_provider_that_moves_takes_the_token_that_comes_along(administrator, provider):
    administrator.post(
        url("provider_edit", provider), data_of(provider, provider_organization_id="other", new_token=CANARY)
    )

    provider.refresh_from_db()
    assert decrypt(provider.encrypted_token) == CANARY


@pytest.mark.parametrize("changes", [{"provider_organization_id": "other"}, {"kind": "built_in"}])
def test_a_provider_stays_at_its_account_while_badges_are_on_their_way(administrator, provider, changes):
    issue(provider, states=["pending", "sending", "uncertain", "delivered", "failed", "cancelled"])

    page = administrator.post(url("provider_edit", provider), data_of(provider, **changes))

    provider.refresh_from_db()
    assert (page.status_code, provider.provider_organization_id, provider.kind) == (422, ORGANIZATION, "credly")
    [(field, [sentence])] = page.context["form"].errors.items()
    assert field == next(iter(changes))
    assert sentence == (
        "3 badges are on their way to the account that is stored, or are being checked there. Wait until that is "
        "done, or revoke them, and change the account then; or add the other account as a provider of its own."
    )


def test_the_admin_refuses_to_leave_badges_behind_as_well(administrator, provider):
    issue(provider, states=["pending"])
    admin = reverse("admin:badges_badgeprovider_change", args=[provider.pk])

    page = administrator.post(admin, data_of(provider, provider_organization_id="other"))

    assert list(page.context["adminform"].form.errors) == ["provider_organization_id"]


def test_a_provider_whose_badges_have_arrived_may_move(administrator, provider):
    issue(provider, states=["delivered", "failed", "cancelled"])

    administrator.post(url("provider_edit", provider), data_of(provider, provider_organization_id="other"))

    provider.refresh_from_db()
    assert provider.provider_organization_id == "other"


def test_an_account_that_never_answered_can_be_corrected_though_badges_wait(administrator, provider):
    issue(provider, states=["pending"])
    BadgeProvider.objects.update(last_success_at=None)

    administrator.post(url("provider_edit", provider), data_of(provider, provider_organization_id="other"))

    provider.refresh_from_db()
    assert provider.provider_organization_id == "other"


def test_what_names_no_account_can_be_changed_while_badges_are_on_their_way(administrator, provider):
    issue(provider, states=["pending"])

    administrator.post(url("provider_edit", provider), data_of(provider, name="Renamed", new_token=CANARY))

    provider.refresh_from_db()
    assert (provider.name, decrypt(provider.encrypted_token)) == ("Renamed", CANARY)


# Secrets


def test_a_token_is_nowhere_to_be_seen(administrator, world, credly, caplog, settings):
    settings.DEBUG = True
    with caplog.at_level(logging.DEBUG):
        administrator.post(reverse("badges:provider_create"), form_of(world, credly))
        provider = BadgeProvider.objects.get()
        refused = administrator.post(url("provider_edit", provider), data_of(provider, name="", new_token=CANARY))
        pages = [administrator.get(url(page, provider)) for page in ("provider", "provider_edit", "provider_templates")]
        tested = administrator.post(url("provider_test", provider), follow=True)
        admin = administrator.get(reverse("admin:badges_badgeprovider_history", args=[provider.pk]))

    text = "".join(page.text for page in (refused, *pages, tested, admin)) + caplog.text
    text += repr(provider) + str(list(LogEntry.objects.values()))
    assert (CANARY in text, provider.encrypted_token in text) == (False, False)


def test_a_token_is_in_no_error_report(administrator, world, credly, settings):
    settings.DEBUG, settings.ENCRYPTION_KEYS = True, ["no key at all"]
    administrator.raise_request_exception = False

    page = administrator.post(reverse("badges:provider_create"), form_of(world, credly))

    assert (page.status_code, "is no Fernet key" in page.text, CANARY in page.text) == (500, True, False)


@pytest.mark.parametrize(
    ("paused_at", "token", "expected"), [(PAST, "new", True), (PAST, "", False), (None, "new", False)]
)
def test_a_new_token_of_a_paused_provider_leads_on_to_resume(
    administrator, world, credly, provider, paused_at, token, expected
):
    BadgeProvider.objects.update(paused_at=paused_at)

    response = administrator.post(url("provider_edit", provider), form_of(world, credly, new_token=token), follow=True)

    words = "The provider is still paused. Resume tests the new token and sends what waits."
    assert (words in messages(response)) is expected


def test_a_refused_form_says_that_its_token_has_to_be_entered_again(administrator, world, credly):
    words = "Enter the token again: it was not saved"

    pages = [
        administrator.post(reverse("badges:provider_create"), form_of(world, credly, name="", new_token=token))
        for token in ("x", "")
    ]

    assert [words in page.text for page in pages] == [True, False]


def test_what_credly_needs_is_starred_and_a_stored_token_is_not(administrator, provider):
    pages = [
        administrator.get(address) for address in (reverse("badges:provider_create"), url("provider_edit", provider))
    ]

    needed = [[one.field.name for one in page.context["form"].basic_information if one.is_needed] for page in pages]
    assert needed == [
        ["provider_organization_id", "new_token", "api_url", "requests_per_second"],
        ["provider_organization_id", "api_url", "requests_per_second"],
    ]


def test_an_account_that_lost_its_token_does_not_need_one_to_be_edited(administrator, world, credly, provider):
    BadgeProvider.objects.update(encrypted_token="")

    page = administrator.get(url("provider_edit", provider))
    administrator.post(url("provider_edit", provider), data_of(provider, name="Renamed"))

    assert "new_token" not in [one.field.name for one in page.context["form"].basic_information if one.is_needed]
    assert BadgeProvider.objects.get().name == "Renamed"


def test_what_was_typed_for_another_type_is_neither_refused_nor_kept(administrator, world, credly):
    typed = {"api_url": "no address", "requests_per_second": "often", "new_token": CANARY}

    administrator.post(reverse("badges:provider_create"), form_of(world, credly, kind="built_in", **typed))

    provider = BadgeProvider.objects.get()
    assert (provider.api_url, provider.requests_per_second, provider.encrypted_token) == ("", 10, "")


def test_what_a_browser_does_not_show_it_does_not_send_and_it_stays(administrator, world, credly, provider):
    BadgeProvider.objects.update(website="https://academy.example", contact_email="badges@academy.example")

    administrator.post(url("provider_edit", provider), data_of(provider, contact_email="nobody"))

    stored = BadgeProvider.objects.get()
    assert (stored.website, stored.contact_email) == ("https://academy.example", "badges@academy.example")


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_the_style_sheet_knows_every_type(kind):
    rule = f'form:has(#id_kind [value="{kind}"]:checked) [data-of-kinds]:not([data-of-kinds~="{kind}"])'

    assert rule in (settings.BASE_DIR / "static" / "css" / "forms.css").read_text()


def test_a_field_is_shown_for_the_types_that_have_it(administrator):
    form = administrator.get(reverse("badges:provider_create")).context["form"]

    account = " ".join(kind for kind in BadgeProvider.Kind if BadgeProvider(kind=kind).has_account)
    assert {one.field.name: one.kinds for one in form.basic_information if one.kinds} == {
        "provider_organization_id": account,
        "new_token": account,
        "api_url": account,
        "requests_per_second": account,
        "website": "built_in",
        "contact_email": "built_in",
    }


@pytest.mark.parametrize("page", ["badges:provider_create", "admin:badges_badgeprovider_add"])
@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_a_provider_needs_an_account_where_its_type_has_one(administrator, world, credly, kind, page):
    account = {"api_url": "", "provider_organization_id": "", "new_token": ""}

    administrator.post(reverse(page), form_of(world, credly, kind=kind, **account))

    assert BadgeProvider.objects.exists() != BadgeProvider(kind=kind).has_account


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_the_page_of_a_provider_shows_what_its_type_has(administrator, world, kind):
    provider = BadgeProviderFactory.create(organization=world.academy, kind=kind)

    page = administrator.get(url("provider", provider)).text

    shown = ("<dt>API URL</dt>" in page, "<dt>Website</dt>" in page)
    assert shown == (provider.has_account, provider.is_built_in)


def test_errors_are_summed_up_in_the_order_of_the_page(administrator, world, credly):
    page = administrator.post(
        reverse("badges:provider_create"), form_of(world, credly, name="", new_token="", api_url="")
    )

    form = page.context["form"]
    assert [field.name for field in form.visible_fields() if field.errors] == ["name", "new_token", "api_url"]


@pytest.mark.parametrize(
    ("field", "control"), [("name", "\x01"), ("name", "\x0b"), ("description", "\x01"), ("description", "\x7f")]
)
def test_an_issuer_bears_no_control_characters(administrator, issuer, field, control):
    response = administrator.post(url("provider_edit", issuer), data_of(issuer, **{field: f"Ours{control}now"}))

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_beside_the_form_stands_what_a_type_needs_and_how_the_provider_is(administrator, provider):
    new = administrator.get(reverse("badges:provider_create")).text
    BadgeProvider.objects.update(paused_at=timezone.now(), pause_reason="Refused by Credly", encrypted_token="")

    # Refused: what was typed into it is not how the provider is.
    page = administrator.post(url("provider_edit", provider), data_of(provider, name="", is_enabled="")).text

    assert "What Credly needs" in new
    assert "What the built-in issuer needs" in new
    assert "Refused by Credly" not in new
    assert "Refused by Credly" in page
    assert '<span class="pill bad">Paused</span>' in page
    assert '<span class="pill bad">None</span>' in page
