import pytest
from django.core.management import call_command
from django.utils import timezone

from badges.models import BadgeProvider
from tests.factories import OrganizationFactory
from tms.demo.credly import add_provider


@pytest.mark.django_db
def test_a_demo_without_the_provider_is_left_alone(capsys):
    provider = add_provider(OrganizationFactory.create(), timezone.now())
    BadgeProvider.objects.update(public_id="0c7a4c1e-51f0-4a57-8d55-6f1b0f6c2a91")

    call_command("demo_provider", "http://127.0.0.1:1/v1")

    assert capsys.readouterr().out.endswith("is not here; nothing was changed.\n")
    assert BadgeProvider.objects.get().api_url == provider.api_url
