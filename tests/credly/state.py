"""What one account at Credly holds, and the rule that nobody gets a badge twice, under one lock.

The lock spans the check and the storing: what the stand-in holds at the end of a test is therefore what was issued.
"""

import dataclasses
import datetime as dt
import threading
import uuid
from collections import defaultdict
from typing import Any

from tests.credly import clock, guesses
from tests.credly.refusing import Refusal, refusal


@dataclasses.dataclass
class Token:
    secret: str
    expires_at: dt.datetime
    can_read: bool = True
    can_write: bool = True
    can_delete: bool = True
    description: str = "Stand-in"
    id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))


@dataclasses.dataclass
class Template:
    name: str
    organization_id: str
    description: str = ""
    state: str = "active"
    allow_duplicate_badges: bool = False
    public: bool = True
    image_url: str = ""
    skills: list[str] = dataclasses.field(default_factory=list)
    reporting_tags: list[str] = dataclasses.field(default_factory=list)
    expires_in_days: int | None = None
    id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    created_at: dt.datetime = dataclasses.field(default_factory=clock.now)
    updated_at: dt.datetime = dataclasses.field(default_factory=clock.now)


@dataclasses.dataclass
class Badge:
    template_id: str
    recipient_email: str
    issued_to_first_name: str
    issued_to_last_name: str
    issued_at: dt.datetime
    user_id: str
    issued_to_middle_name: str | None = None
    issuer_earner_id: str | None = None
    locale: str = "en"
    suppress_badge_notification_email: bool = False
    expires_at: dt.datetime | None = None
    country: str | None = None
    state_or_province: str | None = None
    evidence: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    state: str = "pending"
    public: bool = False
    revocation_reason: str | None = None
    replaces_badge_id: str | None = None
    replacement_badge_id: str | None = None
    id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    created_at: dt.datetime = dataclasses.field(default_factory=clock.now)
    updated_at: dt.datetime = dataclasses.field(default_factory=clock.now)
    state_updated_at: dt.datetime = dataclasses.field(default_factory=clock.now)
    listed_from: dt.datetime = dataclasses.field(default_factory=clock.now)


@dataclasses.dataclass
class Event:
    event_type: str
    badge: Badge | None = None
    template: Template | None = None
    id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    occurred_at: dt.datetime = dataclasses.field(default_factory=clock.now)


