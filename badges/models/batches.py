"""The ways in which badges are issued, and each press of Issue Badges with its pairs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.models.badges import Badge
from organizations.access import managed_organizations
from organizations.models import Organization, User
from organizations.scope import administered, trained


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


class IssuanceItemQuerySet(models.QuerySet["IssuanceItem"]):
    """Which pairs."""

    def visible_to(self, user: User) -> "IssuanceItemQuerySet":
        """Those that the user asked for; of other visible batches, those of people whom the user administers or trained."""
        if user.is_superuser:
            return self.all()
        in_sight = IssuanceBatch.objects.visible_to(user).values("pk")
        may_be_named = administered(user, "student") | trained(user, "student")
        return self.filter(models.Q(batch__issued_by=user) | models.Q(may_be_named, batch__in=in_sight))


class IssuanceItem(models.Model):
    """One (badge, student) pair of a batch: issued, or refused with a code and a sentence."""

    batch = models.ForeignKey(IssuanceBatch, on_delete=models.CASCADE, related_name="items")
    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="+")
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_badge = models.ForeignKey(
        "badges.IssuedBadge", on_delete=models.PROTECT, null=True, blank=True, related_name="items"
    )
    code = models.CharField(_("failure code"), max_length=64, blank=True)
    message = models.TextField(_("failure"), blank=True)

    objects = IssuanceItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair of an issuance")
        verbose_name_plural = _("pairs of issuances")
        constraints = [
            models.UniqueConstraint(fields=["batch", "badge", "student"], name="issuance_item_pair_unique"),
            models.CheckConstraint(
                condition=models.Q(issued_badge__isnull=False, code="")
                | (models.Q(issued_badge__isnull=True) & ~models.Q(code="")),
                name="issuance_item_is_issued_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.badge_id} to {self.student_id}: {self.code or 'issued'}"
