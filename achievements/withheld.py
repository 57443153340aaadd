"""The badges that were earned and cannot be issued, each student and badge once for as long as that is so (N14)."""

from django.db.models import Exists, OuterRef, Q

from achievements.models import EarnedAchievement, EarnedAchievementQuerySet
from badges.models import BadgeProvider, IssuedBadge
from badges.obstacles import PLAIN_ADDRESS, Account, obstacles, together
from tms.models import User

_BUILT_IN = Q(achievement__badge__provider__kind=BadgeProvider.Kind.BUILT_IN)
_HAS_NO_NAME = Q(user__first_name__regex=r"^\s*$") | Q(user__last_name__regex=r"^\s*$")
# As badges.obstacles says it. What is valid without being plain was issued, and so is not among these.
_IS_OBSTRUCTED = (
    Q(achievement__badge__provider__is_enabled=False)
    | Q(user__is_active=False)
    | ~Q(user__email__regex=PLAIN_ADDRESS)
    | (~_BUILT_IN & (Q(achievement__badge__provider_template_id="") | _HAS_NO_NAME))
)
_TAKES_PART = Q(
    achievement__is_enabled=True,
    achievement__organization__achievements_enabled=True,
    user__participates_in_achievements=True,
    user__organization__achievements_enabled=True,
)


def withheld_from(user: User) -> EarnedAchievementQuerySet:
    """The earliest award of each pair of student and badge that the user may see and that nothing was issued for."""
    return _withheld(EarnedAchievement.objects.visible_to(user))


def reason_of(earned: EarnedAchievement) -> str:
    """Why the badge cannot be issued. Reads the student, and the badge with its provider."""
    assert earned.achievement.badge is not None
    refusal = together(obstacles(earned.achievement.badge, Account.of(earned.user)))
    return refusal.message if refusal else ""


def _withheld(rows: EarnedAchievementQuerySet) -> EarnedAchievementQuerySet:
    badge = OuterRef("achievement__badge")
    given = IssuedBadge.objects.filter(badge=badge, student=OuterRef("user"))
    earlier = EarnedAchievement.objects.filter(
        user=OuterRef("user"), achievement__badge=badge, nth=1, pk__lt=OuterRef("pk"), achievement__is_enabled=True
    )
    lacking = rows.filter(_TAKES_PART, nth=1, achievement__badge__isnull=False).filter(_IS_OBSTRUCTED)
    return lacking.exclude(Exists(given)).exclude(Exists(earlier))
