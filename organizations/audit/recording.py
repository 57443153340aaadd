"""Notes what leaves no row of a watched table: signing in, refusals, exports."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from operation.characters import printable
from organizations.audit.acting import who_acts
from organizations.audit.actions import Action
from organizations.models import AuditEntry, User

MOST_WORDS = 255


def record(
    action: Action,
    *,
    result: AuditEntry.Result = AuditEntry.Result.DONE,
    person: User | None = None,
    words: str = "",
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note what happens in the request that is being answered, in its transaction if there is one.

    `person`: whom it happens to; its organization's administrators may read of it. Without one, those of whoever acts.
    `words`: what it is about. `after`: numbers and names of columns; nothing that tells who somebody is.
    """
    actor = who_acts()
    AuditEntry.objects.create(
        at=timezone.now(),
        action=action,
        result=result,
        actor_id=actor.user_id,
        address=actor.address,
        request_id=actor.request_id,
        organization_id=person.organization_id if person else actor.organization_id,
        person=person,
        words=printable(words)[:MOST_WORDS],
        after=dict(after or {}),
    )
