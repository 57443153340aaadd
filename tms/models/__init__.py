"""The tables that every app stands on."""

from tms.models.operation import Allowance, FormPress, Heartbeat, SweepHint, Tally
from tms.models.people import Organization, OrganizationQuerySet, TmsUserManager, User, UserQuerySet, validate_time_zone
from tms.models.signing_in import PasswordLetter, UserSession

__all__ = [
    "Allowance",
    "FormPress",
    "Heartbeat",
    "Organization",
    "OrganizationQuerySet",
    "PasswordLetter",
    "SweepHint",
    "Tally",
    "TmsUserManager",
    "User",
    "UserQuerySet",
    "UserSession",
    "validate_time_zone",
]
