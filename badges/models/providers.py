"""The links to issuers of badges, how fast each may be called, and what was read and heard from it."""

import uuid
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.secrets import SecretField
from operation.characters import ProseField, validate_one_line
from organizations.access import managed_organizations
from organizations.models import Organization, User

# What a provider is asked with: with another token, or at another account, its answers are others.
ASKED_WITH = ("kind", "provider_organization_id", "api_url", "encrypted_token")
# The kinds that have no account at somebody else's: no organization id, API URL or token.
WITHOUT_ACCOUNT = ("built_in",)


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
        """The types of provider (S3). What each can do is said by its class in badges.providers."""

        BUILT_IN = "built_in", _("Built-in Open Badges issuer")
        CREDLY = "credly", _("Credly")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    description = ProseField(_("description"), blank=True)
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="badge_providers"
    )
    kind = models.CharField(_("badge provider type"), max_length=16, choices=Kind)
    provider_organization_id = models.CharField(
        _("badge provider organization id"), max_length=255, blank=True, validators=[validate_one_line]
    )
    encrypted_token = SecretField(_("API authentication token"), blank=True, editable=False)
    api_url = models.URLField(_("API URL"), blank=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    website = models.URLField(_("website"), blank=True, help_text=_("Shown with the badges of the built-in issuer."))
    contact_email = models.EmailField(
        _("contact e-mail"), blank=True, help_text=_("Shown with the badges of the built-in issuer.")
    )
    requests_per_second = models.PositiveSmallIntegerField(
        _("requests per second"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
        help_text=_("How often the provider may be called, by all workers together."),
    )
    available_to = models.ManyToManyField(
        Organization,
        verbose_name=_("available to"),
        blank=True,
        related_name="available_badge_providers",
        help_text=_("Child organizations that may use this provider for their badges."),
    )
    disabled_at = models.DateTimeField(_("switched off"), null=True, blank=True, editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)
    pause_reason = models.TextField(_("reason of the pause"), blank=True, editable=False)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True, editable=False)
    last_error_at = models.DateTimeField(_("last error"), null=True, blank=True, editable=False)
    last_error = models.TextField(_("last error text"), blank=True, editable=False)
    verified_at = models.DateTimeField(_("last good test"), null=True, blank=True, editable=False)
    token_expires_at = models.DateTimeField(_("token expires"), null=True, blank=True, editable=False)
    lacking_scopes = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        editable=False,
        help_text=_("What the token may not do, as its calls were answered."),
    )
    templates_read_at = models.DateTimeField(_("templates read"), null=True, blank=True, editable=False)
    webhook_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text=_("SHA-256 of the secret in the webhook's address.")
    )
    polled_at = models.DateTimeField(_("changes asked for"), null=True, blank=True, editable=False)
    polled_page = models.PositiveIntegerField(
        _("next page"), null=True, blank=True, editable=False, help_text=_("Of the reading of everything under way.")
    )
    polled_fully_at = models.DateTimeField(_("everything asked for"), null=True, blank=True, editable=False)
    polling_until = models.DateTimeField(_("end of the poll's lease"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = BadgeProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("badge provider")
        verbose_name_plural = _("badge providers")
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="badge_provider_name_unique"),
            models.CheckConstraint(
                condition=reduce(or_, (models.Q(kind=kind) for kind in WITHOUT_ACCOUNT))
                | ~models.Q(provider_organization_id="", api_url=""),
                name="outside_badge_provider_has_an_account",
                violation_error_message=_("A Credly provider needs its organization id and API URL."),
            ),
            models.CheckConstraint(
                condition=models.Q(requests_per_second__range=(1, 500)), name="badge_provider_may_be_called"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def asked_with(self) -> dict[str, str]:
        """Its account and its token, this in its encrypted form."""
        return {name: getattr(self, name) for name in ASKED_WITH}

    @property
    def has_account(self) -> bool:
        """Whether it is an account at somebody else's, with an organization id, an API URL and a token."""
        return self.kind not in WITHOUT_ACCOUNT

    @property
    def is_built_in(self) -> bool:
        """The product's own issuer, with its keys, status lists and public pages.

        What another kind may be or do, too, is never asked by this: see `has_account`, and a provider's capabilities.
        """
        return self.kind == self.Kind.BUILT_IN


class ProviderPace(models.Model):
    """When a provider may be called next, by whichever worker. Apart from the provider: it changes with every call."""

    provider = models.OneToOneField(BadgeProvider, on_delete=models.CASCADE, primary_key=True, related_name="pace")
    next_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0, db_default=0, help_text="Without an answer, one after another.")
    refusals = models.PositiveIntegerField(default=0, db_default=0, help_text="As too many, one after another.")
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pace of a provider")
        verbose_name_plural = _("paces of providers")

    def __str__(self) -> str:
        return f"{self.provider_id}: {self.next_at}"


class BadgeTemplate(models.Model):
    """A badge template as it was last read from the provider."""

    class State(models.TextChoices):
        """May it be issued from?"""

        ACTIVE = "active", _("Active")
        DRAFT = "draft", _("Draft")
        ARCHIVED = "archived", _("Archived")
        GONE = "gone", _("Gone")

    provider = models.ForeignKey(BadgeProvider, on_delete=models.CASCADE, related_name="templates")
    external_id = models.CharField(_("template id"), max_length=255)
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    image_url = models.URLField(_("image address"), max_length=1000, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ACTIVE)
    allows_duplicates = models.BooleanField(
        _("allows duplicates"),
        default=False,
        help_text=_("The provider does not refuse a second badge from this template to the same person."),
    )
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("badge template")
        verbose_name_plural = _("badge templates")
        constraints = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="badge_template_once_per_provider")
        ]

    def __str__(self) -> str:
        return self.name


class ProviderEvent(models.Model):
    """A webhook's hint that something changed at the provider; what changed is asked for with our own token."""

    class Result(models.TextChoices):
        """What came of the hint."""

        WAITING = "waiting", _("Waiting")
        APPLIED = "applied", _("Applied")
        STALE = "stale", _("Known already")
        UNKNOWN = "unknown", _("Of a badge that was not issued here")
        IGNORED = "ignored", _("Of no concern")
        MISSING = "missing", _("Not known to the provider")
        GIVEN_UP = "given_up", _("Given up: the provider could not be asked")

    provider = models.ForeignKey(BadgeProvider, on_delete=models.CASCADE, related_name="events")
    event_id = models.UUIDField(_("event id"))
    event_type = models.CharField(_("event type"), max_length=100, blank=True)
    received_at = models.DateTimeField(_("received"))
    result = models.CharField(_("result"), max_length=16, choices=Result, default=Result.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)

    class Meta:
        verbose_name = _("event of a provider")
        verbose_name_plural = _("events of providers")
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(result="waiting"), name="provider_event_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"
