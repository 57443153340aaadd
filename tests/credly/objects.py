"""How Credly shows what it holds: the fields of the public documentation's samples."""

from typing import Any

from tests.credly.clock import dated, written
from tests.credly.state import Badge, Event, State, Template, Token

Object = dict[str, Any]


def organization(state: State, site: str) -> Object:
    return {
        "id": state.organization,
        "name": state.organization_name,
        "vanity_slug": "laurel-test-academy",
        "vanity_url": f"{site}/organizations/laurel-test-academy",
        "url": f"{site}/v1/organizations/{state.organization}",
        "website_url": "https://academy.example",
        "contact_email": "badges@academy.example",
        "bio": "",
        "webhook_url": state.webhook_url or None,
    }


def owner(state: State, site: str) -> Object:
    shown = organization(state, site)
    return {name: shown[name] for name in ("id", "name", "url", "vanity_url")} | {
        "type": "Organization",
        "verified": False,
    }


def token(held: Token) -> Object:
    return {
        "id": held.id,
        "description": held.description,
        "expires_at": written(held.expires_at),
        "read_enabled": held.can_read,
        "write_enabled": held.can_write,
        "delete_enabled": held.can_delete,
    }


def template(held: Template, state: State, site: str) -> Object:
    image = held.image_url or f"{site}/images/{held.id}/badge.png"
    return {
        "id": held.id,
        "name": held.name,
        "description": held.description,
        "state": held.state,
        "allow_duplicate_badges": held.allow_duplicate_badges,
        "public": held.public,
        "visibility": "public" if held.public else "private",
        "vanity_slug": held.name.lower().replace(" ", "-"),
        "url": f"{site}/org/laurel-test-academy/badge/{held.id}",
        "global_activity_url": None,
        "criteria_url": None,
        "criteria_url_name": None,
        "image": {"id": held.id, "url": image},
        "image_url": image,
        "skills": held.skills,
        "reporting_tags": held.reporting_tags,
        "owner": owner(state, site),
        "badges_count": len(state.badges_of("template", held.id)),
        "recipient_type": "User",
        "level": None,
        "cost": None,
        "time_to_earn": None,
        "type_category": None,
        "certification": False,
        "created_at": written(held.created_at),
        "updated_at": written(held.updated_at),
        "state_updated_at": written(held.updated_at),
        "alignments": [],
        "recommendations": [],
        "required_badge_templates": [],
        "badge_template_activities": [],
    }


def badge(held: Badge, state: State, site: str, *, has_both_addresses: bool = False) -> Object:
    """`has_both_addresses`: the answer to a replacement tells where to accept and where to see the badge."""
    of = state.templates.get(held.template_id)
    shown = of and template(of, state, site)
    image = shown["image"] if shown else None
    whole: Object = {
        "id": held.id,
        "state": held.state,
        **_person(held),
        "locale": held.locale,
        "public": held.public,
        "suppress_badge_notification_email": held.suppress_badge_notification_email,
        **_moments(held),
        "revocation_reason": held.revocation_reason,
        "replaces_badge_id": held.replaces_badge_id,
        "replacement_badge_id": held.replacement_badge_id,
        "country": held.country,
        "country_code": None,
        "state_or_province": held.state_or_province,
        "image": image,
        "image_url": image and image["url"],
        "alignments": [],
        "evidence": [{"id": f"{held.id}-{number}", **item} for number, item in enumerate(held.evidence)],
        "printing_enabled": True,
        "print_method": "pdf",
        "user": _user(held, site),
        "created_by": owner(state, site),
        "issuer": {
            "summary": f"issued by {state.organization_name}",
            "entities": [{"label": "Issued by", "primary": True, "entity": owner(state, site)}],
        },
        "badge_template": shown,
    }
    if held.state == "pending" or has_both_addresses:
        whole["accept_badge_url"] = f"{site}/badges/{held.id}/accept"
    if held.state == "accepted" or has_both_addresses:
        whole["badge_url"] = f"{site}/badges/{held.id}"
    return whole


def minimal_badge(held: Badge, state: State, site: str) -> Object:
    """A row of the bulk list with badge_format=minimal."""
    of = state.templates.get(held.template_id)
    return {
        "id": held.id,
        **_person(held),
        "public": held.public,
        "state": held.state,
        "badge_url": f"{site}/badges/{held.id}" if held.state == "accepted" else None,
        **{name: value for name, value in _moments(held).items() if name.endswith("_at")},
        "badge_template": {"id": held.template_id, "name": of.name if of else None},
        "user": {"id": held.user_id},
    }


def event(happened: Event, state: State, site: str) -> Object:
    shown: Object = {
        "id": happened.id,
        "event_type": happened.event_type,
        "organization_id": state.organization,
        "occurred_at": written(happened.occurred_at),
    }
    if happened.badge:
        shown["badge"] = badge(happened.badge, state, site)
    if happened.template:
        shown["badge_template"] = template(happened.template, state, site)
    return shown


def assertion(held: Badge, site: str) -> Object:
    """The badge as Open Badges 2.0."""
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{site}/v1/obi/v2/badge_assertions/{held.id}",
        "badge": f"{site}/v1/obi/v2/badge_classes/{held.template_id}",
        "issuedOn": written(held.issued_at),
        "revoked": held.state == "revoked",
        "verification": {"type": "hosted"},
    }


def _person(held: Badge) -> Object:
    names = (held.issued_to_first_name, held.issued_to_middle_name, held.issued_to_last_name)
    return {
        "recipient_email": held.recipient_email,
        "issued_to": " ".join(name for name in names if name),
        "issued_to_first_name": names[0],
        "issued_to_middle_name": names[1],
        "issued_to_last_name": names[2],
        "issuer_earner_id": held.issuer_earner_id,
    }


def _moments(held: Badge) -> Object:
    return {
        "issued_at": written(held.issued_at),
        "issued_at_date": dated(held.issued_at),
        "expires_at": written(held.expires_at),
        "expires_at_date": dated(held.expires_at),
        "created_at": written(held.created_at),
        "updated_at": written(held.updated_at),
        "state_updated_at": written(held.state_updated_at),
    }


def _user(held: Badge, site: str) -> Object:
    """An address of Credly's own making: nobody may take it for the recipient's."""
    return {
        "id": held.user_id,
        "email": f"user-{held.user_id[:8]}@earners.example",
        "first_name": held.issued_to_first_name,
        "middle_name": held.issued_to_middle_name,
        "last_name": held.issued_to_last_name,
        "current_position_name": None,
        "current_organization_name": None,
        "confirmed": held.state == "accepted",
        "photo": None,
        "photo_url": None,
        "url": f"{site}/users/{held.user_id}",
    }
