"""What follows when an achievement is saved: its conditions get a new version, and the sweep looks at it first."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from achievements.models import Achievement
from badges.models import Badge
from tms.models import Organization, SweepHint
from tms.wake import drain_soon


def save_achievement(achievement: Achievement, *, conditions_changed: bool) -> None:
    """Save an achievement, new or edited.

    Changed conditions raise its version by one, counted from the stored row, so that two editors make two versions.
    What was earned under an earlier version stays earned. Every save queues the achievement: a badge added later, or
    an achievement enabled again, reaches everybody who has ever met the conditions (S43, S56).
    """
    with transaction.atomic():
        if achievement.pk is not None:
            stored = Achievement.objects.select_for_update(of=("self",)).get(pk=achievement.pk)
            achievement.version = stored.version + conditions_changed
        achievement.save()
        SweepHint.objects.create(achievement_id=achievement.pk)
        drain_soon()


def refuse_foreign_badge(owner: Organization, badge: Badge) -> None:
    """Raises ValidationError unless the badge is the organization's own or was made available to it (S9)."""
    if not Badge.objects.usable_by(owner.pk).filter(pk=badge.pk).exists():
        raise ValidationError(
            _("%(badge)s is not available to %(owner)s."),
            code="foreign_badge",
            params={"badge": badge.name, "owner": owner.name},
        )
