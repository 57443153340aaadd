"""Some people out of many: how many there are, and those who are named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from organizations.models import User

SAMPLES = (10, 100, 1000)  # how many names a look shows at most: at first, when asked for more, and at the very most
SAMPLE = SAMPLES[0]


@dataclass(frozen=True)
class Crowd:
    """Some people: how many there are, how many of them may be `named` to the reader, and a few of those.

    The reader may open the pages of those `in_reach`.
    """

    count: int
    named: int = 0
    people: Sequence[User] = ()
    in_reach: Collection[int] = ()

    @property
    def further(self) -> int:
        """How many more could be named."""
        return self.named - len(self.people)

    @property
    def hidden(self) -> int:
        """How many may not be named, or were reckoned and not found."""
        return self.count - self.named

    @property
    def unnamed(self) -> int:
        """How many are not among the few."""
        return self.count - len(self.people)


def sample_of(asked: str | None) -> int:
    """How many names somebody asks for in an address or a form; the fewest where that is none of those offered."""
    return next((size for size in SAMPLES if str(size) == asked), SAMPLE)
