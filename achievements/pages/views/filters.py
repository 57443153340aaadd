"""The dialogs in which the filters of the list of achievements are chosen (S57)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import FETCH_RAISE, QuerySet
from django.http.response import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from achievements.pages import columns
from achievements.pages.forms import badges_to_filter_by, organizations_to_filter_by
from achievements.pages.views.fetching import SEE
from listing.lists import Choice, Column, listing
from listing.narrowing import MOST_CHOSEN
from organizations.requests import Request, require

DONE, PREFIX = "done", "choose"


@require_safe
def filter_badges(request: Request) -> HttpResponse:
    """Choose Badge: the achievements of any of these are looked for."""
    rows = badges_to_filter_by(request).select_related("organization")
    return _choose(request, rows, columns.BADGES_TO_CHOOSE, name="badge", title=_("Choose Badges"))


@require_safe
def filter_organizations(request: Request) -> HttpResponse:
    """Organization (Choose): the achievements of any of these are looked for."""
    rows = organizations_to_filter_by(request).select_related("parent")
    return _choose(request, rows, columns.ORGANIZATIONS_TO_CHOOSE, name="organization", title=_("Choose Organizations"))


def _choose(
    request: Request, rows: QuerySet[Any], shown: Sequence[Column[Any]], *, name: str, title: Promise
) -> HttpResponse:
    """The dialog; when it is done, the list with what was chosen and with what it had been asked before."""
    require(request, SEE)
    if DONE in request.GET:
        return redirect(_list_with(request))
    form = f"filter-{name}-search"
    found = listing(
        request,
        rows.fetch_mode(FETCH_RAISE),
        shown,
        sort="name",
        search=("name",),
        per_page=50,
        choose=Choice(name, form=form, prefix=PREFIX),
        name=f"filter-{name}",
    )
    template = "achievements/filter.html#dialog" if request.htmx else "achievements/filter.html"
    context = {"listing": found, "title": title, "form": form, "back": _list_with(request), "most": MOST_CHOSEN}
    return render(request, template, context)


def _list_with(request: Request) -> str:
    query = request.GET.copy()
    for name in [name for name in query if name == DONE or name.startswith(f"{PREFIX}-")]:
        del query[name]
    return f"{reverse('achievements:list')}?{query.urlencode()}"
