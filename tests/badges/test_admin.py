import io
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from PIL import Image

from badges.models import Badge, BadgeProvider
from badges.secrets import decrypt
from organizations.models import User
from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory, OrganizationFactory, UserFactory

CANARY = "canary-token-1f6d"
URL = "https://127.0.0.1:4433/v1"


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella."""
    return signed_in(world.administrator)


@pytest.fixture
def superuser(world) -> User:
    return UserFactory.create(organization=world.academy, is_superuser=True, is_staff=True)


@pytest.fixture
def badge(world) -> Badge:
    return BadgeFactory.create(name="Welder", organization=world.academy, manual_issuance=False)


@pytest.fixture
def shared(world) -> Badge:
    """A badge of an organization that the administrator does not manage, made available to one that he or she does."""
    badge = BadgeFactory.create(name="Shared", organization=world.outside, manual_issuance=False)
    secret = OrganizationFactory.create(name="Confidential sibling", parent=world.outside)
    badge.available_to.set([world.academy, secret])
    return badge


def change(row: Badge | BadgeProvider) -> str:
    return reverse(f"admin:badges_{row._meta.model_name}_change", args=[row.pk])


def data(badge: Badge, **changes) -> dict[str, Any]:
    return {
        "name": badge.name,
        "organization": badge.organization_id,
        "provider": badge.provider_id,
        **changes,
    }


def run(client, action: str, *badges: Badge, **more):
    chosen = [badge.pk for badge in badges]
    address = reverse("admin:badges_badge_changelist")
    return client.post(address, {"action": action, "_selected_action": chosen, **more}, follow=True)


def messages(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


# Badges


def test_manual_issuance_is_the_last_field_of_basic_information(client, badge):
    page = client.get(change(badge))

    assert [(str(one.name), list(one.fields)) for one in page.context["adminform"]] == [
        (
            "Basic Information",
            [
                "name",
                "description",
                "criteria",
                "image",
                "organization",
                "provider",
                "provider_template_id",
                "valid_days",
                "manual_issuance",
            ],
        ),
        ("Skills", ["skills"]),
        ("Availability", ["available_to"]),
    ]


def test_the_fields_bear_the_names_of_the_product(client, badge):
    form = client.get(change(badge)).context["adminform"].form

    assert [form[name].label for name in ("provider", "provider_template_id", "manual_issuance")] == [
        "Badge provider",
        "Badge provider template id",
        "Enable Manual Issuance",
    ]


def test_enabling_manual_issuance_for_several(client, world, badge):
    other = BadgeFactory.create(organization=world.umbrella, manual_issuance=False)

    page = run(client, "enable_manual_issuance", badge, other)

    assert messages(page) == ["Manual issuance is now enabled for 2 badges."]
    assert list(Badge.objects.values_list("manual_issuance", flat=True)) == [True, True]


def test_disabling_manual_issuance_for_one(client, badge):
    Badge.objects.update(manual_issuance=True)

    page = run(client, "disable_manual_issuance", badge)

    badge.refresh_from_db()
    assert (messages(page), badge.manual_issuance) == (["Manual issuance is now disabled for 1 badge."], False)


def test_an_action_counts_only_what_it_changed(client, badge):
    Badge.objects.update(manual_issuance=True)

    assert messages(run(client, "enable_manual_issuance", badge)) == ["Manual issuance is now enabled for 0 badges."]


def test_an_action_leaves_an_available_badge_alone(client, badge, shared):
    page = run(client, "enable_manual_issuance", badge, shared)

    shared.refresh_from_db()
    assert shared.manual_issuance is False
    assert messages(page) == [
        "1 badge belongs to an organization you do not manage and was left as it is.",
        "Manual issuance is now enabled for 1 badge.",
    ]


def test_an_action_does_not_reach_a_forged_id(client, world, badge):
    other = BadgeFactory.create(organization=world.outside, manual_issuance=False)

    run(client, "enable_manual_issuance", badge, other)

    other.refresh_from_db()
    assert other.manual_issuance is False


def test_an_action_leaves_a_trace(client, badge):
    run(client, "enable_manual_issuance", badge)

    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Changed Enable Manual Issuance."]


def test_the_actions_need_the_permission(world, signed_in, badge):
    world.administrator.groups.clear()
    world.administrator.user_permissions.add(*_permissions("view_badge"))

    run(signed_in(world.administrator), "enable_manual_issuance", badge)

    badge.refresh_from_db()
    assert badge.manual_issuance is False


def _permissions(*codenames: str):
    return Permission.objects.filter(codename__in=codenames)


def test_an_available_badge_is_there_to_read(client, shared):
    page = client.get(change(shared))

    assert (page.status_code, page.context["has_change_permission"]) == (200, False)
    assert "Confidential sibling" not in page.text


def test_an_available_badge_cannot_be_changed(client, shared):
    assert client.post(change(shared), data(shared, name="Mine")).status_code == 403


def test_an_available_badge_cannot_be_deleted(client, badge, shared):
    single = client.post(reverse("admin:badges_badge_delete", args=[shared.pk]), {"post": "yes"})
    run(client, "delete_selected", badge, shared, post="yes")

    assert single.status_code == 403
    assert Badge.objects.count() == 2


def test_an_own_badge_can_be_deleted(client, badge):
    client.post(reverse("admin:badges_badge_delete", args=[badge.pk]), {"post": "yes"})

    assert list(Badge.objects.all()) == []


def test_a_badge_that_was_issued_cannot_be_deleted(client, badge):
    IssuedBadgeFactory.create(badge=badge)

    page = client.post(reverse("admin:badges_badge_delete", args=[badge.pk]), {"post": "yes"})

    assert (page.status_code, Badge.objects.filter(pk=badge.pk).exists()) == (200, True)


@pytest.mark.parametrize("field", ["organization", "provider", "available_to"])
def test_forged_ids_are_no_choices(client, world, badge, field):
    foreign = {
        "organization": world.outside.pk,
        "provider": BadgeProviderFactory.create(organization=world.outside).pk,
        "available_to": [world.outside.pk],
    }

    page = client.post(change(badge), data(badge, **{field: foreign[field]}))

    assert list(page.context["adminform"].form.errors) == [field]


def test_a_badge_is_made_available_to_child_organizations_only(client, world, badge):
    page = client.post(change(badge), data(badge, available_to=[world.umbrella.pk]))

    assert page.context["adminform"].form.errors == {"available_to": ["Umbrella is no child organization of Academy."]}


def test_a_badge_is_made_available_to_a_child_organization(client, world):
    badge = BadgeFactory.create(organization=world.umbrella)

    client.post(change(badge), data(badge, available_to=[world.academy.pk]))

    assert list(badge.available_to.all()) == [world.academy]


def test_a_badge_takes_no_provider_of_another_organization(client, world, badge):
    above = BadgeProviderFactory.create(name="Above", organization=world.umbrella)

    page = client.post(change(badge), data(badge, provider=above.pk))

    assert page.context["adminform"].form.errors == {"provider": ["Above is not available to Academy."]}


def test_a_badge_takes_a_provider_that_is_available(client, world, badge):
    above = BadgeProviderFactory.create(organization=world.umbrella)
    above.available_to.add(world.academy)

    client.post(change(badge), data(badge, provider=above.pk))

    badge.refresh_from_db()
    assert badge.provider == above


def test_availability_to_unseen_organizations_is_neither_shown_nor_lost(world, signed_in, badge):
    hidden = OrganizationFactory.create(name="Moved away")
    child = OrganizationFactory.create(name="Branch", parent=world.academy)
    badge.available_to.set([hidden, child])
    client = signed_in(world.administrator)

    page = client.get(change(badge))
    client.post(change(badge), data(badge, available_to=[]))

    assert ("Branch" in page.text, "Moved away" in page.text) == (True, False)
    assert list(badge.available_to.all()) == [hidden]


def test_an_uploaded_image_is_written_anew(client, badge):
    picture = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(picture, format="JPEG")
    picture.name, _start = "../../evil.php.jpg", picture.seek(0)

    client.post(change(badge), data(badge, image=picture))

    badge.refresh_from_db()
    with Image.open(badge.image) as stored:
        assert (stored.format, stored.size) == ("PNG", (30, 20))
    assert (badge.image.name.startswith("badges/"), "evil" in badge.image.name) == (True, False)


# Providers


@pytest.fixture
def provider(world, settings) -> BadgeProvider:
    settings.PROVIDER_TEST_HOSTS = ["127.0.0.1:4433", "127.0.0.1:6666"]
    return BadgeProviderFactory.create(
        organization=world.academy, kind="credly", provider_organization_id="org-1", api_url=URL
    )


def account(provider: BadgeProvider, **changes) -> dict[str, Any]:
    return {
        "name": provider.name,
        "organization": provider.organization_id,
        "kind": provider.kind,
        "provider_organization_id": provider.provider_organization_id,
        "api_url": provider.api_url,
        "is_enabled": "on",
        "requests_per_second": provider.requests_per_second,
        **changes,
    }


def test_a_token_is_stored_encrypted(client, provider):
    client.post(change(provider), account(provider, new_token=CANARY))

    provider.refresh_from_db()
    assert (CANARY in provider.encrypted_token, decrypt(provider.encrypted_token)) == (False, CANARY)


def test_a_blank_token_keeps_the_stored_one(client, provider):
    client.post(change(provider), account(provider, new_token=CANARY))

    client.post(change(provider), account(provider, name="Renamed"))

    provider.refresh_from_db()
    assert (provider.name, decrypt(provider.encrypted_token)) == ("Renamed", CANARY)


@pytest.mark.parametrize("changes", [{"api_url": "https://127.0.0.1:6666/v1"}, {"provider_organization_id": "org-2"}])
def test_a_provider_that_moves_loses_its_token(client, provider, changes):
    client.post(change(provider), account(provider, new_token=CANARY))

    page = client.post(change(provider), account(provider, **changes), follow=True)

    provider.refresh_from_db()
    assert provider.encrypted_token == ""
    assert "The stored API token was cleared, because the account it belongs to changed." in messages(page)


def test_a_provider_that_moves_takes_the_token_that_comes_along(client, provider):
    client.post(change(provider), account(provider, new_token="first"))

    client.post(change(provider), account(provider, api_url="https://127.0.0.1:6666/v1", new_token=CANARY))

    provider.refresh_from_db()
    assert decrypt(provider.encrypted_token) == CANARY


def test_an_address_that_only_this_server_can_reach_is_refused(client, provider):
    page = client.post(change(provider), account(provider, api_url="https://169.254.169.254/v1"))

    assert page.context["adminform"].form.errors == {"api_url": ["169.254.169.254 is not a public address."]}


def test_a_token_is_never_seen_again(client, provider, superuser, signed_in):
    client.post(change(provider), account(provider, new_token=CANARY))
    provider.refresh_from_db()
    pages = [
        change(provider),
        reverse("admin:badges_badgeprovider_changelist"),
        reverse("admin:badges_badgeprovider_history", args=[provider.pk]),
        reverse("admin:badges_badgeprovider_delete", args=[provider.pk]),
        "/admin/",
    ]

    text = "".join(one.get(page).text for page in pages for one in (client, signed_in(superuser)))
    text += client.post(change(provider), account(provider, name="", new_token=CANARY)).text
    text += repr(provider) + str(list(LogEntry.objects.values()))

    assert (CANARY in text, provider.encrypted_token in text) == (False, False)


def test_a_token_is_in_no_error_report(client, provider, settings):
    settings.DEBUG, settings.ENCRYPTION_KEYS = True, ["no key at all"]
    client.raise_request_exception = False

    page = client.post(change(provider), account(provider, new_token=CANARY))

    assert (page.status_code, "is no Fernet key" in page.text, CANARY in page.text) == (500, True, False)


def test_a_token_cannot_be_guessed_through_a_filter(client, provider):
    page = client.get(reverse("admin:badges_badgeprovider_changelist"), {"encrypted_token__startswith": "g"})

    assert page.status_code == 400


def test_an_available_provider_tells_nothing_of_its_account(client, world):
    provider = BadgeProviderFactory.create(
        organization=world.outside, kind="credly", provider_organization_id="secret-org", api_url=URL
    )
    provider.available_to.add(world.academy)

    page = client.get(change(provider))

    assert (page.status_code, "secret-org" in page.text, URL in page.text) == (200, False, False)
    assert client.post(change(provider), account(provider, new_token=CANARY)).status_code == 403


# Issued badges


@pytest.mark.parametrize("model", ["issuedbadge", "issuancebatch", "issuanceitem"])
def test_nobody_adds_what_issuing_writes(superuser, signed_in, model):
    assert signed_in(superuser).get(reverse(f"admin:badges_{model}_add")).status_code == 403


def test_nobody_changes_an_issued_badge(superuser, signed_in):
    issued = IssuedBadgeFactory.create()
    client = signed_in(superuser)

    statuses = [
        client.post(reverse(f"admin:badges_issuedbadge_{page}", args=[issued.pk]), {"post": "yes"}).status_code
        for page in ("change", "delete")
    ]

    assert statuses == [403, 403]


def test_the_admin_sets_how_long_a_badge_is_valid(client, badge):
    client.post(reverse("admin:badges_badge_change", args=[badge.pk]), data(badge, valid_days="90"))

    badge.refresh_from_db()
    assert badge.valid_days == 90


@pytest.mark.parametrize("control", ["\x01", "\x08", "\x1b", "\x7f", "\x9f"])
@pytest.mark.parametrize("field", ["name", "description", "criteria"])
def test_the_admin_refuses_control_characters(client, badge, field, control):
    response = client.post(change(badge), data(badge, **{field: f"First{control}second"}))

    assert (response.status_code, list(response.context["adminform"].errors)) == (200, [field])


def test_the_admin_writes_line_feeds(client, badge):
    client.post(change(badge), data(badge, description="First\x0bsecond", criteria="First\u2028second"))

    stored = Badge.objects.get(pk=badge.pk)
    assert (stored.description, stored.criteria) == ("First\nsecond", "First\nsecond")
