"""Badges that an achievement gets after people have earned it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from achievements.conditions.events import EVERYBODY, People
from achievements.conditions.sql import Sql
from achievements.definitions.editing import save_achievement
from achievements.explaining.previewing import estimate, preview
from achievements.models import Achievement, Hold
from achievements.sweep import approving, sweeper
from achievements.sweep.found import CHUNK
from achievements.sweep.gathering import gather
from achievements.sweep.late_badges import Lacking, count_lacking, ended, is_stranger, lacked, lacking
from badges.models import BadgeProvider, IssuedBadge
from operation.models import SweepHint
from organizations.editing import change_account, change_organization, set_participation
from organizations.models import Organization, User
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    StudentFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def achievement(world):
    """Three students have earned it; now somebody adds a badge."""
    made = AchievementFactory.create(organization=world.academy)
    for student in StudentFactory.create_batch(3, organization=world.academy):
        EarnedAchievementFactory.create(achievement=made, user=student)
    made.badge = BadgeFactory.create(organization=world.academy)
    return made


def set_approval_limit(organization: Organization, approval_limit: int) -> None:
    Organization.objects.filter(pk=organization.pk).update(approval_limit=approval_limit)


def move_earners(achievement: Achievement, organization: Organization) -> None:
    User.objects.filter(earned_achievements__achievement=achievement).update(organization=organization)


def holds() -> list[tuple[int, str]]:
    return list(Hold.objects.order_by("pk").values_list("count", "decision"))


def limited_to_a_hundred(achievement: Achievement) -> None:
    achievement.frequency, achievement.frequency_type = 100, Achievement.FrequencyType.PER_ACHIEVEMENT


def one_of_a_cycle(achievement: Achievement) -> None:
    """It has points, and waits for another one's that waits for its own."""
    achievement.conditions, achievement.points = [{"Subject": 40, "Points": 10}], 1
    AchievementFactory.create(
        organization=achievement.organization, conditions=[{"Subject": 40, "Points": 10}], points=1
    )


@pytest.mark.parametrize("change", [None, limited_to_a_hundred, one_of_a_cycle])
@pytest.mark.parametrize(("approval_limit", "issued", "held"), [(3, 3, []), (2, 0, [(3, "waiting")])])
def test_late_badges_count_for_the_approval_limit(world, achievement, change, approval_limit, issued, held):
    set_approval_limit(world.academy, approval_limit)
    if change:
        change(achievement)
    save_achievement(achievement, by=None, at=NOW)

    sweeper.drain(at=NOW)

    assert (IssuedBadge.objects.count(), holds()) == (issued, held)


def test_late_badges_that_are_approved_are_issued(world, achievement):
    set_approval_limit(world.academy, 2)
    save_achievement(achievement, by=None, at=NOW)
    sweeper.drain(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=NOW)

    sweeper.drain(at=NOW)

    assert (IssuedBadge.objects.count(), holds()) == (3, [(3, "approved")])
    assert Hold.objects.get().released_at is not None


def test_a_full_sweep_issues_late_badges_to_more_than_one_chunk_of_people(world, achievement):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO organizations_user (username, email, organization_id, earner_id, password, first_name, last_name,"
            " is_superuser, is_staff, is_active, date_joined, participates_in_achievements, is_contract_instructor)"
            " SELECT 'late' || i, 'late' || i || '@example.test', %s, gen_random_uuid(), '', 'Sam', 'Student',"
            " false, false, true, now(), true, false FROM generate_series(1, %s) i",
            [world.academy.pk, CHUNK],
        )
        cursor.execute(
            "INSERT INTO achievements_earnedachievement"
            " (achievement_id, user_id, nth, earned_at, version, evidence, created_at)"
            " SELECT %s, id, 1, now(), 1, '{}', now() FROM organizations_user WHERE username LIKE 'late%%'",
            [achievement.pk],
        )
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=None)
    save_achievement(achievement, by=None, at=NOW)

    sweeper.award_everybody(at=NOW)

    assert IssuedBadge.objects.count() == CHUNK + 3


def test_badges_that_would_be_refused_do_not_count(world, achievement):
    set_approval_limit(world.academy, 0)
    for earned in achievement.earned.select_related("user"):
        earned.user.email = ""
        earned.user.save()
    save_achievement(achievement, by=None, at=NOW)

    done = sweeper.award_everybody(at=NOW)

    assert (done.issued, done.failed, holds()) == (0, 3, [])


@pytest.mark.parametrize("look", [preview, estimate])
def test_preview_says_how_many_late_badges_there_are(world, achievement, look):
    set_approval_limit(world.academy, 2)
    achievement.organization.refresh_from_db()

    found = look(achievement, user=world.administrator)

    assert (found.would_award, found.late_badges, found.is_held) == (0, 3, True)


