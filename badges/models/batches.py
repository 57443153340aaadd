"""The ways in which badges are issued, and each press of Issue Badges."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from organizations.access import managed_organizations
from organizations.models import Organization, User


class Via(models.TextChoices):
    """The ways in which a badge is issued."""

    ROSTER = "roster", _("Class roster")
    ASSIGNMENT = "assignment", _("Course assignment")
    ACHIEVEMENT = "achievement", _("Achievement")
    ADMIN = "admin", _("Administration")


class IssuanceBatchQuerySet(models.QuerySet["IssuanceBatch"]):
    """Which batches."""

    def visible_to(self, user: User) -> "IssuanceBatchQuerySet":
        """The user's own, and those of the organizations the user manages."""
        if user.is_superuser:
            return self.all()
        return self.filter(models.Q(issued_by=user) | models.Q(organization__in=managed_organizations(user)))


class IssuanceBatch(models.Model):
    """One press of Issue Badges: what was asked for, and what became of each pair (N3). Lasting, with its own URL."""

    idempotency_key = models.UUIDField(
        unique=True, editable=False, help_text=_("Of the rendered form: a second press finds the first one's batch.")
    )
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="issuance_batches"
    )
    via = models.CharField(_("via"), max_length=16, choices=Via)
    source_id = models.BigIntegerField(_("source id"), null=True, blank=True)
    source_words = models.CharField(_("source"), max_length=400, blank=True)
    issued_by = models.ForeignKey(
        User, verbose_name=_("issued by"), on_delete=models.PROTECT, null=True, related_name="issuance_batches"
    )
    created_at = models.DateTimeField(_("created"))

    # Where the name of the source leads on a page. Set by badges.held.leading.
    source_page: str = ""

    objects = IssuanceBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("issuance")
        verbose_name_plural = _("issuances")
        indexes = [
            models.Index(fields=["via", "source_id", "-created_at"], name="issuance_from"),
            models.Index(fields=["-created_at", "-id"], name="issuance_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_via_display()} {self.source_words}".strip()