class State:
    """One account. Every method may be called by any thread."""

    def __init__(self, organization: str, token: str) -> None:
        self.lock = threading.RLock()
        self.organization = organization
        self.organization_name = "Laurel Test Academy"
        self.webhook_url = ""
        self.tokens = {token: Token(token, clock.now() + dt.timedelta(days=guesses.TOKEN_DAYS))}
        self.templates: dict[str, Template] = {}
        self.badges: dict[str, Badge] = {}
        self.events: dict[str, Event] = {}
        self.users: dict[str, str] = {}
        self.states_that_count = set(guesses.STATES_THAT_COUNT)
        self.is_changed = threading.Event()
        self.new_events: list[tuple[Event, str]] = []  # with the address that is to be told
        self._by_person: dict[tuple[str, str], list[Badge]] = defaultdict(list)

    # --- tokens

    def token_of(self, secret: str) -> Token:
        token = self.tokens.get(secret)
        if token is None:
            raise refusal("no_token")
        if token.expires_at <= clock.now():
            raise refusal("expired_token")
        return token

    # --- templates

    def add_template(self, template: Template) -> Template:
        with self.lock:
            self.templates[template.id] = template
            self._happened("badge_template.created", template=template)
            return template

    def change_template(self, template_id: str, **changes: Any) -> Template:
        with self.lock:
            template = self.template(template_id)
            for name, value in changes.items():
                setattr(template, name, value)
            template.updated_at = clock.now()
            self._happened("badge_template.changed", template=template)
            return template

    def delete_template(self, template_id: str) -> None:
        with self.lock:
            template = self.template(template_id)
            del self.templates[template_id]
            self._happened("badge_template.deleted", template=template)

    def template(self, template_id: str) -> Template:
        template = self.templates.get(template_id)
        if template is None or template.organization_id != self.organization:
            raise refusal("not_found")
        return template

    # --- badges

    def user_of(self, email: str) -> str:
        with self.lock:
            return self.users.setdefault(email.casefold(), str(uuid.uuid4()))

    def join_addresses(self, first: str, second: str) -> None:
        """Both addresses belong to one person's account at Credly."""
        with self.lock:
            self.users[second.casefold()] = self.user_of(first)

    def badges_of(self, kind: str, reference: str) -> list[Badge]:
        """By `template`, `email`, `earner` or `user`; a fresh list."""
        with self.lock:
            return list(self._by_person[kind, reference.casefold()])

    def add(self, badge: Badge) -> Badge:
        """Store it, unless the person has the badge. Raises Refusal."""
        with self.lock:
            self._refuse_a_second(badge)
            self._keep(badge)
            self._happened("badge.created", badge=badge)
            return badge

    def add_all(self, badges: list[Badge]) -> list[Badge]:
        """All or none. A Refusal then says which one was to blame."""
        with self.lock:
            added: list[Badge] = []
            for index, badge in enumerate(badges):
                try:
                    self._refuse_a_second(badge)
                except Refusal as why:
                    for undone in added:
                        self._forget(undone)
                    why.data["error_index"] = index
                    raise
                self._keep(badge)
                added.append(badge)
            for badge in added:
                self._happened("badge.created", badge=badge)
            return added

    def restore(self, badge: Badge) -> None:
        """One that was here before a restart."""
        with self.lock:
            self._keep(badge)

    def replace(self, badge_id: str, replacement: Badge) -> Badge:
        with self.lock:
            old = self.badge(badge_id)
            if old.replacement_badge_id:
                raise Refusal(
                    422,
                    "Validation failed: This badge cannot be replaced because it has already been replaced.",
                    metadata={"current_badge_id": self._newest_after(old).id},
                )
            replacement.replaces_badge_id = old.id
            old.replacement_badge_id = replacement.id
            old.updated_at = clock.now()
            self._keep(replacement)
            self._happened("badge.created", badge=replacement)
            return replacement

    def revoke(self, badge_id: str, reason: str) -> Badge:
        with self.lock:
            badge = self.badge(badge_id)
            if badge.replacement_badge_id:
                raise refusal("replaced_cannot_be_revoked")
            if badge.state == "revoked":
                raise refusal("revoked_already")
            badge.revocation_reason = reason
            return self.set_state(badge_id, "revoked")

    def delete(self, badge_id: str) -> None:
        with self.lock:
            badge = self.badge(badge_id)
            self._forget(badge)
            self._happened("badge.deleted", badge=badge)

    def set_state(self, badge_id: str, state: str) -> Badge:
        with self.lock:
            badge = self.badge(badge_id)
            badge.state = state
            badge.public = state == "accepted"
            # Two changes in one millisecond would read as one: Credly tells no finer time.
            badge.state_updated_at = max(clock.now(), badge.state_updated_at + dt.timedelta(milliseconds=1))
            badge.updated_at = badge.state_updated_at
            self._happened("badge.state.changed", badge=badge)
            return badge

    def readdress(self, badge_id: str, email: str) -> Badge:
        """The holder's account has another main address now."""
        with self.lock:
            badge = self.badge(badge_id)
            self._by_person["email", badge.recipient_email.casefold()].remove(badge)
            self.join_addresses(badge.recipient_email, email)
            badge.recipient_email = email
            self._by_person["email", email.casefold()].append(badge)
            badge.updated_at = clock.now()
            self._happened("badge.state.changed", badge=badge)
            return badge

    def badge(self, badge_id: str) -> Badge:
        badge = self.badges.get(badge_id)
        if badge is None:
            raise refusal("not_found")
        return badge

    # --- inside

    def _refuse_a_second(self, badge: Badge) -> None:
        template = self.templates[badge.template_id]
        if template.allow_duplicate_badges:
            return
        halves = []
        if badge.issuer_earner_id and self._counting(badge, "earner", badge.issuer_earner_id):
            halves.append("Issuer earner already has this badge")
        if self._counting(badge, "email", badge.recipient_email):
            halves.append("Recipient email already has this badge")
        elif self._counting(badge, "user", badge.user_id):
            halves.append(guesses.REFUSALS["user_has_it"].text)
        if halves:
            raise Refusal(422, "Validation failed: " + ", ".join(halves))

    def _counting(self, badge: Badge, kind: str, reference: str) -> bool:
        return any(
            held.template_id == badge.template_id and held.state in self.states_that_count
            for held in self._by_person[kind, reference.casefold()]
        )

    def _keep(self, badge: Badge) -> None:
        self.badges[badge.id] = badge
        for kind, reference in self._references(badge):
            self._by_person[kind, reference].append(badge)

    def _forget(self, badge: Badge) -> None:
        del self.badges[badge.id]
        for kind, reference in self._references(badge):
            self._by_person[kind, reference].remove(badge)

    def _references(self, badge: Badge) -> list[tuple[str, str]]:
        references = [
            ("template", badge.template_id),
            ("email", badge.recipient_email),
            ("user", badge.user_id),
            ("earner", badge.issuer_earner_id or ""),
        ]
        return [(kind, reference.casefold()) for kind, reference in references if reference]

    def _newest_after(self, badge: Badge) -> Badge:
        while badge.replacement_badge_id:
            badge = self.badges[badge.replacement_badge_id]
        return badge

    def _happened(self, event_type: str, *, badge: Badge | None = None, template: Template | None = None) -> None:
        if guesses.EVENTS_SHOW_THE_PAST:
            badge = dataclasses.replace(badge) if badge else None
            template = dataclasses.replace(template) if template else None
        event = Event(event_type, badge=badge, template=template)
        self.events[event.id] = event
        if self.webhook_url:
            self.new_events.append((event, self.webhook_url))
        self.is_changed.set()
