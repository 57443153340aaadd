"""What Credly takes as a badge to be issued, and what it says when it does not."""

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit

from tests.credly import clock
from tests.credly.refusing import refusal
from tests.credly.state import Badge, State

LOCALES = ("en", "fr", "de", "ko", "ja", "zh-CN", "pt", "es-ES", "es-US", "fr-CA", "pt-BR")
_EMAIL = re.compile(r"[^@\s,|]+@[^@\s,|.]+(\.[^@\s,|.]+)+")


def badge_from(body: dict[str, Any], state: State) -> Badge:
    """The badge that the body of POST badges asks for. Raises Refusal with every fault at once."""
    faults = [
        *_email_faults(body.get("recipient_email")),
        *(["first_name_blank"] if _is_blank(body.get("issued_to_first_name")) else []),
        *(["last_name_blank"] if _is_blank(body.get("issued_to_last_name")) else []),
        *_common_faults(body, state),
        *(["locale_unknown"] if body.get("locale") not in (*LOCALES, None) else []),
    ]
    if faults:
        raise refusal(*faults)
    email = body["recipient_email"].strip()
    return Badge(
        recipient_email=email,
        issued_to_first_name=body["issued_to_first_name"].strip(),
        issued_to_middle_name=body.get("issued_to_middle_name"),
        issued_to_last_name=body["issued_to_last_name"].strip(),
        user_id=state.user_of(email),
        locale=body.get("locale") or "en",
        suppress_badge_notification_email=bool(body.get("suppress_badge_notification_email")),
        **_common(body, state),
    )


def replacement_from(body: dict[str, Any], old: Badge, state: State) -> Badge:
    """The badge that replaces `old`; what the body does not name stays as it was. The address cannot change."""
    if faults := _common_faults(body, state):
        raise refusal(*faults)
    first, _, last = (body.get("issued_to") or "").partition(" ")
    common = _common(body, state)
    common["issuer_earner_id"] = common["issuer_earner_id"] or old.issuer_earner_id
    return Badge(
        recipient_email=old.recipient_email,
        issued_to_first_name=body.get("issued_to_first_name") or first or old.issued_to_first_name,
        issued_to_middle_name=body.get("issued_to_middle_name") or old.issued_to_middle_name,
        issued_to_last_name=body.get("issued_to_last_name") or last or old.issued_to_last_name,
        user_id=old.user_id,
        **common,
    )


def _common_faults(body: dict[str, Any], state: State) -> list[str]:
    return [
        *_template_faults(body.get("badge_template_id"), state),
        *_issued_at_faults(body.get("issued_at")),
        *_expiry_faults(body),
        *_evidence_faults(body.get("evidence")),
    ]


def _common(body: dict[str, Any], state: State) -> dict[str, Any]:
    issued_at = clock.parsed(body["issued_at"])
    assert issued_at is not None
    earner = body.get("issuer_earner_id")
    return {
        "template_id": body["badge_template_id"],
        "issued_at": issued_at,
        "expires_at": _expiry(body, issued_at, state),
        "issuer_earner_id": None if earner is None else str(earner),
        "country": body.get("country_name"),
        "state_or_province": body.get("state_or_province"),
        "evidence": body.get("evidence") or [],
    }


def _expiry(body: dict[str, Any], issued_at: dt.datetime, state: State) -> dt.datetime | None:
    """None or absent: the template's default; false: never; else the moment."""
    wanted = body.get("expires_at")
    if wanted is False:
        return None
    if wanted is None:
        days = state.templates[body["badge_template_id"]].expires_in_days
        return None if days is None else issued_at + dt.timedelta(days=days)
    return clock.parsed(wanted)


def _is_blank(value: object) -> bool:
    return not isinstance(value, str) or not value.strip()


def _email_faults(value: object) -> list[str]:
    if _is_blank(value):
        return ["email_blank"]
    return [] if _EMAIL.fullmatch(str(value).strip()) else ["email_invalid"]


def _template_faults(value: object, state: State) -> list[str]:
    if _is_blank(value):
        return ["template_blank"]
    template = state.templates.get(str(value))
    if template is None or template.organization_id != state.organization:
        return ["template_unknown"]
    return [] if template.state == "active" else ["template_not_active"]


def _issued_at_faults(value: object) -> list[str]:
    if value is None or value == "":
        return ["issued_at_blank"]
    moment = clock.parsed(value)
    if moment is None:
        return ["issued_at_invalid"]
    return ["issued_at_without_offset"] if moment.tzinfo is None else []


def _expiry_faults(body: dict[str, Any]) -> list[str]:
    wanted = body.get("expires_at")
    if wanted is None or wanted is False:
        return []
    moment = clock.parsed(wanted)
    if moment is None or moment.tzinfo is None:
        return ["expires_at_invalid"]
    issued_at = clock.parsed(body.get("issued_at"))
    is_comparable = issued_at is not None and issued_at.tzinfo is not None
    return ["expires_too_early"] if is_comparable and issued_at and moment <= issued_at else []


def _evidence_faults(value: object) -> list[str]:
    if value is None:
        return []
    is_good = isinstance(value, list) and all(_is_evidence(item) for item in value)
    return [] if is_good else ["evidence_invalid"]


def _is_evidence(item: object) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("description", ""), str):
        return False
    if item.get("type") == "UrlEvidence":
        return urlsplit(str(item.get("value"))).scheme in ("http", "https")
    return item.get("type") == "IdEvidence" and not _is_blank(item.get("title"))
