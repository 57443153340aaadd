"""What a badge provider is to the rest of the product: one small Protocol, and the values that it answers with.

Whatever a provider does, it answers with a value; only a defect of ours raises. The values tell apart what delivery
must treat differently, and above all whether a badge may exist after a call: `NotSent` says that it cannot, `Uncertain`
that nobody knows. Nothing here names a provider: docs/decisions tells how others than ours would fit.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Lasts(StrEnum):
    """How long an issued badge is valid, where it is no moment."""

    TEMPLATE_DEFAULT = "template_default"
    FOR_EVER = "for_ever"


class RemoteState(StrEnum):
    """Where a badge stands with its holder, as the provider tells it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVOKED = "revoked"


class Scope(StrEnum):
    """What a token may be without, and still issue and revoke."""

    TEMPLATES = "templates"
    EVENTS = "events"
    ISSUED_BADGES = "issued_badges"


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do at all; pages offer nothing else."""

    has_templates: bool = False  # badges are made there, and named here by a template id
    has_webhooks: bool = False
    can_be_polled: bool = False
    revokes: bool = False
    writes_letters: bool = False  # the provider writes to the student
    refuses_duplicates: bool = False  # never gives a student the same badge twice, unless its template says so
    needs_names: bool = False  # refuses a student without a first and a last name


@dataclass(frozen=True)
class Recipient:
    """The person a badge is for. `earner_ref` is ours (a UUID as text), and survives a change of address."""

    email: str
    first_name: str
    last_name: str
    earner_ref: str


@dataclass(frozen=True)
class IssueRequest:
    """One badge to issue. `issued_at` (aware) is the moment it was earned; `request_ref` is the issued badge's own id.

    `evidence` is in the terms of Open Badges: name, description or narrative, and id for a link. With
    `suppresses_letter`, a provider that writes letters writes none of this badge.
    """

    template_ref: str
    recipient: Recipient
    issued_at: datetime
    request_ref: uuid.UUID
    expires: datetime | Lasts = Lasts.TEMPLATE_DEFAULT
    evidence: Sequence[Mapping[str, str]] = ()
    suppresses_letter: bool = False


@dataclass(frozen=True)
class RemoteBadge:
    """An issued badge as the provider has it. `changed_at` is the provider's own moment of its last change of state,
    `created_at` that of the badge's making there: not when it was earned.
    """

    external_id: str
    state: RemoteState
    template_ref: str = ""
    recipient_email: str = ""
    earner_ref: str = ""
    public_url: str = ""
    accept_url: str = ""
    expires_at: datetime | None = None
    changed_at: datetime | None = None
    created_at: datetime | None = None
    revocation_reason: str = ""


@dataclass(frozen=True)
class RemoteTemplate:
    """A badge template as the provider has it; `state` is one of BadgeTemplate.State but for `gone`."""

    external_id: str
    name: str
    description: str = ""
    image_url: str = ""
    state: str = "active"
    allows_duplicates: bool = False


@dataclass(frozen=True)
class RemoteEvent:
    """Something that happened at the provider, as it tells it when asked with our own token."""

    event_id: uuid.UUID
    event_type: str
    occurred_at: datetime | None
    badge: RemoteBadge | None = None
    template: RemoteTemplate | None = None


@dataclass(frozen=True)
class Hint:
    """What a webhook's body claims, and nothing of it to be trusted: which event to ask for."""

    event_id: uuid.UUID
    event_type: str
    organization_ref: str


# --- what a call can end with. `message` is for people: short, without secrets, never more than MAX_MESSAGE characters.

MAX_MESSAGE = 500


@dataclass(frozen=True)
class Unauthorized:
    """The token is dead or may not do this: the provider's fault, never a student's. Nothing was done."""

    message: str


@dataclass(frozen=True)
class RateLimited:
    """Asked too often. Nothing was done; `retry_after` in seconds, if the provider said."""

    message: str
    retry_after: float | None = None


@dataclass(frozen=True)
class NotSent:
    """The provider could not be reached: certainly nothing was done."""

    message: str


@dataclass(frozen=True)
class Uncertain:
    """The request may have arrived, and may have been carried out; a reading call has just failed."""

    message: str


type Fault = Unauthorized | RateLimited | NotSent | Uncertain


@dataclass(frozen=True)
class Issued:
    """The badge was issued now."""

    badge: RemoteBadge


@dataclass(frozen=True)
class AlreadyHeld:
    """The provider says that this person has the badge."""

    message: str


@dataclass(frozen=True)
class RecipientRefused:
    """The provider will not take this student's data; others are not concerned."""

    message: str


@dataclass(frozen=True)
class TemplateUnusable:
    """Nobody can be issued this badge: its template is archived, gone, or another account's."""

    message: str


type IssueOutcome = Issued | AlreadyHeld | RecipientRefused | TemplateUnusable | Fault


@dataclass(frozen=True)
class FoundBadges:
    """The badges of one recipient and template, newest first; filtered anew on our side. Empty: none is known.

    `as_of`: what the provider's own clock showed, by which their moments are to be understood; None if it did not say.
    """

    badges: tuple[RemoteBadge, ...] = ()
    as_of: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Revoked:
    """The badge is revoked, now or since before."""


@dataclass(frozen=True)
class Missing:
    """The provider does not know what was asked for."""

    message: str = ""


@dataclass(frozen=True)
class Refused:
    """The provider understood, and will not: `message` says why, `lacks` which permission of the token is missing, if any."""

    message: str
    lacks: Scope | None = None


type RevokeOutcome = Revoked | Missing | Refused | Fault


@dataclass(frozen=True)
class Verified:
    """The account answers. `warnings` are for people: a token that may only read, that ends soon."""

    account_name: str
    token_expires_at: datetime | None = None
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Page[Row]:
    """A page of rows; `next_page` is None after the last one, `as_of` what the provider's own clock showed, if it said."""

    rows: tuple[Row, ...]
    next_page: int | None = None
    as_of: datetime | None = field(default=None, compare=False)


class Provider(Protocol):
    """One account at one issuer. Made for a stored provider by `badges.providers.opening.open_provider`, used by one thread.

    Every call is one request or a few, each of them after its turn in the provider's rate. No call is repeated by the
    provider itself: when to try again is delivery's business.
    """

    capabilities: Capabilities

    def verify(self) -> Verified | Missing | Refused | Fault:
        """Whether the account can be used, without changing anything."""

    def list_templates(self, page: int) -> Page[RemoteTemplate] | Refused | Fault:
        """The account's templates, from page 1."""

    def get_template(self, template_ref: str) -> RemoteTemplate | Missing | Refused | Fault:
        """One template."""

    def issue(self, request: IssueRequest) -> IssueOutcome:
        """Issue one badge. Not to be called twice for one request without `find_issued` in between."""

    def find_issued(self, template_ref: str, recipient: Recipient) -> FoundBadges | Refused | Fault:
        """What this person has from this template, whatever its state."""

    def revoke(self, external_id: str, reason: str, *, suppresses_letter: bool = False) -> RevokeOutcome:
        """Take a badge back. Safe to repeat."""

    def changed(self, page: int) -> Page[RemoteBadge] | Refused | Fault:
        """All issued badges of the account, last changed first, from page 1."""

    @staticmethod
    def parse_hint(body: bytes) -> Hint | None:
        """What a webhook's body claims; None when it is none of the provider's. Needs no token."""

    def get_event(self, event_id: uuid.UUID) -> RemoteEvent | Missing | Refused | Fault:
        """The event as the provider knows it."""

    def close(self) -> None:
        """Let go of connections."""
