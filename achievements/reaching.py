"""How far achievements reach among the organizations, as conditions on rows of Achievement (S83, S85)."""

from django.db import models

from courses.models import TrainingRecord
from organizations.models import Organization, User


def reaches(organizations: models.QuerySet[Organization]) -> models.Q:
    """Achievements that are global for any of these organizations: of the same tree, or across trees (S83).

    Whether the organizations take part is not asked.
    """
    trees = Organization.objects.in_trees_of(organizations)
    return models.Q(is_global=True) & (
        models.Q(reaches_all_trees=True) | models.Q(organization_id__in=trees.values("pk"))
    )


def is_at_home(organization: Organization) -> models.Q:
    """Achievements for which every record of the organization's people counts: its own, and global ones (S83, S85)."""
    own = models.Q(organization_id=organization.pk)
    if not organization.in_global_achievements:
        return own
    return own | reaches(Organization.objects.filter(pk=organization.pk))


def credits_training_of(person: User) -> models.Q:
    """Achievements that courses open to outside organizations count for, of those that the person took (S85): of the
    organizations that own such a course, and of those above them.
    """
    outside = TrainingRecord.objects.filter(user=person, course__achievements_for_outside_organizations=True)
    owners = Organization.objects.filter(pk__in=outside.values("course__organization_id"))
    return models.Q(organization_id__in=Organization.objects.above_any(owners).values("pk"))
