"""What the product promises its operators: that nothing waits for longer than it says."""

from dataclasses import dataclass
from datetime import timedelta

# A wake-up that waited for so long is of no use. Host clocks may differ by as much: the sender's sets it, the worker's asks.
WAKE_EXPIRES = 5 * 60  # seconds


@dataclass(frozen=True)
class Promise:
    """One of them. `age` is how long the oldest has waited, None where nothing waits; `limit` is the most it may."""

    name: str
    is_kept: bool
    age: timedelta | None = None
    limit: timedelta | None = None

    @classmethod
    def within(cls, name: str, age: timedelta | None, limit: timedelta) -> "Promise":
        """Kept while nothing waits, and up to the limit."""
        return cls(name, age is None or age <= limit, age, limit)
