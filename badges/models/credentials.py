"""What the built-in issuer keeps: its keys, the credentials it signed, their places in status lists, and its letters."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.models.issued import IssuedBadge
from badges.models.providers import BadgeProvider
from badges.secrets import SecretField


class IssuerKey(models.Model):
    """A key that a built-in issuer signs with, or signed with: a retired one stays listed, for what it signed."""

    class Kind(models.TextChoices):
        """What it is for."""

        ED25519 = "ed25519", _("Ed25519, for Data Integrity proofs")
        RSA = "rsa", _("RSA, for JSON Web Tokens")

    provider = models.ForeignKey(BadgeProvider, on_delete=models.PROTECT, related_name="keys")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    public_key = models.TextField(_("public key"), help_text=_("PEM."))
    encrypted_private_key = SecretField(_("private key"), editable=False)
    created_at = models.DateTimeField(_("created"))
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("issuer key")
        verbose_name_plural = _("issuer keys")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "kind"],
                condition=models.Q(retired_at__isnull=True),
                name="issuer_key_one_of_a_kind_in_use",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class StatusList(models.Model):
    """A published list of bits, one for each credential: set when it is revoked (Bitstring Status List)."""

    provider = models.ForeignKey(BadgeProvider, on_delete=models.PROTECT, related_name="status_lists")
    number = models.PositiveIntegerField(_("number"))

    class Meta:
        verbose_name = _("status list")
        verbose_name_plural = _("status lists")
        constraints = [models.UniqueConstraint(fields=["provider", "number"], name="status_list_number_once")]

    def __str__(self) -> str:
        return f"{self.provider_id}/{self.number}"


class Credential(models.Model):
    """A signed Open Badges 3.0 credential, in both forms, exactly as it is handed out."""

    issued_badge = models.OneToOneField(IssuedBadge, on_delete=models.PROTECT, related_name="credential")
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="credentials")
    status_index = models.PositiveIntegerField(_("place in the status list"))
    document = models.TextField(_("document"), help_text=_("JSON-LD with a Data Integrity proof."))
    token = models.TextField(_("token"), help_text=_("VC-JWT."))
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [
            models.UniqueConstraint(fields=["status_list", "status_index"], name="credential_has_its_own_bit")
        ]

    def __str__(self) -> str:
        return str(self.issued_badge_id)


class BadgeLetter(models.Model):
    """The e-mail that tells a student of a badge of the built-in issuer (Credly writes its own)."""

    issued_badge = models.OneToOneField(IssuedBadge, on_delete=models.CASCADE, related_name="letter")
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    failure = models.TextField(_("failure"), blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="badge_letter_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.issued_badge_id)


class LetterPause(models.Model):
    """When somebody last had a student told of a badge once more, whichever row the badge had then."""

    badge = models.ForeignKey("badges.Badge", on_delete=models.CASCADE, related_name="+")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "badges_told"
        constraints = [models.UniqueConstraint(fields=["badge", "student"], name="told_once_for_each")]

    def __str__(self) -> str:
        return f"{self.badge_id} to {self.student_id}"
