import datetime as dt

import pytest
from django.utils import timezone

from badges.models import IssuedBadge, ProviderPace
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    ClassFactory,
    CourseAssignmentFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    IssuedBadgeFactory,
    SweepFactory,
)
from tms.home import home_of

NOON = dt.datetime(2026, 5, 6, 12, tzinfo=dt.UTC)


def hours(number):
    return NOON + dt.timedelta(hours=number)


def named(world, **classes):
    """Classes of the instructor by name, from and to so many hours from noon."""
    for name, (start, end) in classes.items():
        ClassFactory.create(
            name=name,
            organization=world.academy,
            course=world.course,
            instructors=[world.instructor],
            starts_at=hours(start),
            ends_at=hours(end),
        )


def test_an_instructor_sees_today_s_classes_and_those_to_come(world):
    named(
        world,
        yesterday=(-30, -22),
        over=(-4, -1),
        running=(-1, 3),
        tonight=(6, 8),
        tomorrow=(24, 30),
        spanning=(-40, 2),
    )

    home = home_of(world.instructor, at=NOON)

    assert [(klass.name, vars(klass)["is_running"]) for klass in home.today] == [
        ("spanning", True),
        ("over", False),
        ("running", True),
        ("tonight", False),
    ]
    assert [klass.name for klass in home.to_come] == ["tomorrow"]


def test_a_class_says_how_many_are_enrolled(world):
    klass = ClassFactory.create(
        organization=world.academy, instructors=[world.contractor, world.instructor], starts_at=NOON
    )
    EnrollmentFactory.create_batch(2, klass=klass)
    EnrollmentFactory.create(klass=klass, enrollment_status="cancelled")

    home = home_of(world.contractor, at=NOON)

    assert [(found.pk, vars(found)["enrolled"]) for found in home.today] == [(klass.pk, 2)]


def test_an_administrator_sees_figures_of_the_managed_organizations(world):
    named(world, running=(-1, 3), tomorrow=(24, 30))
    ClassFactory.create(organization=world.outside, starts_at=NOON)
    CourseAssignmentFactory.create(student=world.student)
    CourseAssignmentFactory.create(student=world.student, completed_at=NOON)
    CourseAssignmentFactory.create(student=world.student, expires_at=NOON)
    badges = BadgeFactory.create_batch(3, organization=world.academy)
    for badge, at, delivery in zip(
        badges, [hours(-1), hours(-200), hours(-2)], ["delivered", "failed", "failed"], strict=True
    ):
        IssuedBadgeFactory.create(badge=badge, student=world.student, issued_at=at, delivery=delivery)
    IssuedBadgeFactory.create(issued_at=hours(-1))
    AchievementFactory.create(organization=world.academy)
    AchievementFactory.create(organization=world.academy, is_enabled=False)

    home = home_of(world.administrator, at=NOON)

    assert [(str(figure.label), figure.number, figure.is_alarming) for figure in home.figures] == [
        ("Classes running now", 1, False),
        ("Open course assignments", 1, False),
        ("Badges issued in 7 days", 1, False),
        ("Badges not delivered", 2, True),
        ("Achievements enabled", 1, False),
    ]


def test_the_figure_of_seven_days_leads_to_what_it_counts(world, signed_in):
    for number in (-400, -150, -100, -1):
        IssuedBadgeFactory.create(badge__organization=world.academy, issued_at=hours(number))

    figure = home_of(world.administrator, at=NOON).figures[2]
    behind = signed_in(world.administrator).get(f"/badges/issued/{figure.query}")

    assert (figure.query, figure.number) == ("?issued_at_after=2026-04-30&status=held", 3)
    assert behind.context["listing"].count == 3


def test_administrators_are_told_of_providers_that_bring_nothing(world, signed_in):
    providers = [
        BadgeProviderFactory.create(name="Paused", organization=world.academy, paused_at=NOON),
        BadgeProviderFactory.create(name="Silent", organization=world.umbrella),
        BadgeProviderFactory.create(name="Asked", organization=world.umbrella),
        BadgeProviderFactory.create(name="Busy", organization=world.umbrella),
        BadgeProviderFactory.create(name="Off", organization=world.umbrella, paused_at=NOON, is_enabled=False),
        BadgeProviderFactory.create(name="Of others", organization=world.outside, paused_at=NOON),
    ]
    later = timezone.now() + dt.timedelta(hours=1)
    for provider, failures, refusals in ((providers[1], 5, 0), (providers[2], 0, 1), (providers[3], 0, 0)):
        ProviderPace.objects.create(
            provider=provider, next_at=NOON, failures=failures, refusals=refusals, held_until=later
        )
    badge = BadgeFactory.create(organization=world.academy, provider=providers[0])
    for delivery in ("pending", "uncertain", "failed"):
        IssuedBadgeFactory.create(badge=badge, delivery=delivery)

    homes = {name: home_of(person, at=NOON) for name, person in world.personas.items()}
    text = " ".join(signed_in(world.administrator).get("/").text.split())

    told = [(one.provider.name, one.waiting) for one in homes["administrator"].standstills]
    assert told == [("Asked", 0), ("Paused", 2), ("Silent", 0)]
    assert [name for name, home in homes.items() if home.standstills] == ["administrator"]
    paused = "Paused has been paused since 6 May 2026, 12:00. An administrator of Academy can resume it. 2 badges wait."
    assert paused in text
    assert "Asked asked us to wait until" in text


