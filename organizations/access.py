"""Who may act for which organization, and who may act on which account."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from organizations.models import Organization, OrganizationQuerySet, User, UserQuerySet
from organizations.roles import PERMISSIONS


def signed_in(request: HttpRequest) -> User:
    """The account that asks; for views that LoginRequiredMiddleware or the admin keeps visitors from."""
    assert isinstance(request.user, User)
    return request.user


def managed_organizations(user: User) -> OrganizationQuerySet:
    """The organizations the user administers: the managed ones with all below them; all for a superuser."""
    if user.is_superuser:
        return Organization.objects.all()
    return Organization.objects.managed_by(user)


def manages(user: User, organization_id: int) -> bool:
    """Whether the user administers this organization."""
    return managed_organizations(user).filter(pk=organization_id).exists()


def administers_tree_of(user: User, organization: Organization) -> bool:
    """Whether the user administers the root above this organization, and so every organization of its tree."""
    roots = Organization.objects.above(organization.pk).filter(parent__isnull=True)
    return managed_organizations(user).filter(pk__in=roots.values("pk")).exists()


def grantable_roles(user: User) -> QuerySet[Group]:
    """The groups the user may give to others: the product's roles, and none that can do what the user cannot.

    Otherwise a user who may change accounts could make one that may do everything, and sign in with it.
    """
    if user.is_superuser:
        return Group.objects.all()
    own = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    beyond = Permission.objects.exclude(pk__in=own.values("pk"))
    return Group.objects.filter(name__in=PERMISSIONS).exclude(permissions__in=beyond)


def changeable_accounts(user: User) -> UserQuerySet:
    """The accounts the user may change: in managed organizations, and none that reaches further than the user does.

    To change an account is to be able to take it over (its address, its password). So a superuser's account, one with
    permissions of its own, one with a group the user could not grant, and one that manages an organization the user
    does not manage are left to somebody who reaches as far.
    """
    accounts = User.objects.get_queryset()
    if user.is_superuser:
        return accounts
    managed = managed_organizations(user).values("pk")
    elsewhere = User.managed_organizations.through.objects.exclude(organization_id__in=managed)
    mightier = User.groups.through.objects.exclude(group_id__in=grantable_roles(user).values("pk"))
    return accounts.filter(organization_id__in=managed, is_superuser=False, user_permissions__isnull=True).exclude(
        Q(pk__in=elsewhere.values("user_id")) | Q(pk__in=mightier.values("user_id"))
    )