def test_whoever_opted_out_gets_no_late_badge_until_opting_in(world, achievement):
    [first, *others] = achievement.earned.order_by("user_id").select_related("user")
    set_participation(first.user, takes_part=False)
    save_achievement(achievement, by=None, at=NOW)
    sweeper.drain(at=NOW)
    without = list(IssuedBadge.objects.order_by("student_id").values_list("student_id", flat=True))
    set_participation(first.user, takes_part=True)

    sweeper.drain(at=NOW)

    assert without == [earned.user_id for earned in others]
    assert IssuedBadge.objects.count() == 3


def test_a_corrected_address_brings_the_badge_with_the_next_drain(world, achievement):
    first = achievement.earned.earliest("user_id").user
    User.objects.filter(pk=first.pk).update(email="")
    save_achievement(achievement, by=None, at=NOW)
    refused = sweeper.drain(at=NOW)
    first.email = "first@example.org"
    change_account(first, changed=["email"])

    done = sweeper.drain(at=NOW)

    assert refused is not None
    assert done is not None
    assert (refused.issued, refused.failed, done.earned, done.issued, done.failed) == (2, 1, 0, 1, 0)
    assert IssuedBadge.objects.filter(student=first).count() == 1


def test_a_drain_does_not_say_again_who_cannot_get_a_late_badge(world, achievement):
    first = achievement.earned.earliest("user_id").user
    User.objects.filter(pk=first.pk).update(email="")
    save_achievement(achievement, by=None, at=NOW)
    sweeper.drain(at=NOW)
    SweepHint.objects.create(student_id=first.pk, is_of_account=True)

    assert sweeper.drain(at=NOW) is None


def test_an_organization_that_comes_back_brings_its_people_their_late_badges(world, achievement):
    """The achievement is another organization's of the tree."""
    move_earners(achievement, world.partner)
    world.partner.parent = world.umbrella
    Organization.objects.filter(pk=world.partner.pk).update(achievements_enabled=False, parent=world.umbrella)
    save_achievement(achievement, by=None, at=NOW)
    sweeper.drain(at=NOW)
    before = IssuedBadge.objects.count()
    world.partner.achievements_enabled = True
    change_organization(world.partner, changed=["achievements_enabled"])

    done = sweeper.drain(at=NOW)

    assert done is not None
    assert (before, done.earned, done.issued) == (0, 0, 3)


@pytest.mark.parametrize(("approval_limit", "issued", "held"), [(1, 1, []), (0, 0, [(1, "waiting")])])
def test_the_approval_limit_holds_late_badges_in_a_drain(world, achievement, approval_limit, issued, held):
    [first, *others] = achievement.earned.order_by("user_id").select_related("user")
    for earned in others:
        set_participation(earned.user, takes_part=False)
    achievement.save()
    set_approval_limit(world.academy, approval_limit)
    SweepHint.objects.all().delete()
    SweepHint.objects.create(student_id=first.user_id, is_of_account=True)

    sweeper.drain(at=NOW)

    assert (IssuedBadge.objects.count(), holds()) == (issued, held)


def test_an_achievement_without_an_enabled_provider_issues_no_late_badge_in_a_drain(world, achievement):
    first = achievement.earned.earliest("user_id").user
    achievement.save()
    BadgeProvider.objects.filter(pk=achievement.badge.provider_id).update(is_enabled=False)
    SweepHint.objects.create(student_id=first.pk, is_of_account=True)

    assert sweeper.drain(at=NOW) is None
    assert IssuedBadge.objects.count() == 0


def test_late_badges_wait_while_the_owner_is_switched_off(world, achievement):
    achievement.is_global = True
    move_earners(achievement, world.partner)
    Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)
    save_achievement(achievement, by=None, at=NOW)

    sweeper.award_everybody(at=NOW)

    assert IssuedBadge.objects.count() == 0


def ids(statement: Sql) -> list[int]:
    """Of one column."""
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return sorted(pk for (pk,) in cursor.fetchall())


@pytest.fixture
def earners(achievement) -> list[User]:
    """The three, in order; their achievement has its badge now."""
    achievement.save()
    return list(User.objects.filter(earned_achievements__achievement=achievement).order_by("pk"))


def among(people: list[User]) -> People:
    return People(user_ids=[person.pk for person in people])


