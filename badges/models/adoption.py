"""What becomes of a badge once it is issued: the first moment of each step that no other table keeps."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.models.issued import IssuedBadge


class Step(models.TextChoices):
    """The steps of a badge from its issuer to those whom it is shown to, in the order in which they are drawn."""

    ISSUED = "issued", _("Issued")
    DELIVERED = "delivered", _("Delivered")
    OPENED = "opened", _("Letter opened")
    ACCEPTED = "accepted", _("Accepted")
    SHARED = "shared", _("Shared")
    VERIFIED = "verified", _("Verified")


# The others stand in the row of the issued badge.
KEPT_STEPS = (Step.OPENED, Step.SHARED, Step.VERIFIED)


class StepMoment(models.Model):
    """When an issued badge first took a step. Nothing about who made it do so: no person, no address, no browser."""

    issued_badge = models.ForeignKey(IssuedBadge, on_delete=models.CASCADE, related_name="step_moments", db_index=False)
    step = models.CharField(_("step"), max_length=16, choices=[(step.value, step.label) for step in KEPT_STEPS])
    at = models.DateTimeField(_("first time"))

    class Meta:
        verbose_name = _("moment of a step")
        verbose_name_plural = _("moments of steps")
        constraints = [models.UniqueConstraint(fields=["issued_badge", "step"], name="step_moment_first_alone")]

    def __str__(self) -> str:
        return f"{self.issued_badge_id}: {self.step}"
