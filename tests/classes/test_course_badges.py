from classes import course_badges
from classes.course_badges import CourseAward, awards_of
from tests.factories import AchievementFactory, BadgeFactory


def test_what_achievements_give_for_a_course_is_told(world):
    conditions = [{"Subject": 10, "Count": 1, "CourseIds": [world.course.pk], "Complete": True}]
    badge = BadgeFactory.create(organization=world.academy)
    AchievementFactory.create(organization=world.academy, badge=badge, conditions=conditions)

    assert awards_of(world.course, [world.student, world.guest]) == {badge.pk: {world.student.pk}}


def test_of_one_badge_all_rules_count(world, monkeypatch):
    rules = [lambda _course, _students, to=to: [CourseAward(7, frozenset(to))] for to in ({1}, {2}, ())]
    monkeypatch.setattr(course_badges, "_RULES", rules)

    assert awards_of(world.course, []) == {7: {1, 2}}
