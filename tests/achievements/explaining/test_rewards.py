import datetime as dt

import pytest
from django.urls import reverse

from achievements.explaining.progress import progress_of
from achievements.explaining.rewards import goals_of
from achievements.explaining.why import explain
from achievements.models import Achievement
from badges.models import IssuedBadge
from tests.achievements.pages.reading import page
from tests.factories import (
    PAST,
    AchievementFactory,
    CourseFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    LabFactory,
    OrganizationFactory,
    TrainingRecordFactory,
)


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Three Courses", organization=world.academy, points=10)


def test_what_was_refused_for_good_is_none_of_the_student_s_badges(world, signed_in):
    refused = {"delivery": "failed", "failure_code": "refused", "failure_message": "Issuer says no"}
    IssuedBadgeFactory.create(student=world.student, **refused)
    rejected = IssuedBadgeFactory.create(student=world.student, status=IssuedBadge.Status.REJECTED)
    student, administrator = signed_in(world.student), signed_in(world.administrator)

    mine = student.get(reverse("achievements:mine"))
    home = student.get(reverse("home"))
    found = administrator.get(reverse("achievements:users"), {"q": world.student.username})
    counts = [
        len(administrator.get(page("user", world.student.pk)).context["rewards"].badges),
        next(iter(found.context["listing"].page)).held_count,
    ]

    assert (mine.context["rewards"].badges, mine.context["rewards"].lost) == ([], [rejected])
    assert (home.context["home"].learning.badges, counts) == ([], [0, 0])
    assert "Issuer says no" not in mine.text + home.text


@pytest.fixture
def rewarded(world, achievement):
    """The student has an achievement twice, another one once, and a badge."""
    other = AchievementFactory.create(name="Ten Labs", organization=world.academy, points=7)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=1)
    EarnedAchievementFactory.create(
        achievement=achievement, user=world.student, nth=2, earned_at=PAST + dt.timedelta(days=2)
    )
    EarnedAchievementFactory.create(achievement=other, user=world.student, earned_at=PAST + dt.timedelta(days=1))
    EarnedAchievementFactory.create(achievement=other)
    IssuedBadgeFactory.create(student=world.student, status=IssuedBadge.Status.REVOKED, revoked_at=PAST)
    return IssuedBadgeFactory.create(badge__name="Diver", student=world.student)


def test_a_student_sees_achievements_with_points_and_badges(world, rewarded, signed_in):
    rewards = signed_in(world.student).get(reverse("achievements:mine")).context["rewards"]

    earned = [(one.achievement.name, one.times, one.points, one.last_at) for one in rewards.achievements]
    assert earned == [
        ("Three Courses", 2, 20, PAST + dt.timedelta(days=2)),
        ("Ten Labs", 1, 7, PAST + dt.timedelta(days=1)),
    ]
    assert (rewards.points, rewards.badges) == (27, [rewarded])


def test_who_does_not_take_part_sees_the_badges_alone(world, rewarded, signed_in):
    world.student.participates_in_achievements = False
    world.student.save()

    response = signed_in(world.student).get(reverse("achievements:mine"))

    rewards = response.context["rewards"]
    assert (rewards.achievements, rewards.badges) == ([], [rewarded])
    assert "You do not take part in achievements." in response.text


def test_an_organization_without_achievements_hides_them_and_keeps_the_badges(world, rewarded, administrator):
    world.academy.achievements_enabled = False
    world.academy.save()

    response = administrator.get(page("user", world.student.pk))

    rewards = response.context["rewards"]
    assert (rewards.achievements, rewards.badges) == ([], [rewarded])
    assert "Academy does not use achievements." in response.text


def test_without_rewards_all_parts_say_so(world, signed_in):
    response = signed_in(world.student).get(reverse("achievements:mine"))

    assert ("No badge yet." in response.text, "No achievement yet." in response.text) == (True, True)
    assert "There is nothing more to earn at the moment." in response.text


COURSES, LABS = {"Subject": 10, "Count": 4, "Complete": True}, {"Subject": 0, "Count": 2, "Complete": True}


