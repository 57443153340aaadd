"""Achievements, what changed of them, what the approval limit holds, and who earned them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from achievements.reaching import credits_training_of, is_at_home
from badges.models import Badge
from courses.models import LearningPath
from operation.characters import validate_one_line
from organizations.access import managed_organizations
from organizations.models import Organization, User
from organizations.scope import administered, trained

MOST_OFTEN = 10_000  # Frequency: each time is looked for, of everybody


class AchievementQuerySet(models.QuerySet["Achievement"]):
    """Which achievements."""

    def visible_to(self, user: User) -> "AchievementQuerySet":
        """Those of the organizations the user manages."""
        return self if user.is_superuser else self.filter(organization__in=managed_organizations(user))

    def enabled(self) -> "AchievementQuerySet":
        """Those that the sweep awards."""
        return self.filter(is_enabled=True)

    def with_a_place_left(self) -> "AchievementQuerySet":
        """Without those whose places have all been won (S55)."""
        per_achievement = Achievement.FrequencyType.PER_ACHIEVEMENT
        won = EarnedAchievement.objects.filter(achievement=models.OuterRef("pk")).order_by().values("achievement")
        places = models.Subquery(won.annotate(won=models.Count("pk")).values("won"))
        taken = models.Case(models.When(frequency_type=per_achievement, then=places), default=0)
        return self.alias(taken=taken).exclude(frequency_type=per_achievement, frequency__lte=models.F("taken"))

    def in_reach_of(self, person: User) -> "AchievementQuerySet":
        """What the person could earn, or has earned. Reads the person's organization."""
        could_earn = is_at_home(person.organization) | credits_training_of(person)
        earned = EarnedAchievement.objects.filter(user=person).values("achievement_id")
        return self.filter(models.Q(could_earn, is_enabled=True) | models.Q(pk__in=earned))


