"""The page of the audit."""

from collections.abc import Sequence

import django_filters
from django.db.models import FETCH_RAISE
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from listing.columns import Column
from listing.filters import days, person
from listing.lists import listing
from organizations.audit.reading import entries_for
from organizations.leading import lead_to_people
from organizations.models import AuditEntry, User
from organizations.requests import Request, require
from organizations.scope import named
from organizations.telling_apart import tell_apart
from tms.audit.changes import put_changes
from tms.audit.words import ACTIONS, action_in_words, kind_in_words, kinds

SEE_AUDIT = "organizations.view_auditentry"


def _who(entry: AuditEntry) -> object:
    return entry.actor or ("" if entry.actor_id is None else _("Somebody whose account was deleted"))


def _about(entry: AuditEntry) -> str:
    return " ".join(words for words in (kind_in_words(entry.kind), entry.words) if words)


def _changes(entry: AuditEntry) -> str:
    return "; ".join(str(change) for change in entry.changes)  # type: ignore[attr-defined]


COLUMNS: list[Column[AuditEntry]] = [
    Column(name="at", label=_("When"), order_by=("pk",), css_class="when"),
    Column(name="actor", label=_("Who"), value=_who, template="tms/audit.html#who"),
    Column(
        name="action",
        label=_("What"),
        value=lambda entry: action_in_words(entry.action),
        template="tms/audit.html#what",
    ),
    Column(name="about", label=_("About"), value=_about, template="tms/audit.html#about"),
    Column(name="person", label=_("Person"), value="person", template="tms/audit.html#person"),
    Column(
        name="changes",
        label=_("Before and after"),
        value=_changes,
        template="tms/audit.html#changes",
        prepare=put_changes,
    ),
    Column(name="result", label=_("Result"), value="get_result_display", hidden=True),
    Column(name="address", label=_("From"), value="address"),
    Column(name="request_id", label=_("Request"), hidden=True),
]


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]  # the package has no types
    """What, about what, when, by whom and to whom."""

    action = django_filters.ChoiceFilter(label=_("What"), choices=list(ACTIONS.items()))
    kind = django_filters.ChoiceFilter(label=_("About"), choices=kinds)
    result = django_filters.ChoiceFilter(label=_("Result"), choices=AuditEntry.Result.choices)
    at = days("at", _("When"))
    actor = person("actor", _("Who"), among=lambda user: named(user, "actor"))
    person = person("person", _("Person"), among=lambda user: named(user, "person"))


@require_safe
def audit(request: Request) -> HttpResponseBase:
    """What people did in the organizations that the reader manages, the newest first."""
    require(request, SEE_AUDIT)
    rows = entries_for(request.user).select_related("actor__organization", "person__organization")
    found = listing(request, rows.fetch_mode(FETCH_RAISE), COLUMNS, sort="-at", filterset=AuditFilter)
    if found.wants_export:
        return found.export("audit", lambda entries: tell_apart(_people(entries), request.user))
    people = _people(list(found.page))
    tell_apart(people, request.user)
    lead_to_people(people, request.user)
    return render(request, "tms/audit.html", {"listing": found})


def _people(entries: Sequence[AuditEntry]) -> list[User]:
    return [one for entry in entries for one in (entry.actor, entry.person) if one is not None]
