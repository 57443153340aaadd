"""What Credly's answers mean: its JSON as the values of `badges.providers.base`, and its words where they decide.

Nothing in an answer is trusted to have its shape. What no source tells is in the table of guesses, and nowhere else.
"""

import json
import math
import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext as _

from badges.providers.base import (
    MAX_MESSAGE,
    AlreadyHeld,
    Hint,
    RecipientRefused,
    RemoteBadge,
    RemoteEvent,
    RemoteState,
    RemoteTemplate,
    TemplateUnusable,
)
from badges.providers.http import Answer

type Object = Mapping[str, Any]

# --- Seen: the text of a refused duplicate, on a picture of the original product and in a client in production.
_DUPLICATE = "already has this badge"
# --- Guessed, to be corrected against Credly's sandbox. Wrong guesses fail one badge, with Credly's own words.
_GUESSES: Mapping[str, re.Pattern[str]] = {
    # a 422 that is about the template: it is archived, a draft, unknown, or another organization's
    "template_unusable": re.compile(r"badge template|archived"),
    # a 422 to a second revocation; not that a replaced badge cannot be revoked
    "revoked_before": re.compile(r"already (been )?revoked"),
}
# States that Credly may get besides those documented: the badge is where it was, so a link to it says accepted.
_GUESSED_STATES = (RemoteState.PENDING, RemoteState.ACCEPTED)
# A template's state that is not documented is taken as usable: issuing will tell.
_GUESSED_TEMPLATE_STATE = "active"

_LONGEST_WAIT = 3600.0
# Marks that turn the direction of writing, and could make a page read otherwise than it is.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TEMPLATE_STATES = {"active", "draft", "archived"}


def payload(answer: Answer) -> Object:
    """The JSON object of an answer; empty when it is anything else."""
    return _object(answer.body)


def _object(body: bytes) -> Object:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def data(answer: Answer) -> Object:
    """What the envelope holds, if it is one object."""
    found = payload(answer).get("data")
    return found if isinstance(found, dict) else {}


def rows(answer: Answer) -> list[Object] | None:
    """What the envelope holds, if it is a list; None when it is none."""
    found = payload(answer).get("data")
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else None


def total_pages(answer: Answer) -> int:
    """How many pages the list has. 0 when it does not say."""
    metadata = payload(answer).get("metadata")
    total = metadata.get("total_pages") if isinstance(metadata, dict) else None
    return total if isinstance(total, int) else 0


def message(answer: Answer) -> str:
    """Credly's own words for a refusal; empty when it gave none."""
    return text(data(answer).get("message"), MAX_MESSAGE)


def refusal_to_issue(answer: Answer) -> AlreadyHeld | TemplateUnusable | RecipientRefused | None:
    """Who is concerned by a refused badge; None when Credly does not say why."""
    words = message(answer)
    if not words:
        return None
    if _DUPLICATE in words.casefold():
        return AlreadyHeld(words)
    if _GUESSES["template_unusable"].search(words.casefold()):
        return TemplateUnusable(words)
    return RecipientRefused(words)


def says_revoked_before(answer: Answer) -> bool:
    """Whether a refused revocation had been carried out before."""
    return _GUESSES["revoked_before"].search(message(answer).casefold()) is not None


