"""The home page of those who learn: what to accept, what is in reach, their badges and their training."""

from dataclasses import dataclass
from datetime import datetime

from achievements.explaining.rewards import Earned, Goal, Rewards, goals_of, rewards_of
from badges.models import IssuedBadge
from badges.public.publishing import address_to_accept
from classes.transcripts import TranscriptLine, current_training
from organizations.models import User

REWARDS_SHOWN = 9
TRAINING_SHOWN = 6


@dataclass(frozen=True)
class Learning:
    """What the page says to those who learn. `goal` is the nearest one.

    Of `training` and the rewards the first ones.
    """

    rewards: Rewards
    training: list[TranscriptLine]
    goal: Goal | None

    @property
    def badges(self) -> list[IssuedBadge]:
        """The newest ones held (S128)."""
        return self.rewards.badges[:REWARDS_SHOWN]

    @property
    def achievements(self) -> list[Earned]:
        """The newest ones, each once however often it was earned."""
        return self.rewards.achievements[:REWARDS_SHOWN]

    @property
    def to_accept(self) -> IssuedBadge | None:
        """The badge that has waited for the person longest, at a provider that asks for an answer."""
        return next((issued for issued in reversed(self.rewards.badges) if address_to_accept(issued)), None)


def learning_of(user: User, *, at: datetime, has_other_roles: bool) -> Learning | None:
    """What there is to learn and was earned; of those who also teach or administer None while there is neither.

    At most seventeen queries, whatever there is.
    """
    rewards, training = rewards_of(user), current_training(user, at=at)
    if has_other_roles and not (rewards.badges or rewards.achievements or training):
        return None
    begun = goals_of(user).begun
    return Learning(rewards, training[:TRAINING_SHOWN], begun[0] if begun else None)
