"""Lists: Credly's filter grammar, its sorts and its pages."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from tests.credly import clock, guesses
from tests.credly.state import Badge, State, Template

PAGE = 50


def parsed_filters(text: str) -> dict[str, list[str]]:
    """`key::value|key::v1,v2`; a part without `::` says nothing."""
    parts = [part.partition("::") for part in text.split("|")]
    return {key: values.split(",") for key, colons, values in parts if colons and values}


def badges(state: State, filters: dict[str, list[str]], sort: str) -> list[Badge]:
    """What is listed by now and matches; unknown keys are ignored, as Credly does."""
    with state.lock:
        found = _candidates(state, filters)
        tests = [(_BADGE_FILTERS[key], values) for key, values in filters.items() if key in _BADGE_FILTERS]
        moment = clock.now()
        listed = [
            badge
            for badge in found
            if badge.listed_from <= moment and all(matches(badge, values, state) for matches, values in tests)
        ]
        return _sorted(listed, sort, lambda badge, name: _badge_key(badge, name, state))


def templates(state: State, filters: dict[str, list[str]], sort: str) -> list[Template]:
    with state.lock:
        tests = [(_TEMPLATE_FILTERS[key], values) for key, values in filters.items() if key in _TEMPLATE_FILTERS]
        found = [
            template
            for template in state.templates.values()
            if template.organization_id == state.organization and all(matches(template, v) for matches, v in tests)
        ]
        return _sorted(found, sort, lambda template, name: getattr(template, name, ""))


def page(rows: list[Any], query: dict[str, str], path: str, site: str) -> tuple[list[Any], dict[str, Any]]:
    """The rows of the page that was asked for, and the metadata of the list."""
    asked = query.get("page", "1")
    number = max(1, int(asked)) if asked.isdecimal() else 1
    pages = max(1, -(-len(rows) // PAGE))
    shown = rows[(number - 1) * PAGE : number * PAGE]

    def address(of: int) -> str | None:
        if not 1 <= of <= pages:
            return None
        return f"{site}{guesses.NEXT_PAGE_PATH}{path.removeprefix('/v1')}?{urlencode(query | {'page': of})}"

    return shown, {
        "count": len(shown),
        "current_page": number,
        "total_count": len(rows),
        "total_pages": pages,
        "per": PAGE,
        "previous_page_url": address(number - 1),
        "next_page_url": address(number + 1),
    }


def _candidates(state: State, filters: dict[str, list[str]]) -> Iterable[Badge]:
    """A person's few badges instead of everybody's, where the filter names a person."""
    for key, kind in (("issuer_earner_id", "earner"), ("recipient_email", "email")):
        if key in filters:
            return [badge for value in filters[key] for badge in state.badges_of(kind, value)]
    return list(state.badges.values())


def _sorted[Row](rows: list[Row], sort: str, key: Callable[[Row, str], Any]) -> list[Row]:
    for part in reversed((sort or guesses.DEFAULT_SORT).split("|")):
        name = part.removeprefix("-")
        rows = sorted(rows, key=lambda row: key(row, name), reverse=part.startswith("-"))
    return rows


def _badge_key(badge: Badge, name: str, state: State) -> Any:
    if name == "badge_templates[name]":
        return _name_of(badge, state)
    if name in ("issued_at", "state_updated_at", "updated_at"):
        return getattr(badge, name)
    return badge.created_at


def _name_of(badge: Badge, state: State) -> str:
    template = state.templates.get(badge.template_id)
    return template.name if template else ""


def _is_one_of(value: str | None, values: list[str]) -> bool:
    return value is not None and value.casefold() in {wanted.casefold() for wanted in values}


def _since(moment: dt.datetime | None, values: list[str]) -> bool:
    wanted = clock.parsed(values[0])
    return moment is not None and wanted is not None and clock.dated(moment) >= wanted.date().isoformat()  # type: ignore[operator]


def _until(moment: dt.datetime | None, values: list[str]) -> bool:
    wanted = clock.parsed(values[0])
    return moment is not None and wanted is not None and clock.dated(moment) <= wanted.date().isoformat()  # type: ignore[operator]


def _has_query(words: Iterable[str | None], values: list[str]) -> bool:
    return any(values[0].strip('"').casefold() in (word or "").casefold() for word in words)


_BADGE_FILTERS: dict[str, Callable[[Badge, list[str], State], bool]] = {
    "recipient_email": lambda badge, values, _: _is_one_of(badge.recipient_email, values),
    "recipient_email_all": lambda badge, values, state: badge.user_id in {state.user_of(value) for value in values},
    "badge_template_id": lambda badge, values, _: _is_one_of(badge.template_id, values),
    "issuer_earner_id": lambda badge, values, _: _is_one_of(badge.issuer_earner_id, values),
    "state": lambda badge, values, _: _is_one_of(badge.state, values),
    "public": lambda badge, values, _: _is_one_of(str(badge.public), values),
    "query": lambda badge, values, _: _has_query((badge.recipient_email, badge.issued_to_last_name), values),
    "badge_templates[name]": lambda badge, values, state: _has_query((_name_of(badge, state),), values),
    "expires_at_date_max": lambda badge, values, _: _until(badge.expires_at, values),
    "updated_at_min": lambda badge, values, _: _since(badge.updated_at, values),
    "updated_at_max": lambda badge, values, _: _until(badge.updated_at, values),
}
_TEMPLATE_FILTERS: dict[str, Callable[[Template, list[str]], bool]] = {
    "query": lambda template, values: _has_query((template.name, template.description), values),
    "name": lambda template, values: (
        template.name == values[0].strip('"') if values[0].startswith('"') else _has_query((template.name,), values)
    ),
    "state": lambda template, values: _is_one_of(template.state, values),
    "public": lambda template, values: _is_one_of(str(template.public), values),
    "skills": lambda template, values: any(_is_one_of(skill, values) for skill in template.skills),
    "reporting_tags": lambda template, values: any(_is_one_of(tag, values) for tag in template.reporting_tags),
    "created_at_min": lambda template, values: _since(template.created_at, values),
    "created_at_max": lambda template, values: _until(template.created_at, values),
    "updated_at_min": lambda template, values: _since(template.updated_at, values),
    "updated_at_max": lambda template, values: _until(template.updated_at, values),
}
