"""The home page of one person, of all that he or she is: instructor, administrator, student."""

from dataclasses import dataclass
from datetime import datetime

from achievements.log.first_fixes import how_many_undelivered
from achievements.log.undelivered import may_open
from badges.delivery.standstills import Standstill
from organizations.models import User
from tms.home.administering import Administering, administering_of, standing_still
from tms.home.learning import Learning, learning_of
from tms.home.teaching import Teaching, teaching_of


@dataclass(frozen=True)
class Home:
    """Everything that the page shows; what does not concern the person is None, or empty.

    `undelivered` badges did not arrive: of those whom the person administers, and of those whom he or she teaches.
    """

    teaching: Teaching | None
    administering: Administering | None
    standstills: list[Standstill]
    learning: Learning | None
    undelivered: int

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to decide or to repair something."""
        return bool(self.undelivered or (self.administering and self.administering.waiting_holds))

    @property
    def task(self) -> str:
        """What the person is to do first: it has the one filled button of the page. Empty where nothing is to be done."""
        return next((name for name, is_it in self._tasks().items() if is_it), "")

    def _tasks(self) -> dict[str, object]:
        teaching, administering, learning = self.teaching, self.administering, self.learning
        return {
            "late": administering and administering.freshness.is_late,
            "wrap_up": teaching and teaching.to_wrap_up,
            "attention": self.needs_attention,
            "class": teaching and teaching.next_class and teaching.next_class in teaching.today,
            "accept": learning and learning.to_accept,
            "next_class": teaching and teaching.next_class,
            "goal": learning and learning.goal,
        }


def home_of(user: User, *, at: datetime) -> Home:
    """The person's home page at this moment. The number of queries does not depend on how much there is."""
    teaching, administering = teaching_of(user, at=at), administering_of(user, at=at)
    return Home(
        teaching,
        administering,
        standing_still(user),
        learning_of(user, at=at, has_other_roles=teaching is not None or administering is not None),
        how_many_undelivered(user) if may_open(user) else 0,
    )