def test_an_administrator_sees_what_was_issued_last(world):
    rows = [
        IssuedBadgeFactory.create(student=world.student, issued_at=hours(number), badge__organization=world.academy)
        for number in range(9)
    ]
    IssuedBadgeFactory.create(issued_at=hours(99))

    assert home_of(world.administrator, at=NOON).latest == rows[1:][::-1]


def test_an_administrator_sees_when_the_last_full_sweep_ended(world):
    SweepFactory.create(started_at=hours(-2), finished_at=hours(-1))
    SweepFactory.create(started_at=hours(-1), finished_at=None)
    SweepFactory.create(started_at=hours(0), finished_at=hours(0), kind="drain")

    freshness = home_of(world.administrator, at=NOON).freshness

    assert freshness is not None
    assert freshness.last is not None
    assert (freshness.last.finished_at, freshness.is_late) == (hours(-1), False)


def test_a_late_sweep_is_said_to_administrators_alone(world, signed_in):
    SweepFactory.create(started_at=hours(-2), finished_at=hours(-2))

    texts = [signed_in(person).get("/").content.decode() for person in (world.administrator, world.instructor)]

    assert ["The sweep is late" in text for text in texts] == [True, False]


def test_a_student_sees_the_nine_newest_badges_held(world):
    issued = [
        IssuedBadgeFactory.create(
            badge=BadgeFactory.create(organization=world.academy), student=world.student, issued_at=hours(number)
        )
        for number in range(11)
    ]
    IssuedBadge.objects.filter(pk=issued[-1].pk).update(revoked_at=NOON, status="revoked")

    assert home_of(world.student, at=NOON).badges == issued[1:10][::-1]


def test_an_achievement_earned_twice_is_one_achievement(world):
    achievement = AchievementFactory.create(organization=world.academy)
    first = EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=1)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=2)

    assert home_of(world.student, at=NOON).achievements == [first]


@pytest.mark.parametrize("switch", ["person", "organization"])
def test_achievements_are_hidden_where_they_are_switched_off_and_badges_are_not(world, switch):
    EarnedAchievementFactory.create(user=world.student)
    issued = IssuedBadgeFactory.create(student=world.student)
    if switch == "person":
        world.student.participates_in_achievements = False
    else:
        world.academy.achievements_enabled = False
        world.academy.save()

    home = home_of(world.student, at=NOON)

    assert (home.achievements, home.badges) == ([], [issued])


@pytest.mark.parametrize(
    ("persona", "shown"),
    [("student", True), ("stranger", True), ("instructor", False), ("contractor", False), ("administrator", False)],
)
def test_rewards_without_a_reward_are_shown_to_learners(world, persona, shown):
    assert home_of(world.personas[persona], at=NOON).rewards_are_shown is shown


def test_an_instructor_s_own_rewards_are_shown(world):
    IssuedBadgeFactory.create(student=world.instructor)

    assert home_of(world.instructor, at=NOON).rewards_are_shown


def test_empty_rewards_say_so(world, signed_in):
    body = signed_in(world.student).get("/").content.decode()

    assert ("No badge yet." in body, "No achievement yet." in body) == (True, True)
    assert '<a class="button" href="/rewards/">' in body
    assert "View all…" not in body


def test_who_takes_no_part_in_achievements_has_no_room_for_them(world, signed_in):
    world.student.participates_in_achievements = False
    world.student.save()

    body = signed_in(world.student).get("/").text

    assert ('id="my-badges"' in body, 'id="my-achievements"' in body) == (True, False)


@pytest.mark.parametrize("number", [1, 3])
def test_home_takes_the_same_queries_for_one_of_everything_and_for_three(
    world, signed_in, django_assert_num_queries, number
):
    for _ in range(number):
        named(world, running=(-1, 3))
        IssuedBadgeFactory.create(student=world.administrator)
        EarnedAchievementFactory.create(user=world.administrator)
    SweepFactory.create(finished_at=hours(-1))
    client = signed_in(world.administrator)

    with django_assert_num_queries(21):  # session, person, organization, 2 of permissions; home's sixteen
        assert client.get("/").status_code == 200