def goals(person):
    """The names of what was begun, and of the others."""
    found = goals_of(person)
    return [goal.achievement.name for goal in found.begun], [goal.achievement.name for goal in found.others]


def test_goals_are_sorted_by_nearness(world):
    for name, conditions in [
        ("Quarter", [COURSES]),
        ("Eighth", [COURSES, LABS]),
        ("Nothing", [LABS]),
        ("Half", [COURSES | {"Count": 2}]),
    ]:
        AchievementFactory.create(name=name, organization=world.academy, conditions=conditions)
    TrainingRecordFactory.create(user=world.student)

    assert goals(world.student) == (["Half", "Quarter", "Eighth"], ["Nothing"])


def test_of_goals_equally_near_the_one_with_less_missing_comes_first(world):
    for name, count in [("Of eight", 8), ("Of two", 2)]:
        AchievementFactory.create(name=name, organization=world.academy, conditions=[COURSES | {"Count": count}])
    TrainingRecordFactory.create_batch(4, user=world.student)
    AchievementFactory.create(name="Of two labs", organization=world.academy, conditions=[LABS])
    lab = LabFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=None, lab=lab)

    assert goals(world.student) == (["Of two", "Of two labs", "Of eight"], [])


def test_a_goal_says_what_there_is_of_each_condition(world):
    AchievementFactory.create(organization=world.academy, conditions=[COURSES, LABS])
    TrainingRecordFactory.create(user=world.student)

    [goal] = goals_of(world.student).begun

    assert goal.percent == 12
    assert [(part.words, part.standing, part.tally.have, part.tally.need) for part in goal.parts] == [
        ("Complete 4 courses, repeats count.", "1 of 4 courses", 1, 4),
        ("Complete 2 labs, repeats count.", "0 of 2 labs", 0, 2),
    ]


@pytest.mark.parametrize(
    ("fields", "is_goal"),
    [
        ({}, False),
        ({"frequency": 2}, True),
        ({"frequency": 9, "frequency_type": "per_achievement"}, False),
        ({"frequency": 9, "frequency_type": "per_day"}, False),
    ],
)
def test_what_was_earned_is_a_goal_while_it_can_be_earned_again(world, fields, is_goal):
    achievement = AchievementFactory.create(organization=world.academy, **fields)
    TrainingRecordFactory.create(user=world.student)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)

    found = goals_of(world.student)

    assert [(goal.achievement, goal.times_earned) for goal in found.begun] == ([(achievement, 1)] if is_goal else [])


@pytest.mark.parametrize(("places", "is_goal"), [(1, False), (2, True)])
def test_what_others_have_won_is_no_goal(world, places, is_goal):
    achievement = AchievementFactory.create(
        organization=world.academy,
        frequency=places,
        frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT,
    )
    EarnedAchievementFactory.create(achievement=achievement)

    assert (goals(world.student) != ([], [])) is is_goal


def test_what_cannot_be_met_again_is_no_goal(world):
    """Both labs are done for the first time; there is no third for the second."""
    lab, other = LabFactory.create_batch(2)
    two_of_two = [{"Subject": 0, "Count": 2, "LabProfileIds": [lab.pk, other.pk], "Distinct": True}]
    achievement = AchievementFactory.create(organization=world.academy, conditions=two_of_two, frequency=2)
    before = goals(world.student)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)

    assert before == ([], [achievement.name])
    assert goals(world.student) == ([], [])


def test_goals_are_what_the_sweep_would_award(world):
    AchievementFactory.create(name="Own", organization=world.academy, conditions=[LABS])
    AchievementFactory.create(name="Off", organization=world.academy, conditions=[LABS], is_enabled=False)
    AchievementFactory.create(name="Global", organization=world.umbrella, conditions=[LABS], is_global=True)
    AchievementFactory.create(
        name="All trees", organization=world.outside, conditions=[LABS], is_global=True, reaches_all_trees=True
    )
    AchievementFactory.create(name="Of a tree", organization=world.outside, conditions=[LABS], is_global=True)
    AchievementFactory.create(name="Of others", organization=world.outside, conditions=[LABS])
    silent = OrganizationFactory.create(achievements_enabled=False, parent=world.umbrella)
    AchievementFactory.create(name="Of the silent", organization=silent, conditions=[LABS], is_global=True)
    AchievementFactory.create(name="Unreadable", organization=world.academy, conditions=[{"Subject": 99}])

    assert goals(world.student) == ([], ["All trees", "Global", "Own"])


