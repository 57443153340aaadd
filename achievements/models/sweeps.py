"""The log of sweeps: what each did, and what went wrong."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from achievements.models.achievements import Achievement
from organizations.access import managed_organizations
from organizations.models import User
from organizations.scope import administered, trained


class SweepQuerySet(models.QuerySet["Sweep"]):
    """Which sweeps."""

    def visible_to(self, user: User) -> "SweepQuerySet":
        """All, for whoever may see sweeps: their counts are of every organization, and name nobody."""
        return self.all() if user.has_perm("achievements.view_sweep") else self.none()


class Sweep(models.Model):
    """One run of the sweep, for people to read. The time of the next full sweep and Freshness count by it."""

    class Kind(models.TextChoices):
        """The two ways the sweep runs."""

        FULL = "full", _("Full sweep")
        DRAIN = "drain", _("After a change")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    started_by = models.ForeignKey(
        User, verbose_name=_("started by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    achievements = models.PositiveIntegerField(_("achievements"), default=0)
    skipped = models.PositiveIntegerField(
        _("skipped"), default=0, help_text=_("Edited during the sweep. They are checked separately.")
    )
    earned = models.PositiveIntegerField(_("earned"), default=0)
    issued = models.PositiveIntegerField(_("badges issued"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    held = models.PositiveIntegerField(_("held back"), default=0, help_text=_("Awards that wait for approval."))
    worker = models.CharField(_("worker"), max_length=255, blank=True)
    is_waiting = models.BooleanField(
        _("waiting for a worker"),
        default=False,
        help_text=_("Asked for on a page, and not begun yet: it started, so far, when it was asked for."),
    )
    is_stopped = models.BooleanField(
        _("stopped"), default=False, help_text=_("The process that ran it ended before the sweep did.")
    )
    evaluated = models.PositiveIntegerField(_("achievements evaluated so far"), default=0)
    news = models.PositiveIntegerField(
        _("new"),
        null=True,
        blank=True,
        help_text=_("Records written since the full sweep before it began; after changes, the students looked at."),
    )

    objects = SweepQuerySet.as_manager()

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(is_waiting=True), name="sweep_one_waits"),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="sweep_newest"),
            # The last full sweep, among the many short lines of drains. In the order of ids: clocks are set back at times.
            models.Index(fields=["-id"], condition=models.Q(kind="full"), name="sweep_full"),
            models.Index(
                fields=["-id"],
                condition=models.Q(finished_at=None, is_waiting=False, is_stopped=False),
                name="sweep_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.started_at:%Y-%m-%d %H:%M}"


class SweepPartQuerySet(models.QuerySet["SweepPart"]):
    """Which parts."""

    def visible_to(self, user: User) -> "SweepPartQuerySet":
        """Those about the achievements of the organizations the user manages."""
        return self if user.is_superuser else self.filter(achievement__organization__in=managed_organizations(user))


class SweepPart(models.Model):
    """What a run did for one achievement beside awards and problems, which have rows of their own: for people to read."""

    sweep = models.ForeignKey(Sweep, on_delete=models.CASCADE, related_name="parts")
    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="+")
    held = models.PositiveIntegerField(_("held back"), default=0)
    late_badges = models.PositiveIntegerField(
        _("badges that came later"), default=0, help_text=_("Issued to students who earned it in an earlier sweep.")
    )

    objects = SweepPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("part of a sweep")
        verbose_name_plural = _("parts of sweeps")
        constraints = [models.UniqueConstraint(fields=["sweep", "achievement"], name="sweep_part_once")]

    def __str__(self) -> str:
        return f"{self.sweep_id}: {self.achievement_id}"


class SweepProblemQuerySet(models.QuerySet["SweepProblem"]):
    """Which problems."""

    def visible_to(self, user: User) -> "SweepProblemQuerySet":
        """Those of the people the user manages and, with managed achievements, of nobody or of trained outsiders."""
        if user.is_superuser:
            return self
        of_managed = models.Q(achievement__organization_id__in=managed_organizations(user).values("pk"))
        is_named = models.Q(student=None) | trained(user, "student")
        return self.filter(administered(user, "student") | (of_managed & is_named))


class SweepProblem(models.Model):
    """A failure of a sweep, with its reason: an achievement that could not be evaluated, or a badge not issued."""

    sweep = models.ForeignKey(Sweep, on_delete=models.CASCADE, related_name="problems")
    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="+")
    student = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    code = models.CharField(_("failure code"), max_length=64)
    message = models.TextField(_("failure"))

    objects = SweepProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("problem of a sweep")
        verbose_name_plural = _("problems of sweeps")

    def __str__(self) -> str:
        return self.message
