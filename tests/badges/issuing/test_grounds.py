"""On what a badge was earned: on its page, and as columns of Find Issued Badges."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse

from badges.issuing.grounds import Ground, Grounds, grounds_of
from badges.models import Via
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    LabFactory,
    TrainingRecordFactory,
)

DONE = PAST + dt.timedelta(hours=1)


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(
        name="Cloud Ready", organization=world.academy, badge=BadgeFactory.create(organization=world.academy)
    )


def earned_on(achievement, student, *, records=(), awards=(), counted=None):
    records, awards = [one.pk for one in records], [one.pk for one in awards]
    evidence = {"version": 3, "counted": counted or len(records) + len(awards), "records": records, "earned": awards}
    return IssuedBadgeFactory.create(
        badge=achievement.badge,
        student=student,
        via=Via.ACHIEVEMENT,
        source_id=achievement.pk,
        source_words=achievement.name,
        evidence=evidence,
    )


@pytest.fixture
def issued(world, achievement):
    lab = TrainingRecordFactory.create(
        user=world.student, course=None, lab=LabFactory.create(name="Deploy"), completed_at=None
    )
    course = TrainingRecordFactory.create(user=world.student, course=CourseFactory.create(name="Networks"))
    award = EarnedAchievementFactory.create(achievement__name="First Steps", user=world.student)
    return earned_on(achievement, world.student, records=[course, lab], awards=[award], counted=5)


def test_records_and_awards_are_told_by_name_and_moment(issued):
    assert grounds_of([issued]) == {
        issued.pk: Grounds((Ground("Deploy", PAST), Ground("First Steps", PAST), Ground("Networks", DONE)), unlisted=2)
    }


def test_what_was_issued_by_hand_has_no_grounds_and_asks_nothing(django_assert_num_queries, world):
    issued = IssuedBadgeFactory.create(student=world.student)

    with django_assert_num_queries(0):
        assert grounds_of([issued]) == {issued.pk: Grounds()}


def test_records_of_somebody_else_are_nobody_s_grounds(world, achievement):
    of_guest = TrainingRecordFactory.create(user=world.guest)
    rows = [earned_on(achievement, world.student, records=[of_guest]), earned_on(achievement, world.guest)]

    assert [grounds.listed for grounds in grounds_of(rows).values()] == [(), ()]


def test_the_page_of_a_badge_says_on_what_it_was_earned_and_leads_to_the_evidence(
    world, achievement, issued, signed_in
):
    page = signed_in(world.administrator).get(reverse("badges:issued_badge", args=[issued.pk]))

    assert [one.name for one in page.context["grounds"].listed] == ["Deploy", "First Steps", "Networks"]
    assert "2 more are not listed." in page.text
    assert reverse("achievements:why", args=[achievement.pk, world.student.pk]) in page.text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_export_has_version_records_and_a_link_in_a_fixed_number_of_queries(
    world, achievement, signed_in, django_assert_num_queries, rows
):
    for _ in range(rows):
        student = TrainingRecordFactory.create(user__organization=world.academy, course__name="Networks")
        earned_on(achievement, student.user, records=[student])
    client, columns = signed_in(world.administrator), ["version", "records", "evidence"]

    with django_assert_num_queries(10):
        export = client.get(reverse("badges:issued"), {"columns": columns, "export": "csv"}).getvalue().decode()

    heads, *lines = csv.reader(io.StringIO(export.removeprefix("\ufeff")))
    assert heads == ["Version of the conditions", "Records", "Award details"]
    assert [line[:2] for line in lines] == [["3", "Networks (2026-03-02)"]] * rows
    assert "/badges/issued/" in lines[0][2]


def test_the_columns_are_drawn_too(world, issued, signed_in):
    page = signed_in(world.administrator).get(reverse("badges:issued"), {"columns": ["records", "evidence"]})

    assert "Deploy (2026-03-02); First Steps (2026-03-02); Networks (2026-03-02)" in page.text
