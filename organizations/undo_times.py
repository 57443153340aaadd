"""For how long what is issued by hand can be undone: an organization's own seconds, else those of the nearest one above."""

from dataclasses import dataclass

from django.conf import settings

from organizations.models import Organization

# A hundred steps: should there ever be a cycle, the walk ends.
_NEAREST = """
WITH RECURSIVE line (id, parent_id, steps) AS (
    SELECT id, parent_id, 0 FROM organizations_organization WHERE id = %s
    UNION ALL
    SELECT above.id, above.parent_id, steps + 1
    FROM organizations_organization above JOIN line ON above.id = line.parent_id WHERE steps < 100)
SELECT nearest.* FROM line JOIN organizations_organization nearest ON nearest.id = line.id
WHERE nearest.undo_seconds IS NOT NULL ORDER BY steps LIMIT 1
"""


@dataclass(frozen=True)
class UndoTime:
    """So many seconds, 0 where undoing is switched off, and whose they are: None for the installation's."""

    seconds: float
    said_by: Organization | None


def undo_time_of(organization: Organization) -> UndoTime:
    """The organization's own, else of the nearest above that has some, else the installation's. One query, none for the
    first, nor without a parent.
    """
    if organization.undo_seconds is not None:
        return UndoTime(organization.undo_seconds, organization)
    return inherited_by(organization)


def inherited_by(organization: Organization) -> UndoTime:
    """What holds where the organization says nothing itself. One query, none without a parent."""
    rows = Organization.objects.raw(_NEAREST, [organization.parent_id]) if organization.parent_id else []
    for nearest in rows:
        assert nearest.undo_seconds is not None
        return UndoTime(nearest.undo_seconds, nearest)
    return UndoTime(settings.UNDO_SECONDS, None)
