"""A badge provider for tests of what is asked: nobody is called."""

from dataclasses import dataclass, field
from typing import Any

from badges.delivery.claims import Claim
from badges.providers.base import (
    Capabilities,
    FoundBadges,
    Issued,
    IssueRequest,
    Recipient,
    RemoteBadge,
    RemoteState,
    RemoteTemplate,
    Revoked,
)

STRICT = RemoteTemplate("welding", "Welding")
MADE = RemoteBadge("made", RemoteState.PENDING)
LIKE_CREDLY = Capabilities(has_templates=True, revokes=True, refuses_duplicates=True)
NONE_FOUND, ISSUED, REVOKED = FoundBadges(), Issued(MADE), Revoked()


@dataclass
class Scripted:
    """A provider that answers as it was told, and remembers what it was asked."""

    finds: Any = NONE_FOUND
    template: Any = STRICT
    issues: Any = ISSUED
    revokes: Any = REVOKED
    capabilities: Capabilities = LIKE_CREDLY
    asked: list[tuple[object, ...]] = field(default_factory=list)
    about: Claim | None = None
    leaves: list[bool] = field(default_factory=list)

    def _ask(self, *call: object) -> None:
        """Remembers, too, whether it was said that this request issues the badge."""
        self.asked.append(call)
        self.leaves.append(self.about is not None and self.about.next_request.issues)

    def find_issued(self, template_ref: str, recipient: Recipient) -> Any:
        self._ask("find_issued", template_ref, recipient)
        return self.finds

    def get_template(self, template_ref: str) -> Any:
        self._ask("get_template", template_ref)
        return self.template

    def issue(self, request: IssueRequest) -> Any:
        self._ask("issue", request)
        return self.issues

    def revoke(self, external_id: str, reason: str, *, suppresses_letter: bool = False) -> Any:
        self._ask("revoke", external_id, reason, suppresses_letter)
        return self.revokes

    @property
    def calls(self) -> list[object]:
        """What it was asked for, in order."""
        return [call for call, *_rest in self.asked]
