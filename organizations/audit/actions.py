"""What an entry of the audit may tell. The names are data: never give one another meaning."""

from enum import StrEnum


class Action(StrEnum):
    """Rows of the tables that are watched, and what leaves no row."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    PASSWORD_LETTER = "password_letter"  # noqa: S105 - no password
    SESSIONS_ENDED = "sessions_ended"
    REFUSED = "refused"
    EXPORTED = "exported"
