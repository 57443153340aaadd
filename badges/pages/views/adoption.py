"""Adoption: what became of the badges that were issued, step by step, and of each badge and each way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db.models import FETCH_RAISE
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from badges.catalogue.leading import lead_to_badges
from badges.held.adoption import Adoption, Share, adoption_of, counted, lately
from badges.models import Badge, IssuedBadge, Step, Via
from badges.pages import columns
from badges.pages.forms import AdoptionFilter
from badges.pages.views.issued import SEE_ISSUED
from listing.downloads import download
from listing.lists import Listing, listing
from listing.narrowing import names_of
from organizations.requests import Request, require

# Those that were issued most. The export has them all.
BADGES_SHOWN = 100


@dataclass(frozen=True)
class Line:
    """What became of the issued badges of one badge, or by one way."""

    of: Badge | Via
    shares: list[Share]


@require_safe
def adoption(request: Request) -> HttpResponseBase:
    """How many badges took each step, with the filters of Find Issued Badges, to whose lists the numbers lead."""
    require(request, SEE_ISSUED)
    rows = counted(IssuedBadge.objects.visible_to(request.user))
    opening = f"issued_at_after={lately(timezone.now())}"
    found = listing(request, rows, columns.ISSUED, sort="-issued_at", filterset=AdoptionFilter, opening=opening)
    if found.wants_suggestions:
        return found.suggestions()
    told = adoption_of(found.queryset)
    if found.wants_export:
        return download(request, "adoption", _heads(), _exported(told))
    of_badges = told.by_badge
    query = _query(found)
    context = {
        "listing": found,
        "steps": list(Step),
        "issued": told.issued,
        "is_anything_older": not told.issued and found.menu.is_opening and rows.exists(),
        "all": _linked(told.all, query),
        "badges": _of_badges(request, of_badges[:BADGES_SHOWN], query),
        "more_badges": max(0, len(of_badges) - BADGES_SHOWN),
        "badges_shown": BADGES_SHOWN,
        "ways": [Line(way, _linked(shares, query, via=way.value)) for way, shares in told.by_way],
    }
    return render(request, "badges/adoption.html", context)


def _of_badges(request: Request, found: list[tuple[int, list[Share]]], query: QueryDict) -> list[Line]:
    badges = Badge.objects.select_related("organization").fetch_mode(FETCH_RAISE).in_bulk([pk for pk, _shares in found])
    lead_to_badges(badges.values(), request.user)
    return [Line(badges[pk], _linked(shares, query, of_badge=str(pk))) for pk, shares in found]


def _query(found: Listing[IssuedBadge]) -> QueryDict:
    """What narrows the page, as Find Issued Badges is asked the same."""
    query = QueryDict(mutable=True)
    for name in (name for item in found.filters for name in names_of(item.field)):
        if values := [value for value in found.asked.getlist(name) if value]:
            query.setlist(name, values)
    return query


def _linked(shares: list[Share], query: QueryDict, **narrowed: str) -> list[Share]:
    """The shares, each with the address of the list of what it counts."""
    return [replace(share, url=_list_of(share, query, narrowed)) for share in shares]


def _list_of(share: Share, query: QueryDict, narrowed: dict[str, str]) -> str:
    if not share.count:
        return ""
    asked = query.copy()
    for name, value in {**narrowed, "step": share.step.value}.items():
        asked[name] = value
    return f"{reverse('badges:issued')}?{asked.urlencode()}"


def _heads() -> list[str]:
    shares = (_("%(step)s (%%)") % {"step": step.label} for step in Step if step != Step.ISSUED)
    return [_("Badge"), _("Organization"), *(str(step.label) for step in Step), *shares]


def _exported(told: Adoption) -> Iterator[list[object]]:
    """A line for each badge; what is not told stays empty, which a 0 would not."""
    of_badges = told.by_badge
    badges = Badge.objects.select_related("organization").in_bulk([pk for pk, _shares in of_badges])
    for pk, shares in of_badges:
        badge = badges[pk]
        percents = [share.percent for share in shares if not share.is_first]
        yield [badge.name, badge.organization.name, *(share.count for share in shares), *percents]
