"""What follows when an organization or an account is saved: switches pass on, and the sweep is told where to look."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from operation.models import SweepHint
from operation.wake import drain_soon
from organizations.models import Organization, User
from organizations.old_names import release

# What decides whether, and on which day, the people of an organization earn something (S81, S82, S70).
_SWITCHES = {"achievements_enabled", "in_global_achievements", "time_zone"}
_LOOKED_AT = {*_SWITCHES, "approval_limit"}  # what the approval limit holds may pass another one
_PERSONAL_SWITCHES = {"organization", "participates_in_achievements", "is_active"}
_STANDING = {*_PERSONAL_SWITCHES, "email"}


def add_organization(organization: Organization) -> None:
    """Save a new organization. One with a parent takes the parent's achievement switches (S87)."""
    if organization.parent is not None:
        organization.achievements_enabled = organization.parent.achievements_enabled
        organization.in_global_achievements = organization.parent.in_global_achievements
    organization.save()


def change_organization(organization: Organization, *, changed: Collection[str]) -> None:
    """Save an organization of which the fields `changed` were edited.

    Switching achievements on lets all its people take part (S86); switching them off keeps each one's own choice.
    """
    if _SWITCHES.intersection(changed):
        organization.switched_at = timezone.now()
    with transaction.atomic():
        organization.save()
        if "parent" in changed:
            _look_at_trees(organization)
        if "achievements_enabled" in changed and organization.achievements_enabled:
            User.objects.filter(organization=organization).update(participates_in_achievements=True)
        if _LOOKED_AT.intersection(changed):
            SweepHint.objects.create(organization_id=organization.pk)
            drain_soon()


def _look_at_trees(moved: Organization) -> None:
    """A tree is how far a global achievement reaches, and a line is whom an open course counts for (S83, S85).

    All that moved, and those above it now, are looked at: their people and their achievements.
    """
    below = Organization.objects.under(Organization.objects.filter(pk=moved.pk))
    below.update(switched_at=timezone.now())
    concerned = {
        *below.values_list("pk", flat=True),
        *Organization.objects.above(moved.pk).values_list("pk", flat=True),
    }
    SweepHint.objects.bulk_create(SweepHint(organization_id=pk) for pk in sorted(concerned))
    drain_soon()


def add_account(user: User) -> None:
    """Save a new account. One without its own choice to make takes its organization's setting (S87)."""
    user.participates_in_achievements = user.organization.achievements_enabled
    user.save()


def change_account(user: User, *, changed: Collection[str]) -> None:
    """Save an account of which the fields `changed` were edited."""
    if _PERSONAL_SWITCHES.intersection(changed):
        user.switched_at = timezone.now()
    with transaction.atomic():
        user.save()
        if _STANDING.intersection(changed):
            SweepHint.objects.create(student_id=user.pk, is_of_account=True)
            drain_soon()
    if "username" in changed:
        release()  # a name that differed from the one before by case alone no longer breaks a rule


def set_participation(user: User, *, takes_part: bool) -> None:
    """Let somebody take part in achievements, or no longer (S84). Whoever comes back is looked at over all history."""
    with transaction.atomic():
        other = User.objects.filter(pk=user.pk).exclude(participates_in_achievements=takes_part)
        other.update(participates_in_achievements=takes_part, switched_at=timezone.now())
        SweepHint.objects.create(student_id=user.pk, is_of_account=True)
        drain_soon()
    user.participates_in_achievements = takes_part
