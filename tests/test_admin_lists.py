"""Every list of the admin: who finds what, and that more rows cost no more queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from achievements.models import Achievement, EarnedAchievement, Sweep, SweepProblem
from badges.models import Badge, BadgeProvider, IssuanceBatch, IssuanceItem, IssuedBadge
from classes.models import Class, Enrollment
from courses.models import (
    ContentProvider,
    Course,
    CourseAssignment,
    CourseTag,
    Lab,
    LearningPath,
    PublishingGroup,
    SubscriptionProfile,
    TrainingRecord,
)
from listing.models import SavedView
from organizations.models import Organization, User
from tests import factories as f

# A row of each model that belongs to the given organization.
MAKE: dict[type[models.Model], Callable[[Organization], models.Model]] = {
    Organization: lambda owner: f.OrganizationFactory.create(parent=owner),
    User: lambda owner: f.UserFactory.create(organization=owner),
    SavedView: lambda owner: f.SavedViewFactory.create(organization=owner),
    BadgeProvider: lambda owner: f.BadgeProviderFactory.create(organization=owner),
    Badge: lambda owner: f.BadgeFactory.create(organization=owner),
    IssuedBadge: lambda owner: f.IssuedBadgeFactory.create(badge__organization=owner),
    IssuanceBatch: lambda owner: f.IssuanceBatchFactory.create(organization=owner),
    IssuanceItem: lambda owner: f.IssuanceItemFactory.create(batch__organization=owner, student__organization=owner),
    ContentProvider: lambda owner: f.ContentProviderFactory.create(organization=owner),
    PublishingGroup: lambda owner: f.PublishingGroupFactory.create(organization=owner),
    CourseTag: lambda owner: f.CourseTagFactory.create(organization=owner),
    Lab: lambda owner: f.LabFactory.create(organization=owner),
    Course: lambda owner: f.CourseFactory.create(organization=owner),
    SubscriptionProfile: lambda owner: f.SubscriptionProfileFactory.create(organization=owner),
    LearningPath: lambda owner: f.LearningPathFactory.create(organization=owner),
    CourseAssignment: lambda owner: f.CourseAssignmentFactory.create(student__organization=owner),
    TrainingRecord: lambda owner: f.TrainingRecordFactory.create(user__organization=owner),
    Class: lambda owner: f.ClassFactory.create(organization=owner),
    Enrollment: lambda owner: f.EnrollmentFactory.create(klass__organization=owner),
    Achievement: lambda owner: f.AchievementFactory.create(organization=owner),
    EarnedAchievement: lambda owner: f.EarnedAchievementFactory.create(achievement__organization=owner),
    SweepProblem: lambda owner: f.SweepProblemFactory.create(achievement__organization=owner),
}

# Seven for each: session, account, its organization, permissions (2), and the count and the rows; one more where all rows
# are counted beside those found, and one for the choices of each filter by a related row.
QUERIES: dict[type[models.Model], int] = {
    Organization: 8,
    User: 10,
    SavedView: 9,
    BadgeProvider: 9,
    Badge: 10,
    IssuedBadge: 7,
    IssuanceBatch: 8,
    IssuanceItem: 8,
    ContentProvider: 9,
    PublishingGroup: 9,
    CourseTag: 9,
    Lab: 9,
    Course: 10,
    SubscriptionProfile: 9,
    LearningPath: 9,
    CourseAssignment: 8,
    TrainingRecord: 7,
    Class: 9,
    Enrollment: 7,
    Achievement: 9,
    EarnedAchievement: 8,
    SweepProblem: 8,
}

# Written by badges.issuing, courses.records, the sweep and the pages of lists alone.
READ_ONLY = [SavedView, IssuedBadge, IssuanceBatch, IssuanceItem, TrainingRecord, EarnedAchievement, SweepProblem]


def names(model: type[models.Model]) -> str:
    return model._meta.label


def address(model: type[models.Model], page: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", MAKE, ids=names)
@pytest.mark.parametrize("rows", [1, 3])
def test_more_rows_cost_no_more_queries(world, signed_in, model, rows):
    for _ in range(rows):
        MAKE[model](world.academy)
    client = signed_in(world.administrator)

    with CaptureQueriesContext(connection) as queries:
        client.get(address(model, "changelist"))

    assert len(queries) == QUERIES[model]


@pytest.mark.parametrize("model", MAKE, ids=names)
def test_a_list_holds_no_row_of_another_organization(world, signed_in, model):
    own, other = MAKE[model](world.academy), MAKE[model](world.outside)

    page = signed_in(world.administrator).get(address(model, "changelist"))

    found = set(page.context["cl"].queryset.values_list("pk", flat=True))
    assert (own.pk in found, other.pk in found) == (True, False)


@pytest.mark.parametrize("model", MAKE, ids=names)
def test_a_row_of_another_organization_is_not_found(world, signed_in, model):
    other = MAKE[model](world.outside)
    client = signed_in(world.administrator)

    statuses = [client.get(address(model, page, other.pk)).status_code for page in ("change", "history")]

    assert statuses == [404, 404]


@pytest.mark.parametrize("model", MAKE, ids=names)
def test_a_row_of_a_child_organization_opens(world, signed_in, model):
    own = MAKE[model](world.academy)

    assert signed_in(world.administrator).get(address(model, "change", own.pk)).status_code == 200


@pytest.mark.parametrize("model", [model for model in MAKE if model not in READ_ONLY], ids=names)
def test_a_row_can_be_added(world, signed_in, model):
    page = signed_in(world.administrator).get(address(model, "add"))

    assert (page.status_code, 'name="_save"' in page.text) == (200, True)


@pytest.mark.parametrize("model", READ_ONLY, ids=names)
def test_what_the_rules_write_cannot_be_added(world, signed_in, model):
    superuser = f.UserFactory.create(is_staff=True, is_superuser=True)

    assert signed_in(superuser).get(address(model, "add")).status_code == 403


@pytest.mark.parametrize("model", MAKE, ids=names)
def test_an_instructor_with_staff_status_changes_nothing(world, signed_in, model):
    world.instructor.is_staff = True
    world.instructor.save()
    own = MAKE[model](world.academy)

    assert signed_in(world.instructor).post(address(model, "change", own.pk)).status_code in {403, 404}


@pytest.mark.parametrize("model", MAKE, ids=names)
def test_every_list_can_be_searched(world, signed_in, model):
    MAKE[model](world.academy)

    page = signed_in(world.administrator).get(address(model, "changelist"), {"q": "nothing is called this"})

    assert (page.status_code, page.context["cl"].result_count) == (200, 0)


@pytest.mark.parametrize("model", [*MAKE, Sweep], ids=names)
def test_the_order_of_every_list_is_total(model):
    ordering = admin.site.get_model_admin(model).ordering or ()

    assert str(ordering[-1]).lstrip("-") == "pk"


def test_list_filters_offer_only_managed_organizations(world, signed_in):
    f.CourseTagFactory.create(organization=world.academy)

    page = signed_in(world.administrator).get(address(CourseTag, "changelist"))

    assert [name for _pk, name in page.context["cl"].filter_specs[0].lookup_choices] == ["Academy", "Umbrella"]


def test_a_superuser_finds_everything(world, signed_in):
    superuser = f.UserFactory.create(is_staff=True, is_superuser=True)
    rows = [f.CourseTagFactory.create(organization=owner) for owner in (world.academy, world.outside)]

    page = signed_in(superuser).get(address(CourseTag, "changelist"))

    assert sorted(page.context["cl"].queryset.values_list("pk", flat=True)) == [row.pk for row in rows]


def test_no_product_model_is_missing_from_the_admin():
    inline = {"Brand", "CourseActivity", "LearningPathCourse"}
    product = {"operation", "organizations", "listing", "badges", "courses", "classes", "achievements"}

    listed = {model.__name__ for model in admin.site._registry if model._meta.app_label in product}

    assert listed == {model.__name__ for model in MAKE} | {"Sweep", "SweepHint"}
    assert inline == {each.model.__name__ for page in admin.site._registry.values() for each in page.inlines}
