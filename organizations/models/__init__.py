"""Organizations, people, and how they are signed in."""

from organizations.models.audit import AuditEntry, AuditSeal
from organizations.models.brands import Brand
from organizations.models.people import (
    PLAIN_ADDRESS,
    Organization,
    OrganizationQuerySet,
    PeopleManager,
    User,
    UserQuerySet,
    faults_of_accounts,
    languages,
    validate_time_zone,
)
from organizations.models.signing_in import PasswordLetter, UserSession

__all__ = [
    "PLAIN_ADDRESS",
    "AuditEntry",
    "AuditSeal",
    "Brand",
    "Organization",
    "OrganizationQuerySet",
    "PasswordLetter",
    "PeopleManager",
    "User",
    "UserQuerySet",
    "UserSession",
    "faults_of_accounts",
    "languages",
    "validate_time_zone",
]
