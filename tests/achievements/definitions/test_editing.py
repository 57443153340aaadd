import datetime as dt

import pytest

from achievements.definitions.editing import MeanwhileError, copy_of, newest_change, save_achievement, switch
from achievements.models import Achievement, AchievementChange
from operation.models import SweepHint
from tests.factories import PAST, AchievementFactory, AdministratorFactory, BadgeFactory, CourseFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db
LATER = PAST + dt.timedelta(hours=1)
ANY_LAB = [{"Subject": 0, "Count": 1}]


@pytest.fixture
def editor():
    return AdministratorFactory.create()


def test_two_editors_make_two_versions(editor):
    first = AchievementFactory.create()
    second = Achievement.objects.get(pk=first.pk)
    first.conditions, second.conditions = ANY_LAB, [{"Subject": 0, "Count": 2}]

    save_achievement(first, by=editor, at=PAST)
    save_achievement(second, by=editor, at=LATER)

    second.refresh_from_db()
    assert second.version == 3


def test_a_sweep_that_ended_while_it_was_edited_is_not_forgotten(editor):
    achievement = AchievementFactory.create()
    Achievement.objects.filter(pk=achievement.pk).update(evaluated_at=LATER)

    save_achievement(achievement, by=editor, at=PAST)

    achievement.refresh_from_db()
    assert achievement.evaluated_at == LATER


def test_a_new_achievement_starts_at_version_one_and_its_history_with_its_creation(editor):
    achievement = AchievementFactory.build(organization=editor.organization)

    save_achievement(achievement, by=editor, at=PAST)

    [change] = AchievementChange.objects.all()
    assert (change.version, change.conditions, change.changed, change.changed_at, change.changed_by) == (
        1,
        achievement.conditions,
        {},
        PAST,
        editor,
    )


def test_the_same_conditions_are_no_new_version(editor):
    achievement = AchievementFactory.create()
    achievement.points = 5

    save_achievement(achievement, by=editor, at=PAST)

    assert achievement.version == 1


def test_the_history_says_what_changed_in_words(editor):
    course = CourseFactory.create(name="Diving")
    achievement = AchievementFactory.create(name="First", points=1)
    achievement.name, achievement.points, achievement.is_enabled = "Second", 20, False
    achievement.badge = BadgeFactory.create(name="Diver")
    achievement.frequency_type = Achievement.FrequencyType.PER_DAY
    achievement.conditions = [{"Subject": 10, "Count": 1, "CourseIds": [course.pk], "Complete": True}]

    save_achievement(achievement, by=editor, at=PAST)

    assert AchievementChange.objects.get().changed == {
        "name": ["First", "Second"],
        "points": ["1", "20"],
        "is_enabled": ["Yes", "No"],
        "badge": ["", "Diver"],
        "frequency_type": ["Per User", "Per Day"],
        "conditions": [["Complete a course."], [f"Complete a course: Diving ({course.pk})."]],
    }


def test_a_save_that_changes_nothing_leaves_no_line_and_is_queued_all_the_same(editor):
    achievement = AchievementFactory.create()

    save_achievement(achievement, by=editor, at=PAST)

    assert not AchievementChange.objects.exists()
    assert SweepHint.objects.get().achievement_id == achievement.pk


def test_each_line_keeps_the_conditions_of_its_version(editor):
    achievement = AchievementFactory.create()

    for count in (1, 2, 3):
        achievement.conditions = [{"Subject": 0, "Count": count}]
        save_achievement(achievement, by=editor, at=PAST)

    kept = AchievementChange.objects.order_by("pk").values_list("version", "conditions")
    assert list(kept) == [(n + 1, [{"Subject": 0, "Count": n}]) for n in (1, 2, 3)]


def test_somebody_who_saved_meanwhile_is_not_overwritten(editor):
    mine = AchievementFactory.create(points=1)
    theirs = Achievement.objects.get(pk=mine.pk)
    seen = newest_change(mine.pk)
    theirs.points, mine.points = 10, 20
    save_achievement(theirs, by=editor, at=PAST)

    with pytest.raises(MeanwhileError) as refused:
        save_achievement(mine, by=editor, at=LATER, seen=seen)

    assert [change.changed for change in refused.value.changes] == [{"points": ["1", "10"]}]
    assert Achievement.objects.get().points == 10


def test_whoever_has_seen_the_last_change_may_save(editor):
    achievement = AchievementFactory.create(points=1)
    achievement.points = 10
    save_achievement(achievement, by=editor, at=PAST)
    achievement.points = 20

    save_achievement(achievement, by=editor, at=LATER, seen=newest_change(achievement.pk))

    assert Achievement.objects.get().points == 20


@pytest.mark.parametrize("wanted", [True, False])
def test_an_achievement_is_switched_and_queued(editor, wanted):
    achievement = AchievementFactory.create(is_enabled=not wanted)

    assert switch(achievement, is_enabled=wanted, by=editor, at=PAST)

    assert Achievement.objects.get().is_enabled == wanted
    assert SweepHint.objects.count() == 1
    assert AchievementChange.objects.get().changed_by == editor


def test_switching_to_what_it_is_does_nothing(editor):
    achievement = AchievementFactory.create(is_enabled=True)

    assert not switch(achievement, is_enabled=True, by=editor, at=PAST)

    assert not SweepHint.objects.exists()


def test_switching_keeps_what_somebody_else_saved(editor):
    stale = AchievementFactory.create(points=1)
    Achievement.objects.update(points=7)

    switch(stale, is_enabled=False, by=editor, at=PAST)

    assert Achievement.objects.get().points == 7


def test_a_copy_is_disabled_and_has_a_history_of_its_own(editor):
    badge = BadgeFactory.create()
    original = AchievementFactory.create(name="Labs", points=7, badge=badge, version=4, conditions=ANY_LAB)

    copy = copy_of(original, by=editor, at=PAST)

    copy.refresh_from_db()
    assert (copy.name, copy.points, copy.badge, copy.version, copy.conditions, copy.is_enabled) == (
        "Copy of Labs",
        7,
        badge,
        1,
        ANY_LAB,
        False,
    )
    assert [change.achievement for change in AchievementChange.objects.all()] == [copy]


def test_more_copies_are_numbered(editor):
    original = AchievementFactory.create(name="Labs")

    names = [copy_of(original, by=editor, at=PAST).name for _time in range(3)]

    assert names == ["Copy of Labs", "Copy of Labs (2)", "Copy of Labs (3)"]


def test_a_copy_of_a_long_name_is_cut(editor):
    original = AchievementFactory.create(name="x" * 255)

    names = [copy_of(original, by=editor, at=PAST).name for _time in range(2)]

    assert names == ["Copy of " + "x" * 247, "Copy of " + "x" * 243 + " (2)"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_edit_at_once_one_is_told(editor):
    achievement = AchievementFactory.create()

    def save(points):
        mine = Achievement.objects.get(pk=achievement.pk)
        mine.points = points
        try:
            save_achievement(mine, by=editor, at=PAST, seen=0)
        except MeanwhileError:
            return "told"
        return "saved"

    assert sorted(at_once(*(lambda points=points: save(points) for points in (1, 2)))) == ["saved", "told"]


@pytest.mark.django_db(transaction=True)
def test_two_who_copy_at_once_make_two_copies(editor):
    original = AchievementFactory.create(name="Labs")

    names = at_once(*(lambda: copy_of(original, by=editor, at=PAST).name for _who in range(2)))

    assert sorted(names) == ["Copy of Labs", "Copy of Labs (2)"]
