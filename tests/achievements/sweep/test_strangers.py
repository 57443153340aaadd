"""One customer's administrator learns nothing of another customer's people, whatever achievement he or she writes."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse

from achievements.definitions.editing import save_achievement
from achievements.explaining.previewing import preview
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import sweeper
from badges.models import IssuedBadge
from operation.models import SweepHint
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    BadgeProviderFactory,
    CourseFactory,
    EarnedAchievementFactory,
    LabFactory,
    OrganizationFactory,
    StudentFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
CANARIES = ["Canary", "Foreignname", "canary@foreign.example.test", "Foreign Works"]
# What a customer might write to take in everybody: any lab, any course, any started course.
BAITS = [
    [{"Subject": 0, "Count": 1}],
    [{"Subject": 10, "Count": 1, "Complete": True}],
    [{"Subject": 10, "Count": 1}],
]


@pytest.fixture
def tenant(db):
    """A customer of its own, with a badge and an administrator."""
    organization = OrganizationFactory.create(name="Tenant")
    provider = BadgeProviderFactory.create(organization=organization)
    return AdministratorFactory.create(organization=organization), BadgeFactory.create(
        organization=organization, provider=provider
    )


@pytest.fixture
def foreigner(db):
    """Another customer's student, who has taken a lab, and a course of a third customer that is open to outsiders."""
    works = OrganizationFactory.create(name="Foreign Works")
    student = StudentFactory.create(
        organization=works, first_name="Canary", last_name="Foreignname", email="canary@foreign.example.test"
    )
    TrainingRecordFactory.create(user=student, course=None, lab=LabFactory.create(organization=works))
    open_course = CourseFactory.create(achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=student, course=open_course)
    return student


def bait(organization, badge, conditions, *, is_global):
    """Enabled, as an administrator of the tenant's root may write it."""
    achievement = Achievement(
        name=f"Bait {conditions}", organization=organization, badge=badge, conditions=conditions, is_global=is_global
    )
    save_achievement(achievement, by=organization.managers.get(), at=PAST)
    return achievement


@pytest.mark.parametrize("is_global", [True, False])
@pytest.mark.parametrize("conditions", BAITS)
def test_a_foreign_customers_people_earn_nothing(tenant, foreigner, conditions, is_global):
    administrator, badge = tenant
    bait(administrator.organization, badge, conditions, is_global=is_global)
    SweepHint.objects.create(student_id=foreigner.pk, is_of_account=True)

    sweeper.drain(at=NOW)
    sweeper.award_everybody(at=NOW)

    assert (EarnedAchievement.objects.count(), IssuedBadge.objects.count(), mail.outbox) == (0, 0, [])


def pages_of(achievement, student):
    """Every page, dialog and export of the issuing tenant that tells of earners."""
    for name in ("details", "history", "preview"):
        yield reverse(f"achievements:{name}", args=[achievement.pk])
    yield reverse("achievements:why", args=[achievement.pk, student.pk])
    yield reverse("achievements:user", args=[student.pk])
    for name in ("achievements:list", "achievements:users", "achievements:sweeps", "badges:issued"):
        yield reverse(name)
        yield f"{reverse(name)}?export=csv"
    for sweep_page in ("sweep", "sweep_awards", "sweep_problems"):
        yield reverse(f"achievements:{sweep_page}", args=[sweeper.award_everybody(at=NOW).pk])
    for model in (
        "achievements_earnedachievement",
        "badges_issuedbadge",
        "achievements_sweepproblem",
        "organizations_user",
    ):
        yield reverse(f"admin:{model}_changelist")


@pytest.mark.parametrize("is_global", [True, False])
def test_no_page_of_the_issuing_customer_names_a_foreign_person(tenant, foreigner, signed_in, is_global):
    administrator, badge = tenant
    achievements = [bait(administrator.organization, badge, conditions, is_global=is_global) for conditions in BAITS]
    sweeper.award_everybody(at=NOW)
    client = signed_in(administrator)

    answers = [
        b"".join(client.get(page)).decode() if hasattr(client.get(page), "streaming_content") else client.get(page).text
        for achievement in achievements
        for page in pages_of(achievement, foreigner)
    ]

    assert [canary for canary in CANARIES for answer in answers if canary in answer] == []


@pytest.mark.parametrize("conditions", BAITS)
def test_a_preview_tells_no_number_of_strangers(tenant, foreigner, conditions):
    administrator, badge = tenant
    achievement = bait(administrator.organization, badge, conditions, is_global=True)

    found = preview(achievement, user=administrator)

    own = (found.one_step_away.count, list(found.one_step_away.people))
    assert (found.would_award, found.awarded.count, own) == (0, 0, (1, [administrator]))


def test_a_preview_counts_only_own_people_where_the_achievement_reaches_further(world):
    """Global was ticked by who may; whoever administers only the achievement's organization looks at it."""
    sibling = StudentFactory.create(organization=OrganizationFactory.create(parent=world.umbrella))
    for student in (sibling, world.student):
        TrainingRecordFactory.create(user=student, course=world.course)
    achievement = AchievementFactory.create(organization=world.academy, is_global=True)
    below = AdministratorFactory.create(organization=world.academy)

    found = [preview(achievement, user=user) for user in (below, world.administrator)]

    assert [(one.would_award, one.is_of_own) for one in found] == [(1, True), (2, False)]


@pytest.mark.parametrize(("where", "issued"), [("foreign", 0), ("trained", 1), ("tree", 1), ("all_trees", 1)])
def test_a_late_badge_goes_to_no_stranger_who_earned_it_by_older_rules(tenant, foreigner, where, issued):
    administrator, badge = tenant
    achievement = AchievementFactory.create(
        organization=administrator.organization, is_global=True, reaches_all_trees=where == "all_trees"
    )
    if where == "tree":
        foreigner.organization = OrganizationFactory.create(parent=administrator.organization)
        foreigner.save()
    if where == "trained":
        course = CourseFactory.create(
            organization=administrator.organization, achievements_for_outside_organizations=True
        )
        TrainingRecordFactory.create(user=foreigner, course=course, completed_at=None)
    EarnedAchievementFactory.create(achievement=achievement, user=foreigner)
    achievement.badge = badge
    save_achievement(achievement, by=None, at=PAST)

    sweeper.award_everybody(at=NOW)

    assert IssuedBadge.objects.count() == issued
