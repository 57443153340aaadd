"""Saved views: the state of a list under a name."""

from typing import Any

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from listing.addresses import VIEW
from operation.characters import validate_one_line
from organizations.access import managed_organizations
from organizations.models import Organization, User


def _whether(condition: models.Q) -> Any:
    return models.ExpressionWrapper(condition, output_field=models.BooleanField())


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Which saved views."""

    def offered_to(self, user: User) -> "SavedViewQuerySet":
        """One's own, and those shared with an organization that one belongs to, that lies above it, or that one manages."""
        above = Organization.objects.above(user.organization_id)
        managed = Organization.objects.under(user.managed_organizations.all())
        shared = models.Q(organization__in=above) | models.Q(organization__in=managed)
        return self.filter(models.Q(owner=user) | shared)

    def visible_to(self, user: User) -> "SavedViewQuerySet":
        """The same; all that are shared for a superuser. Nobody sees what somebody else keeps for himself or herself."""
        shared = models.Q(organization__isnull=False) | models.Q(owner=user)
        return self.filter(shared) if user.is_superuser else self.offered_to(user)

    def changeable_by(self, user: User) -> "SavedViewQuerySet":
        """One's own, and those shared with an organization that one administers."""
        return self.filter(models.Q(owner=user) | models.Q(organization__in=managed_organizations(user)))

    def told_to(self, user: User) -> "SavedViewQuerySet":
        """With `may_change`, and with `tells_owner`: who has gone, or belongs to another tree by now, is not named."""
        home = Organization.objects.filter(pk=user.organization_id)
        managed = managed_organizations(user)
        near = models.Q(owner__organization__in=Organization.objects.in_trees_of(home))
        return self.select_related("owner", "organization").annotate(
            may_change=_whether(models.Q(owner=user) | models.Q(organization__in=managed)),
            tells_owner=_whether(models.Q(owner__is_active=True) & (near | models.Q(owner__organization__in=managed))),
        )

    def named(self, name: str) -> "SavedViewQuerySet":
        """Those of this name, whatever its case."""
        lower: models.Expression = Lower("name")
        return self.alias(lower=lower).filter(lower=Lower(models.Value(name)))


class SavedView(models.Model):
    """Search, filters, order and columns of a list: the query of its address, and nothing more. It opens to nobody more
    than the list itself shows.
    """

    owner = models.ForeignKey(User, verbose_name=_("owner"), on_delete=models.CASCADE, related_name="saved_views")
    page_name = models.CharField(_("list"), max_length=100)
    name = models.CharField(_("name"), max_length=200, validators=[validate_one_line])
    query = models.TextField(_("query"), blank=True)
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("The list opens with this view. Only for you.")
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("shared with"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="shared_views",
        help_text=_("The people of this organization and of those below it find the view in their menu."),
    )

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint("owner", "page_name", Lower("name"), name="saved_view_name_once"),
            models.UniqueConstraint(
                fields=["owner", "page_name"], condition=models.Q(is_default=True), name="saved_view_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def opening(self) -> str:
        """The query that opens it: what it keeps, and its own number."""
        return "&".join(filter(None, (self.query, f"{VIEW}={self.pk}")))
