"""The paths of Credly's API, and what each does. A trailing slash is tolerated, as Credly does."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.credly import guesses, listing, objects, validation
from tests.credly.refusing import Refusal, refusal
from tests.credly.state import State, Template


@dataclass
class Call:
    """One request, and how long a badge that it issues stays out of the lists."""

    method: str
    target: str
    headers: dict[str, str]
    raw: bytes
    site: str
    state: State
    lag: float = 0
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path.rstrip("/")

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def body(self) -> dict[str, Any]:
        """Raises Refusal for what is no JSON object."""
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise refusal("not_json")
        try:
            body = json.loads(self.raw)
        except ValueError:
            raise refusal("unreadable_json") from None
        if not isinstance(body, dict):
            raise refusal("unreadable_json")
        return body


class Answer(NamedTuple):
    status: int
    body: dict[str, Any] | None = None


type Act = Callable[[Call], Answer]


class Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    kind: str
    right: str
    act: Act


def find(call: Call) -> Route | None:
    """The route of the call, whose ids it is given."""
    for route in _ROUTES:
        if route.method == call.method and (found := route.pattern.fullmatch(call.path)):
            call.ids = found.groupdict()
            return route
    return None


def answer(call: Call, route: Route | None) -> Answer:
    """Raises Refusal."""
    token = call.state.token_of(_secret(call.headers.get("authorization", "")))
    if route is None:
        raise refusal("no_path")
    if not getattr(token, route.right):
        raise refusal({"can_read": "may_not_read", "can_write": "may_not_write"}.get(route.right, "may_not_delete"))
    if call.ids.get("organization", call.state.organization) != call.state.organization:
        raise refusal("other_organization")
    return route.act(call)


def _secret(header: str) -> str:
    """HTTP Basic with the token as the name and no password, exactly."""
    scheme, _, encoded = header.partition(" ")
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise refusal("no_token") from None
    if scheme.lower() != "basic" or not colon or password:
        raise refusal("no_token")
    return name


def _one(shown: dict[str, Any], status: int = 200) -> Answer:
    return Answer(status, {"data": shown, "metadata": {}})


def _page(call: Call, rows: list[Any], show: Callable[[Any], dict[str, Any]]) -> Answer:
    shown, metadata = listing.page(rows, call.query, call.path, call.site)
    return Answer(200, {"data": [show(row) for row in shown], "metadata": metadata})


# --- the account


def organizations(call: Call) -> Answer:
    return _page(call, [call.state], lambda state: objects.organization(state, call.site))


def organization(call: Call) -> Answer:
    return _one(objects.organization(call.state, call.site))


def change_organization(call: Call) -> Answer:
    call.state.webhook_url = str(call.body.get("webhook_url") or "")
    return organization(call)


def owners(call: Call) -> Answer:
    return _page(call, [call.state], lambda state: objects.owner(state, call.site))


def tokens(call: Call) -> Answer:
    return _page(call, list(call.state.tokens.values()), objects.token)


# --- templates


def templates(call: Call) -> Answer:
    query = call.query
    rows = listing.templates(call.state, listing.parsed_filters(query.get("filter", "")), query.get("sort", ""))
    return _page(call, rows, lambda row: objects.template(row, call.state, call.site))


def template(call: Call) -> Answer:
    return _one(objects.template(call.state.template(call.ids["template"]), call.state, call.site))


def add_template(call: Call) -> Answer:
    wanted = _template_fields(call.body)
    added = call.state.add_template(Template(organization_id=call.state.organization, **({"name": ""} | wanted)))
    return _one(objects.template(added, call.state, call.site), 201)


def change_template(call: Call) -> Answer:
    changed = call.state.change_template(call.ids["template"], **_template_fields(call.body))
    return _one(objects.template(changed, call.state, call.site))


def delete_template(call: Call) -> Answer:
    call.state.delete_template(call.ids["template"])
    return Answer(204)


def _template_fields(body: dict[str, Any]) -> dict[str, Any]:
    known = ("name", "description", "state", "allow_duplicate_badges", "public", "skills", "reporting_tags")
    return {name: body[name] for name in known if name in body}


# --- badges


def issue(call: Call) -> Answer:
    badge = validation.badge_from(call.body, call.state)
    badge.listed_from += timedelta(seconds=call.lag)
    return _one(objects.badge(call.state.add(badge), call.state, call.site), 201)


def issue_batch(call: Call) -> Answer:
    """All or none; the first bad item is named by its index."""
    wanted = call.body.get("badges")
    if not isinstance(wanted, list) or not wanted:
        raise refusal("batch_empty")
    if len(wanted) > guesses.BATCH_LIMIT:
        raise refusal("batch_too_long")
    made = []
    for index, body in enumerate(wanted):
        try:
            made.append(validation.badge_from(body if isinstance(body, dict) else {}, call.state))
        except Refusal as why:
            why.data["error_index"] = index
            raise
    shown = [objects.badge(badge, call.state, call.site) for badge in call.state.add_all(made)]
    return Answer(201, {"data": shown, "metadata": {}})


def badges(call: Call) -> Answer:
    query = call.query
    rows = listing.badges(call.state, listing.parsed_filters(query.get("filter", "")), query.get("sort", ""))
    return _page(call, rows, lambda row: objects.badge(row, call.state, call.site))


def bulk_badges(call: Call) -> Answer:
    query = call.query
    rows = listing.badges(call.state, listing.parsed_filters(query.get("filter", "")), query.get("sort", ""))
    show = objects.minimal_badge if query.get("badge_format") == "minimal" else objects.badge
    shown = [show(row, call.state, call.site) for row in rows[: guesses.BULK_PAGE]]
    return Answer(200, {"data": shown, "metadata": {"next_page_url": None}})


def badge(call: Call) -> Answer:
    if not guesses.ONE_BADGE_CAN_BE_READ:
        raise refusal("no_path")
    return _one(objects.badge(call.state.badge(call.ids["badge"]), call.state, call.site))


def replace(call: Call) -> Answer:
    old = call.state.badge(call.ids["badge"])
    new = call.state.replace(old.id, validation.replacement_from(call.body, old, call.state))
    return _one(objects.badge(new, call.state, call.site, has_both_addresses=True), 201)


def revoke(call: Call) -> Answer:
    held = call.state.badge(call.ids["badge"])
    reason = call.body.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise refusal("reason_blank")
    return _one(objects.badge(call.state.revoke(held.id, reason), call.state, call.site))


def delete(call: Call) -> Answer:
    call.state.delete(call.ids["badge"])
    return Answer(204)


# --- events and Open Badges 2.0


def events(call: Call) -> Answer:
    with call.state.lock:
        rows = sorted(call.state.events.values(), key=lambda event: event.occurred_at, reverse=True)
    return _page(call, rows, lambda row: objects.event(row, call.state, call.site))


def event(call: Call) -> Answer:
    found = call.state.events.get(call.ids["event"])
    if found is None:
        raise refusal("not_found")
    return _one(objects.event(found, call.state, call.site))


def assertion(call: Call) -> Answer:
    return Answer(200, objects.assertion(call.state.badge(call.ids["badge"]), call.site))


def _routes() -> list[Route]:
    one = r"/v1/organizations/(?P<organization>[^/]+)"
    a_template, a_badge = one + r"/badge_templates/(?P<template>[^/]+)", one + r"/badges/(?P<badge>[^/]+)"
    table: list[tuple[str, str, str, Act]] = [
        ("GET", "/v1/organizations", "organization", organizations),
        ("GET", one, "organization", organization),
        ("PUT", one, "organization", change_organization),
        ("GET", one + "/issuers", "organization", owners),
        ("GET", one + "/grantors", "organization", owners),
        ("GET", one + "/authorization_tokens", "tokens", tokens),
        ("GET", one + "/badge_templates", "templates", templates),
        ("POST", one + "/badge_templates", "template", add_template),
        ("GET", a_template, "template", template),
        ("PUT", a_template, "template", change_template),
        ("DELETE", a_template, "template", delete_template),
        ("POST", one + "/badges", "issue", issue),
        ("POST", one + "/badges/batch", "batch", issue_batch),
        ("GET", one + "/badges", "list", badges),
        ("GET", one + "/high_volume_issued_badge_search", "bulk_list", bulk_badges),
        ("GET", a_badge, "badge", badge),
        ("POST", a_badge + "/replace", "replace", replace),
        ("PUT", a_badge + "/revoke", "revoke", revoke),
        ("DELETE", a_badge, "delete", delete),
        ("GET", one + "/events", "events", events),
        ("GET", one + "/events/(?P<event>[^/]+)", "event", event),
        ("GET", "/v1/obi/v2/badge_assertions/(?P<badge>[^/]+)", "assertion", assertion),
    ]
    rights = {"GET": "can_read", "POST": "can_write", "PUT": "can_write", "DELETE": "can_delete"}
    return [Route(method, re.compile(path), kind, rights[method], act) for method, path, kind, act in table]


_ROUTES = _routes()
