"""What the causes that wait for a person are about: the rows of those that are drawn, read at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Model, Window
from django.db.models.functions import RowNumber

from achievements.log.undelivered import ACCOUNT, BADGE, PROVIDER, changeable
from achievements.models import Achievement, Hold
from badges.catalogue.leading import lead_to_badges
from badges.models import Badge, BadgeProvider, BadgeTemplate
from classes.models import Class
from classes.wrapping_up import with_students
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.telling_apart import tell_apart
from tms.attention.finding import SEE_PROVIDERS, Finding, Kind

# So many templates are offered in a line; more are found by name where the badge is edited.
MOST_TEMPLATES = 25


class Subjects:
    """What the findings are about, and what of it the reader may open and change."""

    def __init__(self, found: Sequence[Finding], user: User) -> None:
        self.user = user
        accounts = User.objects.select_related("organization").in_bulk(_ids(found, Kind.ADDRESS, Kind.ACCOUNT))
        badges = Badge.objects.select_related("organization", "provider").in_bulk(_ids(found, Kind.TEMPLATE))
        providers = _providers(_ids(found, Kind.PROVIDER, Kind.DELIVERY, Kind.TOKEN))
        holds = Hold.objects.select_related("achievement__organization").in_bulk(_ids(found, Kind.AWARDS))
        achievements = Achievement.objects.select_related("organization").in_bulk(_ids(found, Kind.EVALUATION))
        classes = _classes(_ids(found, Kind.CLASS), user)
        tell_apart([*accounts.values(), *(one for klass in classes.values() for one in klass.instructors.all())], user)
        lead_to_people(accounts.values(), user)
        lead_to_badges(badges.values(), user)
        self.accounts, self.badges, self.providers = accounts, badges, providers
        self.holds, self.achievements, self.classes = holds, achievements, classes
        self.templates = _templates({badge.provider_id for badge in badges.values()})
        self.mine = {
            what: changeable(what, rows, user) if rows else set()
            for what, rows in ((ACCOUNT, accounts), (BADGE, badges), (PROVIDER, providers))
        }
        sees = BadgeProvider.objects.visible_to(user).filter(pk__in=providers) if user.has_perm(SEE_PROVIDERS) else []
        self.providers_in_sight = {row.pk for row in sees} if providers else set()

    def of(self, one: Finding) -> Mapping[int, Model]:
        """The rows of its kind."""
        others: Mapping[Kind, Mapping[int, Model]] = {
            Kind.ADDRESS: self.accounts,
            Kind.ACCOUNT: self.accounts,
            Kind.TEMPLATE: self.badges,
            Kind.AWARDS: self.holds,
            Kind.EVALUATION: self.achievements,
            Kind.CLASS: self.classes,
        }
        return others.get(one.kind, self.providers)

    def has(self, one: Finding) -> bool:
        """Whether its subject is still there."""
        return one.kind == Kind.SWEEP or one.about in self.of(one)


def _ids(found: Iterable[Finding], *kinds: Kind) -> list[int]:
    return [one.about for one in found if one.kind in kinds]


def _providers(ids: Collection[int]) -> dict[int, BadgeProvider]:
    return BadgeProvider.objects.select_related("organization", "pace").defer("encrypted_token").in_bulk(ids)


def _templates(providers: Collection[int]) -> dict[int, list[BadgeTemplate]]:
    """Of each of the providers those that can be issued from, by name; of one that has more than MOST_TEMPLATES, none."""
    if not providers:
        return {}
    usable = BadgeTemplate.objects.filter(provider__in=providers, state=BadgeTemplate.State.ACTIVE)
    place = Window(RowNumber(), partition_by="provider", order_by=("name", "pk"))
    found: dict[int, list[BadgeTemplate]] = defaultdict(list)
    for template in usable.annotate(place=place).filter(place__lte=MOST_TEMPLATES + 1).order_by("provider", "place"):
        found[template.provider_id].append(template)
    return {pk: rows for pk, rows in found.items() if len(rows) <= MOST_TEMPLATES}


def _classes(ids: Collection[int], user: User) -> dict[int, Any]:
    rows = Class.objects.select_related("organization").prefetch_related("instructors")
    return with_students(rows, user).in_bulk(ids) if ids else {}
