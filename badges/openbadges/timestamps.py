"""How the documents of Open Badges write a moment: in UTC and to the second, which is as fine as tokens have it."""

from datetime import UTC, datetime


def utc(moment: datetime) -> str:
    """Such as 2026-03-02T09:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def since_1970(written: str) -> int:
    """Seconds, from what `utc` wrote."""
    return int(datetime.fromisoformat(written).timestamp())
