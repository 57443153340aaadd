"""Why does somebody not have a badge? Of any badge that achievements earn or people issue by hand (N2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch, Q

from achievements.explaining.access import Asking
from achievements.explaining.rewards import Goal, goals_among
from badges.held.holding_back import held_back
from badges.issuing import refusal_of_award
from badges.models import Badge, BadgeQuerySet, IssuedBadge
from classes.doors import Door
from classes.models import Class, Enrollment
from organizations.access import managed_organizations
from organizations.models import User

# So many classes are named from which the badge can be issued: the newest.
CLASSES = 3


@dataclass(frozen=True, kw_only=True)
class Lack:
    """What there is of one badge. `issued` is the person's last row of it, with what keeps it back: "" where it is held.

    `goals` are the achievements that earn it, with what is missing. `is_by_hand`: instructors and administrators issue it;
    `classes`, with their instructors, are those from which they can, and `doors` those where the reader may.
    `refusal` says what would keep it from the person anyway.
    """

    badge: Badge
    issued: IssuedBadge | None = None
    held_back: str = ""
    refusal: str = ""
    goals: list[Goal] = field(default_factory=list)
    is_by_hand: bool = False
    classes: list[Class] = field(default_factory=list)
    doors: list[Door] = field(default_factory=list)

    @property
    def is_held(self) -> bool:
        """Whether the person simply has it."""
        return self.issued is not None and not self.held_back

    @property
    def is_missing(self) -> bool:
        """Whether it can still be had: it was never issued, or it was taken back."""
        return self.issued is None or self.issued.is_revoked


def askable_badges(asking: Asking) -> BadgeQuerySet:
    """The badges about which the reader may ask: of achievements to ask about and, for others than the person, those that
    may be issued by hand in the classes and organizations of the reader's own.
    """
    offered = Q(pk__in=asking.achievements.filter(badge__isnull=False).values("badge_id"))
    if not asking.is_own:
        offered |= Q(manual_issuance=True, organization__in=asking.classes.order_by().values("organization_id"))
        if asking.is_close:
            offered |= Q(manual_issuance=True, organization__in=managed_organizations(asking.user))
    return Badge.objects.filter(offered).order_by("name", "pk")


def explain_lack(asking: Asking, badge: Badge, doors: Sequence[Door]) -> Lack:
    """Why the person does not have the badge, which the reader may ask about. Reads the badge's organization and provider."""
    rows = asking.issued.filter(badge=badge).select_related("provider").order_by("-pk")
    issued = rows.first()
    back = held_back(issued, is_own=asking.is_own) if issued is not None else ""
    if issued is not None and not issued.is_revoked:
        return Lack(badge=badge, issued=issued, held_back=back)
    refusal = refusal_of_award(badge, asking.student)
    achievements = asking.achievements.filter(badge=badge).select_related("organization", "badge")
    return Lack(
        badge=badge,
        issued=issued,
        held_back=back,
        refusal=refusal.message if refusal else "",
        goals=goals_among(asking.student, list(achievements.order_by("name", "pk"))),
        is_by_hand=badge.manual_issuance,
        classes=_classes(asking, badge) if badge.manual_issuance else [],
        doors=[door for door in doors if door.offers(badge)] if badge.manual_issuance else [],
    )


def _classes(asking: Asking, badge: Badge) -> list[Class]:
    """Of the badge's organization, where the person is Enrolled and the reader knows of it, with those who teach there."""
    lines = asking.enrollments.filter(enrollment_status=Enrollment.Status.ENROLLED)
    found = Class.objects.filter(pk__in=lines.values("klass_id"), organization=badge.organization_id)
    instructors = Prefetch("instructors", User.objects.order_by("last_name", "first_name", "pk"))
    return list(found.prefetch_related(instructors).order_by("-starts_at", "-pk")[:CLASSES])
