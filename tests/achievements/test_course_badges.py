import pytest

from achievements.models import Achievement
from achievements.models.course_badges import awards_for_completing
from tests.factories import AchievementFactory, BadgeFactory, CourseFactory, OrganizationFactory

COMPLETE = {"Subject": 10, "Count": 1, "Complete": True}


@pytest.fixture
def awards(world, django_assert_num_queries):
    """By badge, to whom of the two students it comes."""

    def ask(queries=2):
        for student in (world.student, world.guest):
            student.refresh_from_db()
            assert student.organization
        with django_assert_num_queries(queries):
            found = list(awards_for_completing(world.course, [world.student, world.guest]))
        return {award.badge_id: award.comes_to for award in found}

    return ask


@pytest.fixture
def rewarded(world):
    """Makes an achievement that completing the course is enough for, unless something else is said."""

    def make(*conditions, **more):
        values = {"organization": world.academy, "badge": BadgeFactory.create(organization=world.academy)} | more
        return AchievementFactory.create(
            conditions=list(conditions) or [COMPLETE | {"CourseIds": [world.course.pk]}], **values
        )

    return make


def test_completing_the_course_is_enough_for_the_organization_s_own_students(world, awards, rewarded):
    achievement = rewarded()

    assert awards() == {achievement.badge_id: {world.student.pk}}


def test_nothing_that_is_not_of_the_course_is_told(world, awards, rewarded):
    rewarded(COMPLETE)
    rewarded(COMPLETE | {"CourseIds": [CourseFactory.create().pk]})
    rewarded(badge=None)
    rewarded(is_enabled=False)

    assert awards(queries=1) == {}


@pytest.mark.parametrize(
    "more",
    [
        [{"Count": 2}],
        [{"MinMinutesSpent": 30}],
        [{"CourseTagIds": [1], "Subject": 20}],
        [{}, {"CourseIds": [0]}],
        [{}, {"Subject": 0, "CourseIds": []}],
    ],
)
def test_what_needs_more_than_the_course_comes_to_nobody_yet(world, awards, rewarded, more):
    achievement = rewarded(*({**COMPLETE, "CourseIds": [world.course.pk]} | one for one in more))

    assert awards() == {achievement.badge_id: frozenset()}


@pytest.mark.parametrize(
    "frequency_type", [Achievement.FrequencyType.PER_DAY, Achievement.FrequencyType.PER_ACHIEVEMENT]
)
def test_where_places_are_few_it_comes_to_nobody_for_certain(awards, rewarded, frequency_type):
    achievement = rewarded(frequency_type=frequency_type)

    assert awards() == {achievement.badge_id: frozenset()}


def test_any_one_of_several_courses_is_enough(world, awards, rewarded):
    achievement = rewarded(COMPLETE | {"CourseIds": [world.course.pk, CourseFactory.create().pk], "Distinct": True})

    assert awards() == {achievement.badge_id: {world.student.pk}}


@pytest.mark.parametrize("switch", ["is_active", "participates_in_achievements"])
def test_who_takes_no_part_is_left_out(world, awards, rewarded, switch):
    achievement = rewarded()
    setattr(world.student, switch, False)
    world.student.save()

    assert awards() == {achievement.badge_id: frozenset()}


def test_where_achievements_are_off_nothing_comes(world, awards, rewarded):
    rewarded()
    world.academy.achievements_enabled = False
    world.academy.save()

    assert awards(queries=1) == {}


@pytest.mark.parametrize(
    ("is_same_tree", "takes_part", "reaches_all", "comes"),
    [(True, True, False, True), (True, False, True, False), (False, True, False, False), (False, True, True, True)],
)
def test_a_global_achievement_reaches_its_tree_or_all(
    world, awards, rewarded, is_same_tree, takes_part, reaches_all, comes
):
    achievement = rewarded(is_global=True, reaches_all_trees=reaches_all)
    home = world.guest.organization
    home.parent = world.umbrella if is_same_tree else OrganizationFactory.create()
    home.in_global_achievements = takes_part
    home.save()

    assert (world.guest.pk in awards()[achievement.badge_id]) == comes


def test_a_course_that_is_open_counts_for_outsiders_of_its_owner_and_of_those_above(world, awards, rewarded):
    own, above, beside = rewarded(), rewarded(organization=world.umbrella), rewarded(organization=world.outside)
    world.course.achievements_for_outside_organizations = True
    world.course.save()

    found = awards()

    assert found[own.badge_id] == {world.student.pk, world.guest.pk}
    assert found[above.badge_id] == {world.student.pk, world.guest.pk}
    assert found[beside.badge_id] == frozenset()