def retry_after(answer: Answer, *, at: datetime) -> float | None:
    """Seconds to wait, at most an hour, from either form of the header."""
    value = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return min(float(value), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    seconds = (_aware(moment) - at).total_seconds()
    return min(max(0.0, seconds), _LONGEST_WAIT)


def clock(answer: Answer) -> datetime | None:
    """What the clock of whoever answered showed, to the second."""
    try:
        return _aware(parsedate_to_datetime(answer.headers.get("date", "")))
    except ValueError:
        return None


def remote_badge(row: Object) -> RemoteBadge | None:
    """An issued badge; None without an id."""
    external_id = identifier(row.get("id"))
    if not external_id:
        return None
    template = row.get("badge_template")
    public_url = link(row.get("badge_url"))
    return RemoteBadge(
        external_id=external_id,
        state=_state(row.get("state"), is_public=bool(public_url)),
        template_ref=identifier(template.get("id")) if isinstance(template, dict) else "",
        # Not user.email: that is an address of Credly's.
        recipient_email=text(row.get("recipient_email"), 254),
        earner_ref=identifier(row.get("issuer_earner_id")),
        public_url=public_url,
        accept_url=link(row.get("accept_badge_url")),
        expires_at=moment(row.get("expires_at")),
        changed_at=moment(row.get("state_updated_at")),
        created_at=moment(row.get("created_at")),
        revocation_reason=text(row.get("revocation_reason"), MAX_MESSAGE),
    )


def made_at(badge: RemoteBadge) -> datetime:
    """What puts badges into the order of their making; without a moment a badge is the oldest."""
    return badge.created_at or datetime.min.replace(tzinfo=UTC)


def _state(value: object, *, is_public: bool) -> RemoteState:
    try:
        return RemoteState(str(value))
    except ValueError:
        return _GUESSED_STATES[is_public]


def remote_template(row: Object) -> RemoteTemplate | None:
    """A badge template; None without an id."""
    external_id = identifier(row.get("id"))
    if not external_id:
        return None
    state = str(row.get("state"))
    return RemoteTemplate(
        external_id=external_id,
        name=text(row.get("name"), 255) or external_id,
        description=text(row.get("description"), 10_000, keeps_lines=True),
        image_url=link(row.get("image_url"), 1000),
        state=state if state in _TEMPLATE_STATES else _GUESSED_TEMPLATE_STATE,
        allows_duplicates=row.get("allow_duplicate_badges") is True,
    )


def remote_event(row: Object) -> RemoteEvent | None:
    """An event; None without an id that is a UUID."""
    event_id = _uuid(row.get("id"))
    if event_id is None:
        return None
    badge, template = row.get("badge"), row.get("badge_template")
    event_type, occurred_at = text(row.get("event_type"), 100), moment(row.get("occurred_at"))
    known = remote_badge(badge) if isinstance(badge, dict) else None
    if known is not None and event_type == "badge.deleted":  # no one holds it now, whatever state it was in
        known = replace(
            known, state=RemoteState.REVOKED, changed_at=occurred_at, revocation_reason=_("Deleted at the provider.")
        )
    return RemoteEvent(
        event_id=event_id,
        event_type=event_type,
        occurred_at=occurred_at,
        badge=known,
        template=remote_template(template) if isinstance(template, dict) else None,
    )


def hint(body: bytes) -> Hint | None:
    """What the body of a webhook claims; None when it is not of Credly's shape."""
    claimed = _object(body)
    event_id = _uuid(claimed.get("id"))
    organization = identifier(claimed.get("organization_id"))
    if event_id is None or not organization:
        return None
    return Hint(event_id, text(claimed.get("event_type"), 100), organization)


def token_row(tokens: list[Object]) -> Object:
    """What Credly tells of the token in use; empty when there are others and nobody can tell which is ours."""
    return tokens[0] if len(tokens) == 1 else {}


def text(value: object, longest: int, *, keeps_lines: bool = False) -> str:
    """A text that a database and a page can take: without control characters, not too long. Empty for anything else."""
    if not isinstance(value, str):
        return ""
    kept = "".join(
        character if (character == "\n" and keeps_lines) or not _is_control(character) else " " for character in value
    )
    return kept.strip()[:longest]


def _is_control(character: str) -> bool:
    # Also lone halves of surrogate pairs, which no database stores. Not the joiners that some scripts are written with.
    return character in _TURNING or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def identifier(value: object) -> str:
    """An id as text, also when it is a number. Empty when it cannot be one."""
    found = text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, 256)
    return found if len(found) <= 255 else ""


def link(value: object, longest: int = 500) -> str:
    """An address that a page may link to. Empty for any other, so that no script gets into a page as one."""
    found = text(value, longest + 1)
    return found if re.match(r"https?://[^\s\"'<>]+$", found) and len(found) <= longest else ""


def moment(value: object) -> datetime | None:
    """A moment, in UTC where it does not say; None for what is none."""
    try:
        return _aware(datetime.fromisoformat(text(value, 40)))
    except (ValueError, OverflowError):
        return None


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def days_left(ends_at: datetime, *, at: datetime) -> int:
    """Whole days until then, never less than none."""
    return max(0, math.floor((ends_at - at).total_seconds() / 86_400))


def no_such_organization(organization: str) -> str:
    """The sentence for an account that Credly does not know."""
    return _("Credly does not know the organization %(id)s, or the API URL is wrong.") % {"id": organization[:100]}