class Achievement(models.Model):
    """Conditions that find an accomplishment, and the badge and points it earns (S50)."""

    class FrequencyType(models.TextChoices):
        """What Frequency counts (S52 to S55)."""

        PER_USER = "per_user", _("Per User")
        PER_DAY = "per_day", _("Per Day")
        PER_ACHIEVEMENT = "per_achievement", _("Per Achievement")

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    description = models.TextField(_("description"), blank=True)
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="achievements"
    )
    points = models.IntegerField(_("points"), default=0, validators=[MinValueValidator(0)])
    frequency = models.PositiveIntegerField(
        _("frequency"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_OFTEN, _("It is 10,000 at most."))],
    )
    frequency_type = models.CharField(
        _("frequency type"), max_length=16, choices=FrequencyType, default=FrequencyType.PER_USER
    )
    badge = models.ForeignKey(
        Badge, verbose_name=_("badge"), on_delete=models.PROTECT, null=True, blank=True, related_name="achievements"
    )
    conditions = models.JSONField(
        _("conditions"), help_text=_("Canonical: what achievements.conditions.parsing made of what was written.")
    )
    learning_path = models.ForeignKey(
        LearningPath,
        verbose_name=_("learning path"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="achievements",
        help_text=_("The path whose completion it rewards: both say when they ask for different things."),
    )
    is_global = models.BooleanField(
        _("global"),
        default=False,
        help_text=_("Earned in every organization of its tree that takes part in global achievements."),
    )
    reaches_all_trees = models.BooleanField(
        _("global across all trees"),
        default=False,
        db_default=False,
        help_text=_("With Global: earned in other trees of organizations, too. Only a superuser may tick this."),
    )
    is_enabled = models.BooleanField(_("enabled"), default=True)
    version = models.PositiveIntegerField(_("version of the conditions"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    modified_at = models.DateTimeField(_("last modified"), auto_now=True)
    evaluated_at = models.DateTimeField(
        _("everybody looked at"),
        null=True,
        editable=False,
        help_text=_("When a full sweep came to its end here last, by the database's clock."),
    )

    objects = AchievementQuerySet.as_manager()

    class Meta:
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")
        permissions = [("run_sweep", "Can start a sweep by hand")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="achievement_name_unique"),
            models.CheckConstraint(condition=models.Q(frequency__gte=1), name="achievement_frequency_is_positive"),
            models.CheckConstraint(
                condition=models.Q(frequency__lte=MOST_OFTEN), name="achievement_frequency_is_bounded"
            ),
            models.CheckConstraint(condition=models.Q(points__gte=0), name="achievement_points_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class AchievementChangeQuerySet(models.QuerySet["AchievementChange"]):
    """Which changes."""

    def visible_to(self, user: User) -> "AchievementChangeQuerySet":
        """Those of the achievements of the organizations the user manages."""
        return self if user.is_superuser else self.filter(achievement__organization__in=managed_organizations(user))


class AchievementChange(models.Model):
    """What somebody changed of an achievement. Never edited: it is the history, and keeps each version's conditions."""

    achievement = models.ForeignKey(
        Achievement, verbose_name=_("achievement"), on_delete=models.CASCADE, related_name="changes"
    )
    version = models.PositiveIntegerField(_("version of the conditions"))
    conditions = models.JSONField(_("conditions"))
    changed = models.JSONField(
        _("changed"), default=dict, help_text=_("Field to [before, after], in words; empty for the creation.")
    )
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        User, verbose_name=_("changed by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = AchievementChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of an achievement")
        verbose_name_plural = _("changes of achievements")
        indexes = [models.Index(fields=["achievement", "-changed_at", "-id"], name="achievement_change_newest")]

    def __str__(self) -> str:
        return f"{self.achievement_id} {self.changed_at:%Y-%m-%d %H:%M}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Which holds."""

    def visible_to(self, user: User) -> "HoldQuerySet":
        """Those of the achievements of the organizations the user manages."""
        return self if user.is_superuser else self.filter(achievement__organization__in=managed_organizations(user))


class Hold(models.Model):
    """A sweep would have awarded more than the organization's approval limit allows; somebody has to decide (N5)."""

    class Decision(models.TextChoices):
        """What somebody decided. What is changed before it is decided, or awarded, is asked about anew."""

        WAITING = "waiting", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        DISCARDED = "discarded", _("Discarded")
        LAPSED = "lapsed", _("Lapsed by a change")

    achievement = models.ForeignKey(
        Achievement, verbose_name=_("achievement"), on_delete=models.CASCADE, related_name="holds"
    )
    version = models.PositiveIntegerField(_("version of the conditions"))
    count = models.PositiveIntegerField(_("awards held"))
    held_at = models.DateTimeField(_("held"))
    sweep = models.ForeignKey("Sweep", verbose_name=_("sweep"), on_delete=models.SET_NULL, null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=16, choices=Decision, default=Decision.WAITING)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, verbose_name=_("decided by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(
        _("awarded"), null=True, blank=True, help_text=_("When a sweep had awarded all that was approved.")
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(
                fields=["achievement"], condition=models.Q(decision="waiting"), name="hold_one_waits_per_achievement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.achievement_id}: {self.count}"


class EarnedAchievementQuerySet(models.QuerySet["EarnedAchievement"]):
    """Which earned achievements."""

    def visible_to(self, user: User) -> "EarnedAchievementQuerySet":
        """The user's own, those of the people the user manages, and, of managed achievements, of trained outsiders."""
        if user.is_superuser:
            return self.all()
        of_managed = models.Q(achievement__organization_id__in=managed_organizations(user).values("pk"))
        return self.filter(administered(user, "user") | (of_managed & trained(user, "user")))


class EarnedAchievement(models.Model):
    """That a user earned an achievement, for the nth time, at the moment its conditions became true."""

    achievement = models.ForeignKey(
        Achievement,
        verbose_name=_("achievement"),
        on_delete=models.PROTECT,
        related_name="earned",
        db_index=False,  # the constraint's own begins with it
    )
    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.PROTECT, related_name="earned_achievements")
    nth = models.PositiveIntegerField(_("time"), default=1)
    earned_at = models.DateTimeField(_("earned"))
    version = models.PositiveIntegerField(_("version of the conditions"))
    evidence = models.JSONField(
        _("evidence"), default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )
    created_at = models.DateTimeField(_("found"), auto_now_add=True)
    delay = models.DurationField(
        _("delay"),
        db_column="lag",  # as it was called before, for versions that run while another is being installed
        null=True,
        blank=True,
        help_text=_("From the recording of the last thing it needed to the award (N7)."),
    )
    sweep = models.ForeignKey(
        "Sweep", verbose_name=_("sweep"), on_delete=models.SET_NULL, null=True, blank=True, related_name="earnings"
    )

    objects = EarnedAchievementQuerySet.as_manager()

    class Meta:
        verbose_name = _("earned achievement")
        verbose_name_plural = _("earned achievements")
        constraints = [
            models.UniqueConstraint(fields=["achievement", "user", "nth"], name="earned_achievement_once"),
            models.CheckConstraint(condition=models.Q(nth__gte=1), name="earned_achievement_nth_is_positive"),
        ]
        indexes = [
            # The statistics of the delay are read from it alone: the rows are wide, with their evidence.
            models.Index(
                fields=["created_at"],
                include=["delay"],
                condition=models.Q(delay__isnull=False),
                name="earned_achievement_lag",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.achievement_id} by {self.user_id}"
