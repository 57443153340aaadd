"""What people did, and the seals by which a change of it shows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from organizations.models.people import Organization, User


class AuditSeal(models.Model):
    """A digest over some entries and the seal before: whoever changes one of them would have to change all seals since."""

    sealed_at = models.DateTimeField()
    count = models.PositiveIntegerField()  # of entries
    digest = models.CharField(max_length=64)  # SHA-256 in hexadecimal digits

    def __str__(self) -> str:
        return f"seal {self.pk} of {self.count}"


class AuditEntry(models.Model):
    """Something that somebody did, or tried. Written in the transaction of what it tells, and never changed.

    References are numbers without a constraint: what they name may be deleted, and the entry stays. Names and addresses
    of people, free words and secrets are never in it, so that it can outlive the person it is about.
    """

    class Result(models.TextChoices):
        """How it ended."""

        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        REFUSED = "refused", _("Refused")

    at = models.DateTimeField(_("when"))
    action = models.CharField(_("action"), max_length=30)  # organizations.audit.actions, or a word of an older version
    result = models.CharField(_("result"), max_length=10, choices=Result, default=Result.DONE)
    # Nobody: a worker, a command, or somebody who is not signed in.
    actor = models.ForeignKey(
        User,
        verbose_name=_("who"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    address = models.GenericIPAddressField(_("from"), null=True)
    request_id = models.CharField(max_length=64, blank=True)
    # Whose administrators may read it; nobody's: an account that does not exist, or a role. Superusers read all.
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    # The person it happened to, whatever else it is about.
    person = models.ForeignKey(
        User,
        verbose_name=_("person"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    kind = models.CharField(max_length=60, blank=True)  # the model's label, such as badges.badge
    row_id = models.BigIntegerField(null=True)
    words = models.CharField(max_length=255, blank=True)  # the name that the row had
    # What was in the columns that differ, by their names; "…" stands for what is not kept.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    seal = models.ForeignKey(AuditSeal, null=True, editable=False, on_delete=models.PROTECT, related_name="entries")

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["organization", "-id"], name="audit_of_organization"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["person", "-id"], name="audit_of_person"),
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["id"], condition=models.Q(seal__isnull=True), name="audit_unsealed"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.row_id or ''}"
