"""The badges that may be issued."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.models.providers import BadgeProvider
from badges.models.skills import Skill, read_skills, validate_skills
from operation.characters import ProseField, validate_one_line
from organizations.access import managed_organizations
from organizations.models import Organization, User


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

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    description = ProseField(_("description"), blank=True)
    criteria = ProseField(_("criteria"), blank=True, help_text=_("What a student does to earn the badge."))
    skills = models.JSONField(
        _("skills"),
        default=list,
        blank=True,
        db_default=models.Value([], models.JSONField()),
        validators=[validate_skills],
    )
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
        validators=[validate_one_line],
    )
    manual_issuance = models.BooleanField(
        _("Enable Manual Issuance"),
        default=False,
        db_default=False,
        help_text=_("Instructors and administrators may issue the badge by hand."),
    )
    valid_days = models.PositiveIntegerField(
        _("valid for days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(36_500)],
        help_text=_("From the day it is earned. Leave empty to use the template's setting, or no expiry."),
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

    # Where the name leads on a page. Set by badges.catalogue.leading.
    page: str = ""

    objects = BadgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="badge_name_unique")]
        indexes = [models.Index(fields=["name", "id"], name="badge_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def certified_skills(self) -> tuple[Skill, ...]:
        """Its skills, to be shown and signed."""
        return read_skills(self.skills)

    @property
    def has_drawing(self) -> bool:
        """Whether its picture is SVG."""
        return str(self.image).endswith(".svg")
