"""The only room that creates an IssuedBadge: by hand for many pairs, or for what the sweep found, each refusal with its reason."""

from badges.issuing.deciding import (
    AwardReport,
    Awards,
    GoneError,
    KeyUsedError,
    RefusedAward,
    Source,
    issue_earned,
    issue_many,
    preflight,
    refusal_of_award,
    undo_time,
)

__all__ = [
    "AwardReport",
    "Awards",
    "GoneError",
    "KeyUsedError",
    "RefusedAward",
    "Source",
    "issue_earned",
    "issue_many",
    "preflight",
    "refusal_of_award",
    "undo_time",
]
