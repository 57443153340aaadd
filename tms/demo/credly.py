"""The demo's second provider: a stand-in for Credly that `make run` keeps beside the product.

Without `make run` nobody answers at its address, so it is stored paused: what is issued waits, as it should.
"""

import hashlib
from datetime import datetime

from badges.accounts import health
from badges.models import BadgeProvider, BadgeTemplate
from badges.secrets import encrypt
from organizations.models import Organization
from tms.demo.credly_account import ORGANIZATION, OTHERS, PUBLIC_ID, TEMPLATES, TOKEN, WEBHOOK_SECRET

NOT_RUNNING = "The stand-in for Credly is not running. Only “make run” starts it."


def add_provider(organization: Organization, at: datetime) -> BadgeProvider:
    """The provider, with the templates as they were read at that moment."""
    provider = BadgeProvider.objects.create(
        public_id=PUBLIC_ID,
        name="Credly (stand-in)",
        description="A process on this machine that answers as Credly would: see a delivery, a refusal and a retry.",
        organization=organization,
        kind=BadgeProvider.Kind.CREDLY,
        provider_organization_id=ORGANIZATION,
        encrypted_token=encrypt(TOKEN),
        api_url="http://127.0.0.1:8001/v1",
        paused_at=at,
        pause_reason=NOT_RUNNING,
        templates_read_at=at,
    )
    BadgeTemplate.objects.bulk_create(
        BadgeTemplate(provider=provider, external_id=one.id, name=one.name, description=one.description, read_at=at)
        for one in (*TEMPLATES, *OTHERS)
    )
    return provider


def point_at(url: str) -> health.AccountCheck | None:
    """The stand-in runs, and is at this address: let what waits go there. None without the demo's provider.

    A provider that somebody paused for another reason stays paused. Safe to repeat.
    """
    provider = BadgeProvider.objects.filter(public_id=PUBLIC_ID).first()
    if provider is None:
        return None
    provider.api_url = url
    provider.webhook_digest = hashlib.sha256(WEBHOOK_SECRET.encode()).hexdigest()
    provider.save(update_fields=["api_url", "webhook_digest"])
    is_ours = provider.pause_reason in ("", NOT_RUNNING)
    return health.resume(provider) if is_ours else health.check(provider)
