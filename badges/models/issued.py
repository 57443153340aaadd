"""Every badge that was issued, and where it stands with its holder and its provider."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from badges.models.badges import Badge
from badges.models.batches import IssuanceBatch, Via
from badges.models.providers import BadgeProvider
from operation.characters import ProseField
from organizations.access import managed_organizations
from organizations.models import User
from organizations.scope import EVERYBODY, administered, in_scope, trained, within_scope


class IssuedBadgeQuerySet(models.QuerySet["IssuedBadge"]):
    """Which issued badges."""

    def visible_to(self, user: User) -> "IssuedBadgeQuerySet":
        """The user's own, those of the students the user manages, and, of managed badges, those of trained outsiders.

        Of one's own, none that can still be undone by somebody else.
        """
        if user.is_superuser:
            return self.all()
        seen = self.filter(administered(user, "student") | (_is_of_managed_badge(user) & trained(user, "student")))
        return seen.exclude(undoable(), ~models.Q(issued_by=user), student=user)

    def as_told_to(self, user: User) -> "IssuedBadgeQuerySet":
        """With what the user may know: `sent_to`, empty outside the scope, and whether to name who issued and revoked;
        and with whether it `is_own`.

        `issuer` and `revoker` are their names to sort by.
        """
        tells = {"issuer": tells_actor(user, "issued_by"), "revoker": tells_actor(user, "revoked_by")}
        names = {"issuer": "issued_by__last_name", "revoker": "revoked_by__last_name"}
        return self.annotate(
            sent_to=within_scope(user, "student", "recipient_email"),
            **{"is_own": models.Q(student=user), **{f"tells_{who}": is_told for who, is_told in tells.items()}},
            **{who: models.Case(models.When(tells[who], then=models.F(path))) for who, path in names.items()},
        )

    def unrevoked(self) -> "IssuedBadgeQuerySet":
        """The rows that keep a student from getting the badge again (S13)."""
        return self.filter(revoked_at__isnull=True)

    def held(self) -> "IssuedBadgeQuerySet":
        """The badges that students have: not yet what can be undone, nor what was refused for good or rejected."""
        return self.unrevoked().beyond_undo().exclude(status=IssuedBadge.Status.REJECTED).exclude(REFUSED)

    def undoable(self) -> "IssuedBadgeQuerySet":
        """Those that were issued by hand a moment ago and wait before they leave: see `undoable`."""
        return self.filter(undoable())

    def beyond_undo(self) -> "IssuedBadgeQuerySet":
        """Without those that can still be undone: what a student may know of."""
        return self.exclude(undoable())

    def unrefused(self) -> "IssuedBadgeQuerySet":
        """Without those that their provider refused for good: they were never issued."""
        return self.exclude(REFUSED)

    def standing(self, standing: str, *, at: datetime) -> "IssuedBadgeQuerySet":
        """Those that stand so at this moment: see `IssuedBadge.standing_at`."""
        standings, has_ended = IssuedBadge.Standing, models.Q(expires_at__lte=at)
        if standing == standings.REVOKED:
            return self.filter(revoked_at__isnull=False)
        waits = ~has_ended & models.Q(status="pending")
        told = {
            standings.FAILED: REFUSED | (waits & models.Q(delivery="failed")),
            standings.EXPIRED: ~REFUSED & has_ended,
            standings.ACCEPTED: ~REFUSED & accepted(at) & ~undoable(),
            standings.REJECTED: ~REFUSED & ~has_ended & models.Q(status="rejected"),
            standings.WAITING: waits & models.Q(delivery="delivered"),
            standings.ISSUED: (waits & models.Q(delivery__in=ON_ITS_WAY)) | (~has_ended & undoable()),
        }
        return self.unrevoked().filter(told[standings(standing)])

    def last_of_each(self) -> "IssuedBadgeQuerySet":
        """Of each badge and student, the row that counts: the one held, else the last that was revoked."""
        same = IssuedBadge.objects.filter(badge=models.OuterRef("badge"), student=models.OuterRef("student"))
        return self.exclude(models.Exists(same.filter(pk__gt=models.OuterRef("pk"))))


def _is_of_managed_badge(user: User) -> models.Q:
    if user.is_superuser:
        return EVERYBODY
    return models.Q(badge__organization_id__in=managed_organizations(user).values("pk"))


def tells_actor(user: User, to: str) -> models.Q:
    """The issued badges whose issuer (or revoker) the user may know: of managed badges, and people in scope."""
    return _is_of_managed_badge(user) | in_scope(user, to)


def accepted(at: datetime) -> models.Q:
    """Of the badges held, those that stand as accepted at this moment: accepted by their students, and not expired."""
    return models.Q(status="accepted") & ~models.Q(expires_at__lte=at)


def undoable(to: str = "") -> models.Q:
    """What was issued by hand and has never left yet, while the time to undo it lasts; `to` leads to the issued badge.

    Whatever happens to the row first (a worker claims it, somebody revokes or re-addresses it) ends that.
    """
    start = f"{to}__" if to else ""
    return models.Q(
        (f"{start}batch__isnull", False),
        (f"{start}delivery", "pending"),
        (f"{start}claimed_at__isnull", True),
        (f"{start}revoked_at__isnull", True),
        (f"{start}next_attempt_at__gt", Now()),
    )


def _of_those_set(*columns: str) -> list[models.Index]:
    """An index for each of these foreign keys, of the rows that have it: what a sweep writes has none of them."""
    return [
        models.Index(fields=[column], condition=models.Q((f"{column}__isnull", False)), name=f"issued_badge_{column}")
        for column in columns
    ]


# The provider refused it, or was never asked. Who got no answer may have it.
REFUSED = models.Q(revoked_at__isnull=True, delivery="failed", external_id="") & ~models.Q(failure_code="no_answer")


# Of what its issuer says of a badge.
LONGEST_NOTE, LONGEST_LINK = 1_000, 500

# Given, and the provider does not know it yet, or has not said that it does.
ON_ITS_WAY = ["pending", "sending", "uncertain"]


class IssuedBadge(models.Model):
    """A badge that a student was given: who or what awarded it, on what, since when, and where it stands (N9)."""

    class Status(models.TextChoices):
        """Where the badge stands with its holder (S124)."""

        PENDING = "pending", _("Pending")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        REVOKED = "revoked", _("Revoked")

    class Delivery(models.TextChoices):
        """Whether the provider knows what it should: that the badge is issued or, once revoked, that it is not."""

        PENDING = "pending", _("On its way")
        SENDING = "sending", _("Being sent")
        UNCERTAIN = "uncertain", _("Being checked")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Never sent")

    class Standing(models.TextChoices):
        """The one life of a badge that people read: each has exactly one of them at a time. What happens between us and a
        provider meanwhile is no part of it (`Delivery`).
        """

        ISSUED = "issued", _("Issued")
        WAITING = "waiting", _("Waiting for the student")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    # Where `db_index` is off, an index below serves instead. A sweep writes them by the hundred thousand.
    badge = models.ForeignKey(
        Badge, verbose_name=_("badge"), on_delete=models.PROTECT, related_name="issued", db_index=False
    )
    student = models.ForeignKey(
        User, verbose_name=_("student"), on_delete=models.PROTECT, related_name="issued_badges", db_index=False
    )
    provider = models.ForeignKey(
        BadgeProvider, verbose_name=_("badge provider"), on_delete=models.PROTECT, related_name="issued_badges"
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    issued_at = models.DateTimeField(_("issued"), help_text=_("The moment the badge was earned or given."))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    recipient_email = models.EmailField(_("sent to"), help_text=_("The student's address when the badge was issued."))

    via = models.CharField(_("way"), max_length=16, choices=Via)
    source_id = models.BigIntegerField(_("source id"), null=True, blank=True)
    source_words = models.CharField(_("from"), max_length=400, blank=True)
    evidence = models.JSONField(
        _("evidence"), default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )
    note = ProseField(
        _("note"), max_length=LONGEST_NOTE, blank=True, default="", db_default="", help_text=_("For everyone to read.")
    )
    link = models.URLField(_("link"), max_length=LONGEST_LINK, blank=True, default="", db_default="")
    issued_by = models.ForeignKey(
        User,
        verbose_name=_("issued by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    batch = models.ForeignKey(
        IssuanceBatch,
        verbose_name=_("issuance"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="issued_badges",
        db_index=False,
    )

    status = models.CharField(_("issued status"), max_length=16, choices=Status, default=Status.PENDING)
    delivery = models.CharField(_("delivery"), max_length=16, choices=Delivery, default=Delivery.PENDING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0, db_default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(
        _("last sent"), null=True, blank=True, help_text=_("From this moment on the provider may have it.")
    )
    template_ref = models.CharField(
        _("sent from the template"), max_length=255, blank=True, db_default="", editable=False
    )
    looks = models.PositiveSmallIntegerField(
        _("looked for in vain"), default=0, db_default=0, help_text=_("At the provider, since it was last sent.")
    )
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=64, blank=True, db_default="")
    failure_message = models.TextField(_("failure"), blank=True, db_default="")
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)
    external_id = models.CharField(_("id at the provider"), max_length=255, blank=True, db_default="")
    public_url = models.URLField(_("public address"), max_length=500, blank=True, db_default="")
    accept_url = models.URLField(_("address to accept at"), max_length=500, blank=True, db_default="")
    status_changed_at = models.DateTimeField(_("status changed"), null=True, blank=True)
    provider_changed_at = models.DateTimeField(
        _("changed at the provider"),
        null=True,
        blank=True,
        help_text=_("The provider's own moment of its last change."),
    )

    is_name_public = models.BooleanField(_("show my name on the badge's page"), default=False, db_default=False)
    name_decided_at = models.DateTimeField(_("decided about the name"), null=True, blank=True)
    is_listed = models.BooleanField(_("let search engines find the badge's page"), default=False, db_default=False)

    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User,
        verbose_name=_("revoked by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    is_readdressed = models.BooleanField(
        _("address chosen by hand"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("The badge goes to this address; or, once revoked, was issued again to another one."),
    )
    revocation_reason = models.TextField(_("reason of the revocation"), blank=True, db_default="")

    # Where the name of the source, and its own, lead on a page. Set by badges.held.leading.
    source_page: str = ""
    details_page: str = ""
    # Whether the reader is its student. Set by `as_told_to`.
    is_own: bool = False
    # Whether these steps are noted already. Set by `badges.public.noting.telling`.
    is_opened: bool = False
    is_shared: bool = False
    is_verified: bool = False

    objects = IssuedBadgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("issued badge")
        verbose_name_plural = _("issued badges")
        permissions = [
            ("revoke_issuedbadge", _("Can revoke issued badges and issue them again")),
            ("retry_issuedbadge", _("Can retry, re-send and re-address issued badges")),
        ]
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
                fields=["provider", "external_id"],
                condition=~models.Q(external_id=""),
                name="issued_badge_adopted_once",
            ),
        ]
        indexes = [
            # Both columns: with one alone the planner, before its first statistics, once searched all holders of a badge
            # for each of a hundred thousand students.
            models.Index(fields=["badge", "student"], name="issued_badge_pair"),
            models.Index(fields=["student", "-issued_at"], name="issued_badge_by_student"),
            models.Index(fields=["-issued_at", "-id"], name="issued_badge_newest"),
            models.Index(
                fields=["provider", "next_attempt_at", "id"],
                condition=models.Q(delivery__in=ON_ITS_WAY),
                name="issued_badge_due",
            ),
            # Of several that failed for a student and a badge, the last counts: that is seen here alone.
            models.Index(
                fields=["badge", "student", "id"],
                condition=models.Q(delivery="failed"),
                name="issued_badge_failed_pair",
            ),
            *_of_those_set("issued_by", "batch", "revoked_by"),
            models.Index(fields=["status", "delivery", "id"], name="issued_badge_by_standing"),
            models.Index(fields=["via", "source_words", "id"], name="issued_badge_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.badge_id} to {self.student_id}"

    @property
    def public_name(self) -> str:
        """What the world may call the holder: the name, with consent; a user name is nobody else's business."""
        return self.student.get_full_name() if self.is_name_public else ""

    @property
    def is_name_decided(self) -> bool:
        """Whether the holder has said whether the name may be shown: nothing is shared before."""
        return self.is_name_public or self.name_decided_at is not None

    @property
    def is_revoked(self) -> bool:
        """Whether it was taken back: then the student may get it again."""
        return self.revoked_at is not None

    @property
    def is_held(self) -> bool:
        """Whether the student has the badge: see `IssuedBadgeQuerySet.held`."""
        is_given = not self.is_revoked and not self.is_unissued and not self.is_undoable
        return is_given and self.status != self.Status.REJECTED

    @property
    def is_undoable(self) -> bool:
        """Whether it has not left and can be undone by now: see `undoable`. By this machine's clock: for words alone."""
        is_untouched = self.delivery == self.Delivery.PENDING and self.claimed_at is None and not self.is_revoked
        due = self.next_attempt_at
        return self.batch_id is not None and is_untouched and due is not None and due > timezone.now()

    def has_ended(self, at: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= at

    @property
    def is_unissued(self) -> bool:
        """Whether it was refused for good. Who got no answer may have it."""
        has_failed = not self.is_revoked and self.delivery == self.Delivery.FAILED
        return has_failed and not self.external_id and self.failure_code != "no_answer"

    @property
    def is_expired(self) -> bool:
        """Whether it has ended by now."""
        return self.standing == self.Standing.EXPIRED

    @property
    def remark(self) -> str:
        """What a line with little room says beside the badge; nothing where the student simply has it."""
        return "" if self.standing == self.Standing.ACCEPTED else self.status_words

    def standing_at(self, at: datetime) -> Standing:
        """Where the badge stands at this moment: the one rule for pages, exports and filters."""
        if self.is_revoked:
            return self.Standing.REVOKED
        if self.is_unissued:
            return self.Standing.FAILED
        if self.has_ended(at):
            return self.Standing.EXPIRED
        if self.is_undoable:
            return self.Standing.ISSUED
        if self.status != self.Status.PENDING:
            return self.Standing(self.status)
        return _WHILE_PENDING[self.delivery]

    @property
    def standing(self) -> Standing:
        """Where the badge stands now."""
        return self.standing_at(timezone.now())

    @property
    def standing_words(self) -> str:
        """Where the badge stands now, in words; its own student is addressed where `is_own` is set."""
        standing = self.standing
        return str(_("Waiting for you") if self.is_own and standing == self.Standing.WAITING else standing.label)

    @property
    def status_words(self) -> str:
        """Where the badge stands now, in words, with what is still open about it."""
        label = self.standing_words
        return f"{label} ({self.still_open})" if self.still_open else label

    @property
    def still_open(self) -> str:
        """Of a revoked badge, that its provider does not know it yet."""
        return str(_UNTOLD.get(self.delivery, "")) if self.is_revoked else ""


# Where a badge stands that its student has not answered. One that was never sent is always revoked.
_WHILE_PENDING = {
    **dict.fromkeys(ON_ITS_WAY, IssuedBadge.Standing.ISSUED),
    IssuedBadge.Delivery.CANCELLED: IssuedBadge.Standing.ISSUED,
    IssuedBadge.Delivery.DELIVERED: IssuedBadge.Standing.WAITING,
    IssuedBadge.Delivery.FAILED: IssuedBadge.Standing.FAILED,
}
_UNTOLD: dict[str, Any] = {
    **dict.fromkeys(ON_ITS_WAY, _("its provider is being told")),
    IssuedBadge.Delivery.FAILED: _("its provider could not be told"),
}
