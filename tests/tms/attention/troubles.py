"""A world with every kind of trouble that somebody has to end."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from achievements.models import Hold, SweepProblem
from badges.models import Badge, BadgeProvider, IssuedBadge, ProviderPace, Via
from classes.models import Class
from organizations.models import Organization, User
from tests.achievements.log.not_delivered import failed
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    ClassFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    HoldFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
    SweepFactory,
    SweepProblemFactory,
)

# Kind, and how many badges, awards or students wait, of all lines of `trouble`.
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
        ("class", 1),
        ("token", 0),
    ]
)
BADGES = 17
# The same of `teaching_trouble`, for an organization's instructor and for a contract instructor.
TAUGHT = {
    "instructor": sorted([("class", 1), ("delivery", 2), ("provider", 1)]),
    "contractor": sorted([("class", 2), ("delivery", 3), ("provider", 1)]),
}


@dataclass
class Troubles:
    """Whom and what they are about."""

    nameless: User
    paused: BadgeProvider
    silent: BadgeProvider
    off: BadgeProvider
    refusing: BadgeProvider
    gone: Badge
    hold: Hold


def trouble(organization: Organization, *, word: str = "") -> Troubles:
    """Of every kind something, in this organization; `word` is in all names."""
    troubles = Troubles(
        nameless=_addresses(organization, word),
        paused=_provider(organization, f"{word}Paused", paused_at=PAST, pause_reason="The token does not work."),
        silent=_provider(organization, f"{word}Silent"),
        off=_provider(organization, f"{word}Off", is_enabled=False, disabled_at=PAST),
        refusing=(refusing := _credly(organization, f"{word}Refusing")),
        gone=_gone(organization, refusing, word),
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
    ended_class(f"{word}Forgotten", organization, [nobody(organization)], ago=dt.timedelta(days=4))
    _provider(organization, f"{word}Ending", token_expires_at=timezone.now() + dt.timedelta(days=6))
    return troubles


def ended_class(name: str, organization: Organization, students: list[User], *, ago: dt.timedelta, **fields) -> Class:
    """A class that ended so long ago; no completion was set."""
    ends_at = timezone.now() - ago
    klass = ClassFactory.create(
        name=name, organization=organization, starts_at=ends_at - dt.timedelta(hours=8), ends_at=ends_at, **fields
    )
    for student in students:
        EnrollmentFactory.create(klass=klass, student=student)
    return klass


def issued_from(klass: Class, student: User, by: User, *, badge: Badge | None = None, **fields: object) -> IssuedBadge:
    """A badge that somebody issued from the roster and that did not arrive."""
    batch = IssuanceBatchFactory.create(
        organization=klass.organization, via=Via.ROSTER, source_id=klass.pk, source_words=klass.name, issued_by=by
    )
    row: IssuedBadge = failed(
        badge or BadgeFactory.create(name="Owl", organization=klass.organization),
        student=student,
        batch=batch,
        issued_by=by,
        via=Via.ROSTER,
        source_id=klass.pk,
        **fields,
    )
    IssuanceItemFactory.create(batch=batch, badge=row.badge, student=student, issued_badge=row, code="", message="")
    return row


def teaching_trouble(world) -> Class:
    """Something of what those who teach have to see to: of the class of both instructors, and of nobody else's.

    The instructor issued to the own student, the contractor to the guest of another organization and to the student.
    """
    ours = ended_class(
        "Diving",
        world.academy,
        [world.student, world.guest],
        ago=dt.timedelta(hours=1),
        instructors=[world.instructor, world.contractor],
    )
    refusing = _credly(world.academy, "Seals")
    badges = [
        BadgeFactory.create(name=name, organization=world.academy, provider=refusing, provider_template_id="t")
        for name in ("Owl", "Elk")
    ]
    issued_from(ours, world.student, world.instructor, badge=badges[0])
    issued_from(ours, world.student, world.contractor, badge=badges[1])
    issued_from(ours, world.guest, world.contractor, badge=badges[0])
    paused = _provider(world.academy, "Paused", paused_at=PAST)
    waiting = BadgeFactory.create(name="Ant", organization=world.academy, provider=paused)
    on_its_way = issued_from(ours, world.student, world.instructor, badge=waiting)
    IssuedBadge.objects.filter(pk=on_its_way.pk).update(delivery="pending", claimed_at=PAST)
    theirs = ended_class("Theirs", world.academy, [world.student], ago=dt.timedelta(hours=1))
    issued_from(theirs, world.student, world.administrator, badge=BadgeFactory.create(organization=world.academy))
    earned(world.academy, "Yak", student=nobody(world.academy, email=""))
    return ours


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


def _gone(organization: Organization, provider: BadgeProvider, word: str) -> Badge:
    gone: Badge = BadgeFactory.create(
        name=f"{word}Gone", organization=organization, provider=provider, provider_template_id="t"
    )
    for _ in range(2):
        failed(gone, failure_code="template_unusable", failure_message="The template is archived.")
    return gone


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
