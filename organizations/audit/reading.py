"""Who may read what of the audit."""

from django.db.models import QuerySet

from organizations.access import managed_organizations
from organizations.models import AuditEntry, User


def entries_for(user: User) -> QuerySet[AuditEntry]:
    """What concerns the organizations that the user manages; for a superuser also what concerns none."""
    entries = AuditEntry.objects.all()
    if user.is_superuser:
        return entries
    return entries.filter(organization__in=managed_organizations(user))