def test_who_lacks_a_badge_has_earned_it_takes_part_and_never_had_it(world, achievement, earners):
    first, second, third = earners
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=2)
    EarnedAchievementFactory.create(user=world.student)
    before = ids(lacking(achievement))
    IssuedBadgeFactory.create(badge=achievement.badge, student=first)
    IssuedBadgeFactory.create(badge=BadgeFactory.create(organization=world.academy), student=third)
    with_badge = ids(lacking(achievement))
    set_participation(third, takes_part=False)

    assert (before, with_badge) == ([first.pk, second.pk, third.pk], [second.pk, third.pk])
    assert ids(lacking(achievement)) == [second.pk]
    assert count_lacking(achievement) == Lacking(1, 1)


def test_of_some_people_only_who_would_get_it_now_lacks_it(world, achievement, earners):
    first, second, third = earners
    User.objects.filter(pk=first.pk).update(email="")

    assert count_lacking(achievement) == Lacking(count=3, issuable=2)
    assert count_lacking(achievement, among([first, second])) == Lacking(1, 1)
    assert ids(lacking(achievement, among([first, third]))) == [third.pk]
    IssuedBadgeFactory.create(badge=achievement.badge, student=third)
    assert ids(lacking(achievement, among([second, third]))) == [second.pk]
    BadgeProvider.objects.update(is_enabled=False)
    assert (count_lacking(achievement), count_lacking(achievement, among([second]))) == (Lacking(2, 0), Lacking())


def test_without_a_badge_or_before_it_is_saved_nobody_lacks_it(world, achievement, earners, django_assert_num_queries):
    unsaved = Achievement(organization=world.academy, badge=achievement.badge)
    achievement.badge = None

    with django_assert_num_queries(0):
        assert count_lacking(achievement) == count_lacking(unsaved) == Lacking(count=0, issuable=0)


@pytest.mark.parametrize(("days", "count"), [(9, 2), (10, 1), (21, 0)])
def test_badges_that_would_be_over_by_now_are_counted(achievement, earners, days, count):
    """The first was earned ten days ago but for an hour, the second twenty, the third now, and once more long ago."""
    now, hour = timezone.now(), dt.timedelta(hours=1)
    for person, ago in zip(earners, (10, 20, 0), strict=True):
        achievement.earned.filter(user=person).update(earned_at=now - dt.timedelta(days=ago) + hour)
    EarnedAchievementFactory.create(achievement=achievement, user=earners[2], nth=2, earned_at=now - 99 * 24 * hour)
    EarnedAchievementFactory.create(user=earners[2], earned_at=now - 99 * 24 * hour)

    assert ids(ended(achievement, days)) == [count]
    assert ids(ended(achievement, days, among(earners[2:]))) == [0]
    User.objects.filter(pk=earners[1].pk).update(email="")
    assert ids(ended(achievement, days)) == [max(count - 1, 0)]


@pytest.mark.parametrize(
    ("reach", "strangers"),
    [
        ({"is_global": False}, ["guest"]),
        ({"is_global": True}, ["guest"]),
        ({"is_global": False, "reaches_all_trees": True}, ["guest"]),
        ({"is_global": True, "reaches_all_trees": True}, []),
    ],
)
def test_a_stranger_is_neither_of_the_tree_nor_trained_in_a_course_that_is_open(world, achievement, reach, strangers):
    Achievement.objects.filter(pk=achievement.pk).update(**reach)
    achievement.refresh_from_db()
    trained = StudentFactory.create(organization=world.partner)
    opened = CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=trained, course=opened)
    TrainingRecordFactory.create(user=world.guest, course=world.course)
    above = StudentFactory.create(organization=world.umbrella)
    people = {"student": world.student, "guest": world.guest, "trained": trained, "above": above}
    for person in people.values():
        EarnedAchievementFactory.create(achievement=achievement, user=person)

    found = [name for name, person in people.items() if is_stranger(achievement, person.pk)]

    achievement.badge = BadgeFactory.create(organization=world.academy)
    late = ids(lacking(achievement, EVERYBODY))
    assert found == strangers
    assert [name for name, person in people.items() if person.pk not in late] == strangers


def test_of_those_gathered_who_lacks_what_is_known(world, achievement, earners):
    EarnedAchievementFactory.create(achievement=AchievementFactory.create(organization=world.academy), user=earners[0])
    gather([earners[0].pk, world.student.pk], at=NOW)
    before = lacked([earners[0].pk]), lacked([world.student.pk])
    IssuedBadgeFactory.create(badge=achievement.badge, student=earners[0])

    assert before == ({achievement.pk}, set())
    assert lacked([earners[0].pk]) == set()


def test_a_new_record_alone_does_not_look_for_late_badges(world, achievement, earners):
    SweepHint.objects.create(student_id=earners[0].pk)

    with CaptureQueriesContext(connection) as queries:
        sweeper.drain(at=NOW)

    assert not [query for query in queries if "JOIN achievements_earnedachievement earned ON" in query["sql"]]
