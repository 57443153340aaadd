"""Organizations, people, and how they are signed in."""

from organizations.models.brands import Brand
from organizations.models.people import (
    Organization,
    OrganizationQuerySet,
    PeopleManager,
    User,
    UserQuerySet,
    languages,
    validate_time_zone,
)
from organizations.models.signing_in import PasswordLetter, UserSession

__all__ = [
    "Brand",
    "Organization",
    "OrganizationQuerySet",
    "PasswordLetter",
    "PeopleManager",
    "User",
    "UserQuerySet",
    "UserSession",
    "languages",
    "validate_time_zone",
]
