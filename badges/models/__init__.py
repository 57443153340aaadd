"""The tables of badges."""

from badges.models.adoption import KEPT_STEPS, Step, StepMoment
from badges.models.badges import Badge, BadgeQuerySet
from badges.models.batches import IssuanceBatch, IssuanceBatchQuerySet, IssuanceItem, IssuanceItemQuerySet, Via
from badges.models.credentials import BadgeLetter, Credential, IssuerKey, LetterPause, StatusList
from badges.models.issued import (
    LONGEST_LINK,
    LONGEST_NOTE,
    ON_ITS_WAY,
    IssuedBadge,
    IssuedBadgeQuerySet,
    accepted,
    tells_actor,
    undoable,
)
from badges.models.providers import (
    WITHOUT_ACCOUNT,
    BadgeProvider,
    BadgeProviderQuerySet,
    BadgeTemplate,
    ProviderEvent,
    ProviderPace,
)

__all__ = [
    "KEPT_STEPS",
    "LONGEST_LINK",
    "LONGEST_NOTE",
    "ON_ITS_WAY",
    "WITHOUT_ACCOUNT",
    "Badge",
    "BadgeLetter",
    "BadgeProvider",
    "BadgeProviderQuerySet",
    "BadgeQuerySet",
    "BadgeTemplate",
    "Credential",
    "IssuanceBatch",
    "IssuanceBatchQuerySet",
    "IssuanceItem",
    "IssuanceItemQuerySet",
    "IssuedBadge",
    "IssuedBadgeQuerySet",
    "IssuerKey",
    "LetterPause",
    "ProviderEvent",
    "ProviderPace",
    "StatusList",
    "Step",
    "StepMoment",
    "Via",
    "accepted",
    "tells_actor",
    "undoable",
]
