"""Badges, the providers that bring them to students, and every badge that was issued."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.secrets import SecretField
from tms.access import managed_organizations
from tms.models import Organization, User


class BadgeProviderQuerySet(models.QuerySet["BadgeProvider"]):
    """Which providers."""

    def visible_to(self, user: User) -> "BadgeProviderQuerySet":
        """Those of the organizations the user manages, and those made available to them (S4)."""
        if user.is_superuser:
            return self.all()
        managed = managed_organizations(user).values("pk")
        shared = BadgeProvider.available_to.through.objects.filter(organization_id__in=managed)
        return self.filter(models.Q(organization_id__in=managed) | models.Q(pk__in=shared.values("badgeprovider_id")))

    def changeable_by(self, user: User) -> "BadgeProviderQuerySet":
        """Those of the organizations the user manages: availability lets others use a provider, not change it."""
        return self.filter(organization__in=managed_organizations(user))

    def usable_by(self, organization_id: int) -> "BadgeProviderQuerySet":
        """Those an organization may use for its badges: its own, and those made available to it (S4)."""
        shared = BadgeProvider.available_to.through.objects.filter(organization_id=organization_id)
        return self.filter(
            models.Q(organization_id=organization_id) | models.Q(pk__in=shared.values("badgeprovider_id"))
        )


class BadgeProvider(models.Model):
    """The link to one issuer: an account at Credly, or the product's own Open Badges 3.0 issuer (S1)."""

    class Kind(models.TextChoices):
        """The types of provider (S3)."""

        BUILT_IN = "built_in", _("Built-in Open Badges issuer")
        CREDLY = "credly", _("Credly")

    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="badge_providers"
    )
    kind = models.CharField(_("badge provider type"), max_length=16, choices=Kind)
    provider_organization_id = models.CharField(_("badge provider organization id"), max_length=255, blank=True)
    encrypted_token = SecretField(_("API authentication token"), blank=True, editable=False)
    api_url = models.URLField(_("API URL"), blank=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    available_to = models.ManyToManyField(
        Organization,
        verbose_name=_("available to"),
        blank=True,
        related_name="available_badge_providers",
        help_text=_("Child organizations that may use this provider for their badges."),
    )
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)
    pause_reason = models.TextField(_("reason of the pause"), blank=True, editable=False)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True, editable=False)
    last_error_at = models.DateTimeField(_("last error"), null=True, blank=True, editable=False)
    last_error = models.TextField(_("last error text"), blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = BadgeProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("badge provider")
        verbose_name_plural = _("badge providers")
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="badge_provider_name_unique"),
            models.CheckConstraint(
                condition=models.Q(kind="built_in") | ~models.Q(provider_organization_id="", api_url=""),
                name="outside_badge_provider_has_an_account",
                violation_error_message=_("A Credly provider needs its organization id and API URL."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BadgeQuerySet(models.QuerySet["Badge"]):
    """Which badges."""

    def visible_to(self, user: User) -> "BadgeQuerySet":
        """Those of the organizations the user manages, and those made available to them (S9)."""
        if user.is_superuser:
            return self.all()
        managed = managed_organizations(user).values("pk")
        shared = Badge.available_to.through.objects.filter(organization_id__in=managed)
        return self.filter(models.Q(organization_id__in=managed) | models.Q(pk__in=shared.values("badge_id")))

    def changeable_by(self, user: User) -> "BadgeQuerySet":
        """Those of the organizations the user manages: availability lets others use a badge, not change it."""
        return self.filter(organization__in=managed_organizations(user))

    def usable_by(self, organization_id: int) -> "BadgeQuerySet":
        """Those an organization may use for its achievements: its own, and those made available to it (S9)."""
        shared = Badge.available_to.through.objects.filter(organization_id=organization_id)
        return self.filter(models.Q(organization_id=organization_id) | models.Q(pk__in=shared.values("badge_id")))

    def manually_issuable(self) -> "BadgeQuerySet":
        """Enable Manual Issuance is on (S18)."""
        return self.filter(manual_issuance=True)

    def of_organization(self, organization_id: int) -> "BadgeQuerySet":
        """The badges a roster of this organization may offer (S27): its own, manually issuable."""
        return self.manually_issuable().filter(organization_id=organization_id)


class Badge(models.Model):
    """A digital credential that students earn once (S7, S13)."""

    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    criteria = models.TextField(_("criteria"), blank=True, help_text=_("What a student does to earn the badge."))
    image = models.ImageField(_("image"), upload_to="badges/", blank=True)
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="badges"
    )
    provider = models.ForeignKey(
        BadgeProvider, verbose_name=_("badge provider"), on_delete=models.PROTECT, related_name="badges"
    )
    provider_template_id = models.CharField(
        _("badge provider template id"),
        max_length=255,
        blank=True,
        help_text=_("Names the badge at the provider. The built-in issuer needs none."),
    )
    manual_issuance = models.BooleanField(
        _("Enable Manual Issuance"),
        default=False,
        db_default=False,
        help_text=_("Instructors and administrators may issue the badge by hand."),
    )
    available_to = models.ManyToManyField(
        Organization,
        verbose_name=_("available to"),
        blank=True,
        related_name="available_badges",
        help_text=_("Child organizations that may associate this badge with their achievements."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    modified_at = models.DateTimeField(_("last modified"), auto_now=True)

    objects = BadgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="badge_name_unique")]

    def __str__(self) -> str:
        return self.name


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

    objects = IssuanceBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("issuance")
        verbose_name_plural = _("issuances")

    def __str__(self) -> str:
        return f"{self.get_via_display()} {self.source_words}".strip()


class IssuedBadgeQuerySet(models.QuerySet["IssuedBadge"]):
    """Which issued badges."""

    def visible_to(self, user: User) -> "IssuedBadgeQuerySet":
        """The user's own, those of the badges and of the students in the organizations the user manages."""
        if user.is_superuser:
            return self.all()
        managed = managed_organizations(user).values("pk")
        return self.filter(
            models.Q(student=user)
            | models.Q(badge__organization_id__in=managed)
            | models.Q(student__organization_id__in=managed)
        )

    def held(self) -> "IssuedBadgeQuerySet":
        """Not revoked: the rows that keep a student from getting the badge again (S13)."""
        return self.filter(revoked_at__isnull=True)


class IssuedBadge(models.Model):
    """A badge that a student was given: who or what awarded it, on what, since when, and where it stands (N9)."""

    class Status(models.TextChoices):
        """Where the badge stands with its holder (S124)."""

        PENDING = "pending", _("Pending")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        REVOKED = "revoked", _("Revoked")

    class Delivery(models.TextChoices):
        """Where the badge stands on its way to the provider."""

        PENDING = "pending", _("On its way")
        SENDING = "sending", _("Being sent")
        UNCERTAIN = "uncertain", _("Being checked")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    badge = models.ForeignKey(Badge, verbose_name=_("badge"), on_delete=models.PROTECT, related_name="issued")
    student = models.ForeignKey(User, verbose_name=_("student"), on_delete=models.PROTECT, related_name="issued_badges")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    issued_at = models.DateTimeField(_("issued"), help_text=_("The moment the badge was earned or given."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    recipient_email = models.EmailField(_("sent to"), help_text=_("The student's address when the badge was issued."))

    via = models.CharField(_("way"), max_length=16, choices=Via)
    source_id = models.BigIntegerField(_("source id"), null=True, blank=True)
    source_words = models.CharField(_("from"), max_length=400, blank=True)
    evidence = models.JSONField(
        _("evidence"), default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )
    issued_by = models.ForeignKey(
        User, verbose_name=_("issued by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    batch = models.ForeignKey(
        IssuanceBatch,
        verbose_name=_("issuance"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="issued_badges",
    )

    status = models.CharField(_("issued status"), max_length=16, choices=Status, default=Status.PENDING)
    delivery = models.CharField(_("delivery"), max_length=16, choices=Delivery, default=Delivery.PENDING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0, db_default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=64, blank=True, db_default="")
    failure_message = models.TextField(_("failure"), blank=True, db_default="")
    external_id = models.CharField(_("id at the provider"), max_length=255, blank=True, db_default="")
    public_url = models.URLField(_("public address"), max_length=500, blank=True, db_default="")
    accept_url = models.URLField(_("address to accept at"), max_length=500, blank=True, db_default="")
    status_changed_at = models.DateTimeField(_("status changed"), null=True, blank=True)

    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, verbose_name=_("revoked by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revocation_reason = models.TextField(_("reason of the revocation"), blank=True, db_default="")

    objects = IssuedBadgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("issued badge")
        verbose_name_plural = _("issued badges")
        constraints = [
            models.UniqueConstraint(
                fields=["badge", "student"],
                condition=models.Q(revoked_at__isnull=True),
                name="issued_badge_held_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status="revoked", revoked_at__isnull=False)
                | (~models.Q(status="revoked") & models.Q(revoked_at__isnull=True)),
                name="issued_badge_revoked_has_a_moment",
            ),
            models.UniqueConstraint(
                fields=["badge", "external_id"], condition=~models.Q(external_id=""), name="issued_badge_adopted_once"
            ),
        ]
        indexes = [
            models.Index(fields=["student", "-issued_at"], name="issued_badge_by_student"),
            models.Index(fields=["-issued_at", "-id"], name="issued_badge_newest"),
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(delivery__in=["pending", "sending", "uncertain"]),
                name="issued_badge_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.badge_id} to {self.student_id}"

    @property
    def is_held(self) -> bool:
        """Not revoked."""
        return self.revoked_at is None


class IssuanceItem(models.Model):
    """One (badge, student) pair of a batch: issued, or refused with a code and a sentence."""

    batch = models.ForeignKey(IssuanceBatch, on_delete=models.CASCADE, related_name="items")
    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="+")
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_badge = models.ForeignKey(IssuedBadge, on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    code = models.CharField(_("failure code"), max_length=64, blank=True)
    message = models.TextField(_("failure"), blank=True)

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
