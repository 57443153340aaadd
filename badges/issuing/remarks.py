"""What who issues badges by hand says of them, for everyone to read: words, and a link to what was done (N19)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from badges.models import IssuedBadge


@dataclass(frozen=True)
class Remark:
    """A note in plain text and an address of the web; either may be empty."""

    note: str = ""
    link: str = ""

    @classmethod
    def of(cls, issued: IssuedBadge) -> "Remark":
        """What was said of this one."""
        return cls(issued.note, issued.link)


@dataclass(frozen=True)
class Remarks:
    """What is said of the badges of a batch: to all, and to some students, whose own note or link takes its place."""

    to_all: Remark = Remark()
    to_some: Mapping[int, Remark] = field(default_factory=dict)

    def to(self, student_id: int) -> Remark:
        """What is said of a badge of this student."""
        own = self.to_some.get(student_id, Remark())
        return Remark(own.note or self.to_all.note, own.link or self.to_all.link)
