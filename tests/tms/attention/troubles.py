"""A world with every kind of trouble that somebody has to end."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from achievements.models import Hold, SweepProblem
from badges.models import BadgeProvider, ProviderPace
from organizations.models import Organization, User
from tests.achievements.log.not_delivered import failed
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    EarnedAchievementFactory,
    HoldFactory,
    IssuedBadgeFactory,
    StudentFactory,
    SweepFactory,
    SweepProblemFactory,
)

# Kind, and how many badges or awards wait, of all lines of `trouble`.
ALL = sorted(
    [
        ("address", 2),
        ("address", 1),
        ("account", 1),
        ("account", 1),
        ("template", 1),
        ("template", 2),
        ("provider", 3),
        ("provider", 2),
        ("provider", 1),
        ("provider", 0),
        ("delivery", 2),
        ("delivery", 1),
        ("awards", 1200),
        ("evaluation", 0),
        ("token", 0),
    ]
)
BADGES = 17


@dataclass
class Troubles:
    """Whom and what they are about."""

    nameless: User
    paused: BadgeProvider
    silent: BadgeProvider
    off: BadgeProvider
    refusing: BadgeProvider
    hold: Hold


def trouble(organization: Organization, *, word: str = "") -> Troubles:
    """Of every kind something, in this organization; `word` is in all names."""
    troubles = Troubles(
        nameless=_addresses(organization, word),
        paused=_provider(organization, f"{word}Paused", paused_at=PAST, pause_reason="The token does not work."),
        silent=_provider(organization, f"{word}Silent"),
        off=_provider(organization, f"{word}Off", is_enabled=False, disabled_at=PAST),
        refusing=_credly(organization, f"{word}Refusing"),
        hold=HoldFactory.create(
            achievement=AchievementFactory.create(name=f"{word}Everybody", organization=organization)
        ),
    )
    _accounts_and_templates(organization, troubles.refusing, word)
    _providers(organization, troubles, word)
    for code, times in (("refused", 2), ("no_answer", 1)):
        badge = BadgeFactory.create(
            name=f"{word}{code}", organization=organization, provider=troubles.refusing, provider_template_id="t"
        )
        for _ in range(times):
            failed(badge, failure_code=code, failure_message=f"{code}.", sent_at=PAST)
    broken = AchievementFactory.create(name=f"{word}Broken", organization=organization)
    run = SweepFactory.create(started_at=timezone.now() + dt.timedelta(minutes=1), finished_at=timezone.now())
    SweepProblemFactory.create(sweep=run, achievement=broken, code="evaluation", message="division by zero")
    SweepProblem.objects.filter(achievement=broken).update(student=None)
    _provider(organization, f"{word}Ending", token_expires_at=timezone.now() + dt.timedelta(days=6))
    return troubles


def earned(organization: Organization, badge_name: str, *, student: User | None = None, **badge: object) -> None:
    """A badge that the student has earned and cannot get."""
    row = BadgeFactory.create(name=badge_name, organization=organization, **badge)
    achievement = AchievementFactory.create(name=f"Earns {badge_name}", organization=organization, badge=row)
    fields = {} if student is None else {"user": student}
    EarnedAchievementFactory.create(achievement=achievement, **fields)


def nobody(organization: Organization, **fields: object) -> User:
    """A student of whose account something is missing."""
    return StudentFactory.create(organization=organization, **fields)


def _addresses(organization: Organization, word: str) -> User:
    nameless = nobody(organization, first_name="Çağan", last_name=f"{word}Öztoprak", email="")
    for name in ("Owl", "Elk"):
        earned(organization, f"{word}{name}", student=nameless)
    earned(organization, f"{word}Ant", student=nobody(organization, email=f"{word}nonsense"))
    return nameless


def _accounts_and_templates(organization: Organization, provider: BadgeProvider, word: str) -> None:
    badge = {"provider": provider, "provider_template_id": "t"}
    earned(organization, f"{word}Emu", student=nobody(organization, is_active=False), **badge)
    earned(organization, f"{word}Yak", student=nobody(organization, first_name=f"{word}Sam", last_name=" "), **badge)
    earned(organization, f"{word}Bare", provider=provider)
    gone = BadgeFactory.create(name=f"{word}Gone", organization=organization, **badge)
    for _ in range(2):
        failed(gone, failure_code="template_unusable", failure_message="The template is archived.")


def _providers(organization: Organization, troubles: Troubles, word: str) -> None:
    soon = timezone.now() + dt.timedelta(hours=1)
    ProviderPace.objects.create(provider=troubles.silent, next_at=soon, failures=9, held_until=soon)
    earned(organization, f"{word}Off", provider=troubles.off)
    for provider, times in ((troubles.off, 2), (troubles.paused, 2), (troubles.silent, 1)):
        badge = BadgeFactory.create(name=f"{word}For {provider}", organization=organization, provider=provider)
        for _ in range(times):
            IssuedBadgeFactory.create(badge=badge, delivery="pending", status="pending", delivered_at=None)
    _provider(organization, f"{word}Idle", paused_at=PAST)


def _provider(organization: Organization, name: str, **fields: object) -> BadgeProvider:
    return BadgeProviderFactory.create(name=name, organization=organization, **fields)


def _credly(organization: Organization, name: str) -> BadgeProvider:
    return _provider(organization, name, kind=BadgeProvider.Kind.CREDLY, provider_organization_id="acme")
