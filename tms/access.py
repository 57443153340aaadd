"""Who may act for which organization."""

from tms.models import Organization, OrganizationQuerySet, User


def managed_organizations(user: User) -> OrganizationQuerySet:
    """The organizations the user administers: the managed ones with all below them; all for a superuser."""
    if user.is_superuser:
        return Organization.objects.all()
    return Organization.objects.under(user.managed_organizations.all())


def manages(user: User, organization_id: int) -> bool:
    """Whether the user administers this organization."""
    return managed_organizations(user).filter(pk=organization_id).exists()
