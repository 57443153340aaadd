"""What a person does about a provider: test, pause, resume, read its templates, a new address, new keys."""

import pytest
from django.utils import timezone

from badges.accounts.webhook_secrets import is_secret_of, make_address
from badges.delivery import pacing
from badges.models import BadgeProvider
from tests.badges.provider_pages import messages, url
from tests.submitting import forms_of


def test_asking_now_ends_the_hold(administrator, provider):
    pacing.hold(provider.pk, 600)

    page = administrator.post(url("provider_ask_now", provider), follow=True)

    assert (messages(page), page.context["hold"]) == (["We ask IPC-Credly again from now on."], None)


def test_testing_the_connection_without_a_script(administrator, credly, provider):
    credly.template()

    page = administrator.post(url("provider_test", provider), follow=True)

    assert [message.endswith(" answers. 1 template was read.") for message in messages(page)] == [True]


def test_testing_the_connection_with_htmx_swaps_the_health(administrator, credly, provider):
    credly.expire_token()

    page = administrator.post(url("provider_test", provider), headers={"HX-Request": "true"})

    assert page.text.strip().startswith('<div class="stack" id="health">')
    assert "Credly does not accept the token: it is wrong, or it has ended." in page.text
    assert "Paused." in page.text


def test_pausing_needs_a_reason(administrator, provider):
    page = administrator.post(url("provider_pause", provider), {"reason": " "})

    provider.refresh_from_db()
    assert (page.status_code, provider.paused_at) == (422, None)
    assert page.context["pause_form"].errors == {"reason": ["This field is required."]}


def test_pausing_and_resuming(administrator, world, provider):
    administrator.post(url("provider_pause", provider), {"reason": "A new contract"})
    provider.refresh_from_db()
    assert (provider.paused_at is not None, provider.pause_reason) == (True, f"{world.administrator}: A new contract")

    page = administrator.post(url("provider_resume", provider), follow=True)

    provider.refresh_from_db()
    assert (messages(page)[-1], provider.paused_at, provider.pause_reason) == ("IPC-Credly was resumed.", None, "")


def test_a_provider_that_still_fails_is_not_resumed(administrator, credly, provider):
    BadgeProvider.objects.update(paused_at=timezone.now(), pause_reason="Dead token")
    credly.expire_token()

    page = administrator.post(url("provider_resume", provider), follow=True)

    provider.refresh_from_db()
    assert provider.paused_at is not None
    assert messages(page) == ["Still paused: Credly does not accept the token: it is wrong, or it has ended."]


def test_refreshing_the_templates(administrator, credly, provider):
    credly.template("Welding")

    page = administrator.post(url("provider_refresh", provider), follow=True)

    assert messages(page) == ["1 template was read."]
    assert [row.name for row in page.context["listing"].page] == ["Welding"]


def test_rotating_the_keys_asks_first(administrator, issuer):
    administrator.get(url("provider_rotate", issuer))
    assert issuer.keys.count() == 0

    for _time in range(2):
        administrator.post(url("provider_rotate", issuer))

    assert issuer.keys.filter(retired_at=None).count() == 2
    assert issuer.keys.exclude(retired_at=None).count() == 2


@pytest.mark.parametrize("page", ["provider_rotate", "provider_webhook"])
def test_what_a_provider_cannot_do_is_not_done(administrator, provider, issuer, page):
    row = {"provider_rotate": provider, "provider_webhook": issuer}[page]

    administrator.post(url(page, row))

    row.refresh_from_db()
    assert (row.keys.count(), row.webhook_digest) == (0, "")


def test_the_webhooks_secret_is_shown_once(administrator, provider):
    asked = administrator.get(url("provider_webhook", provider))
    made = administrator.post(url("provider_webhook", provider))

    address = made.context["address"]
    secret = address.rstrip("/").rpartition("/")[2]
    later = "".join(
        administrator.get(url(page, provider)).text for page in ("provider", "provider_edit", "provider_webhook")
    )
    assert (asked.context["address"], address in made.text, secret in later) == ("", True, False)
    assert str(provider.public_id) in address


def pressed(administrator, provider):
    """What the page of a new address sends."""
    address = url("provider_webhook", provider)
    (form,) = [one for one in forms_of(administrator.get(address).text, address) if "seen" in one.fields]
    return {name: one.values or [""] for name, one in form.fields.items()}


def test_each_press_of_one_page_is_shown_the_same_new_address(administrator, provider):
    make_address(provider)
    data = pressed(administrator, provider)

    shown = [administrator.post(url("provider_webhook", provider), data).context["address"] for _ in range(3)]

    secret = shown[0].rstrip("/").rpartition("/")[2]
    provider.refresh_from_db()
    assert (len(set(shown)), len(secret), is_secret_of(provider, secret)) == (1, 43, True)
    assert not set(data["seen"] + data["form_key"]) & {secret, provider.webhook_digest}


def test_a_page_from_before_another_address_was_made_brings_back_none(administrator, provider):
    early, late = pressed(administrator, provider), pressed(administrator, provider)
    administrator.post(url("provider_webhook", provider), early)
    administrator.post(url("provider_webhook", provider), pressed(administrator, provider))
    provider.refresh_from_db()
    digest = provider.webhook_digest

    answers = [administrator.post(url("provider_webhook", provider), data) for data in (early, late)]

    provider.refresh_from_db()
    assert [answer.status_code for answer in answers] == [409, 409]
    assert ["just created a new address" in answer.text for answer in answers] == [True, True]
    assert [answer.context["address"] for answer in answers] == ["", ""]
    assert provider.webhook_digest == digest
