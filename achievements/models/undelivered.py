"""The badges that somebody should have and that did not arrive, each student and badge once: a view of other tables."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from achievements.models.achievements import EarnedAchievement
from badges.models import Badge, IssuedBadge
from operation.among import Among
from organizations.models import User


class UndeliveredBadgeQuerySet(models.QuerySet["UndeliveredBadge"]):
    """Which rows of the view."""

    def of_ids(self, ids: Sequence[int]) -> "UndeliveredBadgeQuerySet":
        """Those with these ids: even ones are of what was earned, odd ones of what was issued. The view has no index of its own."""
        earned, issued = ([pk // 2 for pk in ids if pk % 2 == kind] for kind in (0, 1))
        return self.filter(Q(Among("earned", earned)) | Q(Among("issued", issued)))


class UndeliveredBadge(models.Model):
    """A badge that was earned first by `earned` and perhaps never issued, or that was `issued` and did not arrive.

    The view has whatever was earned with a badge, and whatever is on its way: what of it is withheld or stuck,
    achievements.log.undelivered asks, and who may see it.
    """

    id = models.BigIntegerField(primary_key=True)
    student = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    badge = models.ForeignKey(Badge, on_delete=models.DO_NOTHING, related_name="+")
    earned = models.ForeignKey(EarnedAchievement, on_delete=models.DO_NOTHING, null=True, related_name="+")
    issued = models.ForeignKey(IssuedBadge, on_delete=models.DO_NOTHING, null=True, related_name="+")
    since = models.DateTimeField(_("since"))

    objects = UndeliveredBadgeQuerySet.as_manager()

    class Meta:
        managed = False
        default_permissions = ()
        verbose_name = _("undelivered badge")
        verbose_name_plural = _("undelivered badges")

    def __str__(self) -> str:
        return f"{self.badge_id} for {self.student_id}"
