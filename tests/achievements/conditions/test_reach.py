import pytest

from achievements.conditions.parsing import parse
from achievements.conditions.reach import out_of_reach, within_reach
from tests.factories import (
    AchievementFactory,
    CourseActivityFactory,
    CourseFactory,
    CourseTagFactory,
    LabFactory,
    OrganizationFactory,
    PublishingGroupFactory,
)


def refused(text, organization, **more) -> list[str]:
    return [str(error) for error in out_of_reach(parse(text), organization, **more)]


@pytest.mark.parametrize("owner", ["academy", "umbrella"])
def test_own_rows_and_those_above_are_within_reach(world, owner):
    organization = getattr(world, owner)
    lab, course = LabFactory.create(organization=organization), CourseFactory.create(organization=organization)
    tag, achievement = (
        CourseTagFactory.create(organization=organization),
        AchievementFactory.create(organization=organization),
    )
    text = (
        f"[{{LabProfileIds:[{lab.pk}]}}, {{Subject:10, CourseIds:[{course.pk}]}},"
        f" {{Subject:20, CourseTagIds:[{tag.pk}]}}, {{Subject:40, AchievementIds:[{achievement.pk}]}}]"
    )

    assert refused(text, world.academy) == []


def test_rows_below_are_within_reach(world):
    lab = LabFactory.create(organization=world.academy)

    assert refused(f"[{{LabProfileIds:[{lab.pk}]}}]", world.umbrella) == []


def test_rows_of_others_are_refused_like_missing_ones(world):
    lab, course = LabFactory.create(organization=world.outside), CourseFactory.create(organization=world.outside)
    tag, achievement = (
        CourseTagFactory.create(organization=world.outside),
        AchievementFactory.create(organization=world.outside),
    )
    text = (
        f"[{{LabProfileIds:[{lab.pk}, 987654321]}},\n{{Subject:10, CourseIds:[{course.pk}]}},\n"
        f"{{Subject:20, CourseTagIds:[{tag.pk}]}},\n{{Subject:40, AchievementIds:[{achievement.pk}]}}]"
    )

    assert refused(text, world.academy) == [
        f"Line 1, column 18: There is no lab {lab.pk} here.",
        f"Line 1, column {20 + len(str(lab.pk))}: There is no lab 987654321 here.",
        f"Line 2, column 25: There is no course {course.pk} here.",
        f"Line 3, column 28: There is no course tag {tag.pk} here.",
        f"Line 4, column 30: There is no other achievement {achievement.pk} here.",
    ]


def test_siblings_are_out_of_reach(world):
    sibling = OrganizationFactory.create(parent=world.umbrella)
    lab = LabFactory.create(organization=sibling)

    assert refused(f"[{{LabProfileIds:[{lab.pk}]}}]", world.academy) == [
        f"Line 1, column 18: There is no lab {lab.pk} here."
    ]


def test_published_courses_and_their_labs_are_within_reach(world):
    group = PublishingGroupFactory.create(organization=world.outside)
    group.publishes_to.add(world.academy)
    lab = LabFactory.create(organization=world.outside)
    course = CourseFactory.create(organization=world.outside)
    course.publishing_groups.add(group)
    CourseActivityFactory.create(course=course, kind="lab", lab=lab)

    assert refused(f"[{{LabProfileIds:[{lab.pk}]}}, {{Subject:10, CourseIds:[{course.pk}]}}]", world.academy) == []


@pytest.mark.parametrize(
    ("owner", "reaches_all_trees", "is_reached"),
    [("sibling", False, True), ("outside", False, False), ("outside", True, True)],
)
def test_global_achievements_are_within_reach_of_their_tree(world, owner, reaches_all_trees, is_reached):
    organization = OrganizationFactory.create(parent=world.umbrella) if owner == "sibling" else world.outside
    achievement = AchievementFactory.create(
        organization=organization, is_global=True, reaches_all_trees=reaches_all_trees
    )

    assert (refused(f"[{{Subject:40, AchievementIds:[{achievement.pk}]}}]", world.academy) == []) is is_reached


@pytest.mark.parametrize(
    ("owner", "is_reached"), [("academy", True), ("umbrella", False), ("outside", False), ("child", True)]
)
def test_drafts_are_within_reach_of_their_own_organization_and_those_above_it(world, owner, is_reached):
    child = OrganizationFactory.create(parent=world.academy)
    organization = child if owner == "child" else getattr(world, owner)
    draft = AchievementFactory.create(organization=organization, is_global=True, is_enabled=False)

    found = within_reach("AchievementIds", world.academy).filter(pk=draft.pk).exists()
    errors = refused(f"[{{Subject:40, AchievementIds:[{draft.pk}]}}]", world.academy)

    assert (found, errors == []) == (is_reached, is_reached)


def test_achievement_may_not_wait_for_itself(world):
    achievement = AchievementFactory.create(organization=world.academy)
    text = f"[{{Subject:40, AchievementIds:[{achievement.pk}]}}]"

    assert refused(text, world.academy, achievement_id=achievement.pk) == [
        f"Line 1, column 31: There is no other achievement {achievement.pk} here."
    ]
    assert refused("[{Subject:10}]", world.academy, achievement_id=achievement.pk) == []


def test_one_query_for_each_kind_of_id(world, django_assert_num_queries):
    with django_assert_num_queries(2):
        refused("[{LabProfileIds:[1,2,3]}, {LabProfileIds:[4]}, {Subject:10, CourseIds:[5,6]}]", world.academy)
