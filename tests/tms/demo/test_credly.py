"""The demo's second provider, with the stand-in for Credly and without it. What comes of it, tests/tms/test_local.py sees."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from badges.accounts.importing_templates import import_template
from badges.accounts.webhook_secrets import is_secret_of
from badges.delivery.rounds import deliver_now
from badges.models import Badge, BadgeProvider, IssuedBadge
from tests.credly.running import started
from tests.tms.demo.parts import AT, taken_back
from tms.demo.credly import NOT_RUNNING
from tms.demo.credly_account import OTHERS, PUBLIC_ID, TEMPLATES, WEBHOOK_SECRET
from tms.demo.loading import load

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        load(at=AT)
        yield


@pytest.fixture(scope="module")
def stand_in():
    with started("--demo") as stand_in:
        yield stand_in


@pytest.fixture
def allowed(settings, stand_in):
    settings.PROVIDER_TEST_HOSTS = [stand_in.host]
    return stand_in


def provider() -> BadgeProvider:
    return BadgeProvider.objects.get(public_id=PUBLIC_ID)


def test_without_the_stand_in_its_badges_wait():
    rows = IssuedBadge.objects.filter(provider=provider())

    found = [deliver_now(row.pk, patience=1).delivery for row in rows]

    assert found == [IssuedBadge.Delivery.PENDING] * 4
    assert provider().pause_reason == NOT_RUNNING


def test_its_badges_have_the_templates_of_the_stand_in():
    badges = Badge.objects.filter(provider=provider()).order_by("provider_template_id")

    assert list(badges.values_list("name", "provider_template_id")) == [(one.name, one.id) for one in TEMPLATES]


def test_with_the_stand_in_the_provider_is_resumed_where_it_is(allowed, capsys):
    call_command("demo_provider", allowed.url)

    found = provider()
    assert (found.api_url, found.paused_at, found.pause_reason) == (allowed.url, None, "")
    assert set(found.templates.values_list("name", "state")) == {(one.name, "active") for one in (*TEMPLATES, *OTHERS)}
    assert is_secret_of(found, WEBHOOK_SECRET)
    assert capsys.readouterr().out == (
        f"A stand-in for Credly is at {allowed.site}/: Kestrel Academy Denver answers. 6 templates were read.\n"
    )


def test_the_stand_ins_other_templates_can_be_imported_with_their_pictures(allowed):
    call_command("demo_provider", allowed.url, verbosity=0)

    imported = import_template(provider().templates.get(external_id=OTHERS[0].id))

    assert (imported.badge.name, imported.warning) == ("Observability Engineer", "")
    with imported.badge.image.open() as picture:
        assert picture.read(8) == b"\x89PNG\r\n\x1a\n"


def test_a_provider_that_somebody_paused_stays_paused(allowed):
    BadgeProvider.objects.filter(pk=provider().pk).update(paused_at=timezone.now(), pause_reason="Until Monday.")

    call_command("demo_provider", allowed.url, verbosity=0)

    assert (provider().api_url, provider().pause_reason) == (allowed.url, "Until Monday.")
