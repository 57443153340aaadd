"""Finds what was earned with a badge and never issued, since something is in the way: of the account, or of the badge.

Accounts and badges with a fault are few beside all that was earned. They are looked for first, and given as numbers:
so the planner knows how many rows they have, and joins nothing that they have decided.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from achievements.models import Achievement, EarnedAchievement
from badges.issuing.obstacles import faults_of_badges, in_the_way, needs_names
from badges.models import IssuedBadge
from operation.among import Among, ArrayOf
from organizations.models import User, faults_of_accounts
from organizations.scope import administered

type Earned = QuerySet[EarnedAchievement]

_TAKES_PART = {"participates_in_achievements": True, "organization__achievements_enabled": True}


@dataclass(frozen=True)
class _Achievements:
    """The ids of those that issue a badge: by whether it can be issued, also to who lacks a name; and of those whose badge
    others issue as well.
    """

    sound: Collection[int]
    naming: Collection[int]
    faulty: Collection[int]
    shared: Collection[int]

    @classmethod
    def now(cls) -> "_Achievements":
        """As they are. One query."""
        issue = Achievement.objects.filter(is_enabled=True, badge__isnull=False)
        others = issue.filter(badge=OuterRef("badge")).exclude(pk=OuterRef("pk"))
        found = issue.filter(organization__achievements_enabled=True).annotate(
            is_faulty=_any_of(faults_of_badges("badge__")),
            is_naming=needs_names("badge__"),
            is_shared=Exists(others),
        )
        rows = list(found.values_list("pk", "is_faulty", "is_naming", "is_shared"))
        return cls(
            sound=[pk for pk, is_faulty, _is_naming, _is_shared in rows if not is_faulty],
            naming=[pk for pk, is_faulty, is_naming, _is_shared in rows if is_naming and not is_faulty],
            faulty=[pk for pk, is_faulty, _is_naming, _is_shared in rows if is_faulty],
            shared=[pk for pk, _is_faulty, _is_naming, is_shared in rows if is_shared],
        )


def withheld_for(user: User) -> list[Earned]:
    """What is withheld of all that the user may see, each row in one of these. Two queries, before these are made."""
    achievements, seen = _Achievements.now(), EarnedAchievement.objects.visible_to(user)
    # Whatever people whom the user administers earned is seen: nothing is asked of its rows.
    theirs = _of_accounts(EarnedAchievement.objects.all(), administered(user), achievements)
    of_badges = _of_badges(seen, achievements)
    return [theirs, of_badges] if user.is_superuser else [theirs, _of_others(seen, user, achievements), of_badges]


def withheld_among(earned: Earned) -> list[Earned]:
    """The same of what one person earned."""
    achievements = _Achievements.now()
    its = Q(pk__in=earned.order_by().values("user"))
    return [_of_accounts(earned, its, achievements), _of_badges(earned, achievements)]


def _accounts() -> QuerySet[User]:
    return User.objects.get_queryset().with_a_fault().filter(**_TAKES_PART)


def _of_accounts(earned: Earned, who: Q, achievements: _Achievements) -> Earned:
    """Those of the rows that are kept back by their account, of these accounts.

    What is valid without being plain was issued, and so is not among these.
    """
    faults = faults_of_accounts()
    del faults["no_name"]
    rows = list(_accounts().filter(who).annotate(is_always=_any_of(faults)).values_list("pk", "is_always"))
    always, nameless = [pk for pk, is_always in rows if is_always], [pk for pk, is_always in rows if not is_always]
    is_kept_back = Q(Among("user", always)) & Q(Among("achievement", achievements.sound))
    if nameless and achievements.naming:
        is_kept_back |= Q(Among("user", nameless)) & Q(Among("achievement", achievements.naming))
    return _never_issued(earned.filter(is_kept_back), achievements)


def _of_others(seen: Earned, user: User, achievements: _Achievements) -> Earned:
    """The same of people whom the user does not administer: what is seen of them is asked row by row."""
    accounts = ArrayOf(_accounts().exclude(administered(user)).values("pk"))
    found = seen.filter(Q(Among("user", accounts)) & Q(Among("achievement", achievements.sound)))
    return _never_issued(
        found.filter(_any_of(in_the_way(badge="achievement__badge__", student="user__"))), achievements
    )


def _of_badges(earned: Earned, achievements: _Achievements) -> Earned:
    takes_part = {f"user__{name}": value for name, value in _TAKES_PART.items()}
    found = earned.filter(Q(Among("achievement", achievements.faulty)), **takes_part)
    return _never_issued(found, achievements)


def _never_issued(earned: Earned, achievements: _Achievements) -> Earned:
    """Those that were earned first by this achievement, where nothing was ever issued."""
    given = IssuedBadge.objects.filter(badge=OuterRef("achievement__badge"), student=OuterRef("user"))
    earlier = EarnedAchievement.objects.filter(
        user=OuterRef("user"),
        achievement__badge=OuterRef("achievement__badge"),
        achievement__is_enabled=True,
        nth=1,
        pk__lt=OuterRef("pk"),
    )
    found = earned.filter(~Exists(given), nth=1)
    if not achievements.shared:
        return found
    return found.exclude(Q(Among("achievement", achievements.shared)) & Q(Exists(earlier)))


def _any_of(conditions: Mapping[str, Q]) -> Q:
    return reduce(or_, conditions.values())