def test_an_organization_may_keep_out_of_global_goals(world):
    AchievementFactory.create(name="Global", organization=world.umbrella, conditions=[LABS], is_global=True)
    world.student.organization.in_global_achievements = False
    world.student.organization.save()

    assert goals(world.student) == ([], [])


def test_goals_of_others_are_shown_once_they_are_begun_in_an_open_course(world):
    course = CourseFactory.create(organization=world.outside, achievements_for_outside_organizations=True)
    AchievementFactory.create(name="Courses", organization=world.outside, conditions=[COURSES])
    AchievementFactory.create(name="Labs", organization=world.outside, conditions=[LABS])
    before = goals(world.student)

    TrainingRecordFactory.create(user=world.student, course=course)

    assert (before, goals(world.student)) == (([], []), (["Courses"], []))


POINTS = {"Subject": 40, "Points": 5}


def test_points_bring_no_outsider_nearer_to_a_goal(world):
    """The guest's own points are enough, and will never count at the academy."""
    course = CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    own = AchievementFactory.create(name="Own", organization=world.partner, points=5)
    AchievementFactory.create(name="Points", organization=world.academy, conditions=[POINTS])
    both = AchievementFactory.create(name="Both", organization=world.academy, conditions=[COURSES, POINTS])
    TrainingRecordFactory.create(user=world.guest, course=course)
    EarnedAchievementFactory.create(achievement=own, user=world.guest)

    assert goals(world.guest) == ([], [])
    assert [one.percent for one in progress_of(world.guest, [both])] == [0]
    assert [line.tally.have for line in explain(both, world.guest).lines] == [0, 0]


def test_what_was_earned_elsewhere_and_can_be_earned_again_is_a_goal(world):
    below = OrganizationFactory.create(parent=world.academy)
    course = CourseFactory.create(organization=below, achievements_for_outside_organizations=True)
    again = AchievementFactory.create(name="Again", organization=world.academy, frequency=2)
    before = goals(world.guest)
    TrainingRecordFactory.create(user=world.guest, course=course)
    EarnedAchievementFactory.create(achievement=again, user=world.guest)

    assert (before, goals(world.guest)) == (([], []), (["Again"], []))


def test_who_does_not_take_part_has_no_goals(world):
    AchievementFactory.create(organization=world.academy)
    world.student.participates_in_achievements = False

    assert goals(world.student) == ([], [])


def test_a_goal_that_is_complete_and_blocked_says_what_blocks_it(world, signed_in):
    daily = AchievementFactory.create(organization=world.academy, frequency_type="per_day")
    TrainingRecordFactory.create(user=world.student, completed_at=PAST)
    EarnedAchievementFactory.create(achievement=daily, earned_at=PAST)

    [goal] = goals_of(world.student).begun
    text = signed_in(world.student).get(reverse("achievements:mine")).text

    words = "Only one student a day earns it, and another student was first that day."
    assert (goal.percent, [block.words for block in goal.obstacles]) == (100, [words])
    assert (words in text, "It is awarded within the hour" in text) == (True, False)


def test_the_page_shows_goals_with_a_way_to_ask(world, signed_in):
    achievement = AchievementFactory.create(name="Four", organization=world.academy, conditions=[COURSES])
    TrainingRecordFactory.create(user=world.student)

    text = signed_in(world.student).get(reverse("achievements:mine")).text

    assert "1 of 4 courses" in text
    assert reverse("achievements:why", args=[achievement.pk, world.student.pk]) in text
