"""Where a person can mend what keeps a badge from a student of a class."""

from collections.abc import Collection, Mapping

from django.urls import reverse

from badges.issuing.deciding import NOT_DELIVERED, REJECTED
from badges.issuing.reports import Refusal
from badges.models import Badge, BadgeProvider, IssuedBadge
from organizations.access import changeable_accounts
from organizations.models import User

_OF_ACCOUNTS = {"account_closed", "bad_email", "no_email", "no_name"}
_OF_BADGES = {"no_template", "manual_issuance_off"}
_OF_PROVIDERS = {"provider_disabled"}
_OF_ISSUED = {NOT_DELIVERED, REJECTED}

type Key = tuple[int, int]  # badge id, student id


def repairs_of(refused: Mapping[Key, Refusal], badges: Collection[Badge], user: User) -> dict[Key, str]:
    """By pair, the address of the page where the user can mend the reason; nothing of those that others have to mend.

    A query at most for each kind of thing that is to be mended, none where nothing is.
    """
    found: dict[Key, str] = {}
    for codes, addresses in _KINDS:
        wanted = {key for key, refusal in refused.items() if refusal.code in codes}
        if wanted:
            found |= addresses(wanted, badges, user)
    return found


def _accounts(wanted: Collection[Key], _badges: Collection[Badge], user: User) -> dict[Key, str]:
    if not (user.is_staff and user.has_perm("organizations.change_user")):
        return {}
    accounts = changeable_accounts(user).filter(pk__in={student for _badge, student in wanted})
    mine = set(accounts.values_list("pk", flat=True))
    return {key: reverse("admin:organizations_user_change", args=[key[1]]) for key in wanted if key[1] in mine}


def _to_badges(wanted: Collection[Key], _badges: Collection[Badge], user: User) -> dict[Key, str]:
    if not user.has_perm("badges.change_badge"):
        return {}
    badges = Badge.objects.changeable_by(user).filter(pk__in={badge for badge, _student in wanted})
    mine = set(badges.values_list("pk", flat=True))
    return {key: reverse("badges:edit", args=[key[0]]) for key in wanted if key[0] in mine}


def _to_providers(wanted: Collection[Key], badges: Collection[Badge], user: User) -> dict[Key, str]:
    if not user.has_perm("badges.change_badgeprovider"):
        return {}
    of = {badge.pk: badge.provider_id for badge in badges}
    providers = BadgeProvider.objects.changeable_by(user).filter(pk__in={of[badge] for badge, _student in wanted})
    mine = set(providers.values_list("pk", flat=True))
    return {key: reverse("badges:provider_edit", args=[of[key[0]]]) for key in wanted if of[key[0]] in mine}


def _to_issued(wanted: Collection[Key], _badges: Collection[Badge], user: User) -> dict[Key, str]:
    if not user.has_perm("badges.view_issuedbadge"):
        return {}
    rows = (
        IssuedBadge.objects.visible_to(user)
        .unrevoked()
        .filter(badge__in={badge for badge, _student in wanted}, student__in={student for _badge, student in wanted})
    )
    found = {(badge, student): pk for badge, student, pk in rows.values_list("badge_id", "student_id", "pk")}
    return {key: reverse("badges:issued_badge", args=[found[key]]) for key in wanted if key in found}


_KINDS = ((_OF_ACCOUNTS, _accounts), (_OF_BADGES, _to_badges), (_OF_PROVIDERS, _to_providers), (_OF_ISSUED, _to_issued))
