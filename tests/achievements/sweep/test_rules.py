"""What a sweep reads of achievements, and in which order it awards them."""

import pytest

from achievements.conditions.events import EVERYBODY, People
from achievements.conditions.terms import Courses, Points
from achievements.models import Achievement
from achievements.sweep import sweeper
from achievements.sweep.rules import (
    Trees,
    are_changed,
    feeds,
    held_by_others,
    in_order,
    is_changed,
    load,
    note_evaluated,
    rule_of,
    trees_of,
)
from organizations.models import Organization
from tests.achievements.processes import holding_the_row_of
from tests.achievements.sweep.ruled import NOW, complete, outcome, ruled
from tests.factories import (
    AchievementFactory,
    CourseFactory,
    OrganizationFactory,
)

POINTS = [{"Subject": 40, "Points": 10}]


def test_poisoned_conditions_stop_no_other(world, achievement):
    poisoned = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 0, "Cuont": 1}])
    complete(world.student, world.course)

    done = sweeper.award_everybody(at=NOW)

    assert outcome(done) == {"achievements": 2, "skipped": 0, "earned": 1, "issued": 1, "failed": 1}
    assert list(done.problems.values_list("achievement_id", "code", "message")) == [
        (poisoned.pk, "conditions", "Line 1, column 3: There is no field “Cuont”. Did you mean Count?")
    ]


def listing(*achievements):
    return [{"Subject": 40, "Count": 1, "AchievementIds": [one.pk for one in achievements]}]


def own(world, **fields):
    return AchievementFactory.create(organization=world.academy, **fields)


def test_what_is_enabled_is_loaded_in_the_order_of_ids_in_two_queries(world, django_assert_num_queries):
    first, second = own(world), AchievementFactory.create()
    own(world, is_enabled=False)
    poisoned = own(world, conditions=[{"Subject": 7}])
    first.save()  # the database has it behind the second now

    with django_assert_num_queries(2):
        everything = load(at=NOW)
    some = load([second.pk, poisoned.pk], at=NOW)

    assert [one.achievement for one in everything.ruled] == [first, second]
    assert [one for one, _error in everything.poisoned] == [one for one, _error in some.poisoned] == [poisoned]
    assert [one.achievement for one in some.ruled] == [second]


def test_trees_tell_the_root_and_where_outsiders_are_credited(world):
    """The owner of a course that is open to outsiders, and those above it; not those below or beside it."""
    below = OrganizationFactory.create(parent=world.academy)
    beside = OrganizationFactory.create(parent=world.umbrella)
    CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    organizations = (world.umbrella, world.academy, below, beside, world.outside)

    trees = trees_of([Achievement(organization=one) for one in organizations])

    root = world.umbrella.pk
    assert trees == Trees(
        {one.pk: root for one in organizations[:4]} | {world.outside.pk: world.outside.pk},
        frozenset({world.umbrella.pk, world.academy.pk}),
    )


def test_a_rule_is_what_the_achievement_and_its_organization_say(world):
    Organization.objects.filter(pk=world.academy.pk).update(time_zone="Europe/Paris")
    CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    achievement = own(world, frequency=3, is_global=True, reaches_all_trees=True)

    rule = ruled(Achievement.objects.get(pk=achievement.pk)).rule

    assert (rule.achievement_id, rule.organization_id, rule.root_id) == (
        achievement.pk,
        world.academy.pk,
        world.umbrella.pk,
    )
    assert (rule.conditions, rule.until, rule.time_zone, rule.times) == (
        (Courses(complete=True),),
        NOW,
        "Europe/Paris",
        3,
    )
    assert (rule.is_global, rule.reaches_all_trees, rule.has_outsiders, rule.people) == (True, True, True, EVERYBODY)


@pytest.mark.parametrize("kind", [Achievement.FrequencyType.PER_DAY, Achievement.FrequencyType.PER_ACHIEVEMENT])
def test_of_what_students_compete_for_only_the_first_time_is_asked_for(world, kind):
    one = ruled(own(world, frequency=3, frequency_type=kind))

    assert (one.rule.times, one.is_limited) == (1, True)


def test_an_organization_that_no_tree_knows_is_its_own_root(world):
    rule = rule_of(own(world), Trees(), at=NOW)

    assert (rule.root_id, rule.has_outsiders) == (world.academy.pk, False)


def test_a_rule_for_some_people_is_the_same_but_for_them(world):
    one, people = ruled(own(world)), People(user_ids=[7])

    assert (one.rule_for(people).people, one.rule.people) == (people, EVERYBODY)
    assert one.rule_for(people).conditions == one.rule.conditions


def save_it(achievement):
    achievement.save()


def disable_it(achievement):
    Achievement.objects.filter(pk=achievement.pk).update(is_enabled=False)


def delete_it(achievement):
    achievement.delete()


def add_another(achievement):
    AchievementFactory.create(organization=achievement.organization)


def save_the_poisoned(_achievement):
    Achievement.objects.get(name="Poisoned").save()


def do_nothing(_achievement):
    pass


@pytest.mark.parametrize(
    ("change", "of_all", "of_these"),
    [
        (do_nothing, False, False),
        (save_it, True, True),
        (delete_it, True, True),
        (disable_it, True, False),
        (add_another, True, False),
        (save_the_poisoned, True, False),
    ],
)
def test_changes_since_all_were_loaded_are_noticed(world, change, of_all, of_these):
    achievement = own(world)
    own(world, name="Poisoned", conditions=[])
    loaded = load(at=NOW)

    change(achievement)

    assert (is_changed(loaded), are_changed(loaded.ruled)) == (of_all, of_these)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("roles_come_back")
@pytest.mark.xdist_group("processes")
def test_what_another_session_holds_is_neither_waited_for_nor_noted(world):
    held, free = ruled(own(world)), ruled(own(world))
    with holding_the_row_of(held.achievement):
        assert held_by_others([held, free]) == {held.achievement.pk}
        assert [note_evaluated(one) for one in (held, free)] == [False, True]

    assert (held_by_others([held, free]), note_evaluated(held)) == (set(), True)


def test_what_was_changed_since_it_was_loaded_is_not_noted_as_evaluated(world):
    kept, changed = own(world), own(world)
    several = [ruled(kept), ruled(changed)]
    changed.save()

    noted = [note_evaluated(one) for one in several]

    kept.refresh_from_db()
    changed.refresh_from_db()
    assert (noted, kept.evaluated_at is not None, changed.evaluated_at) == ([True, False], True, None)


def test_points_are_fed_by_what_gives_points_and_lists_by_what_they_list(world):
    rich, poor = own(world, points=5), own(world, points=0)
    points, lists = own(world, conditions=POINTS, points=1), own(world, conditions=listing(poor))
    several = {one: ruled(one) for one in (rich, poor, points, lists)}

    fed = {(source.pk, one.pk) for source in several for one in several if feeds(several[source], several[one])}

    assert fed == {(rich.pk, points.pk), (poor.pk, lists.pk)}
    assert [several[one].depends_on_others for one in (rich, poor, points, lists)] == [False, False, True, True]


def test_each_comes_after_what_it_follows_and_a_cycle_with_what_is_behind_it_last(world):
    first = ruled(own(world, conditions=POINTS, points=0))
    second = ruled(own(world, conditions=listing(first.achievement)))
    cycle = [ruled(own(world, conditions=POINTS, points=1)) for _ in range(2)]
    behind = ruled(own(world, conditions=listing(cycle[0].achievement)))
    limited = ruled(own(world, conditions=POINTS, points=1, frequency_type=Achievement.FrequencyType.PER_DAY))

    alone = in_order([second, first])
    together = in_order([behind, *cycle, limited])

    assert (alone.lined_up, alone.cycle, alone.limited) == ([[first], [second]], [], [])
    assert (together.lined_up, together.cycle, together.limited) == ([], [behind, *cycle], [limited])


def test_the_same_conditions_are_understood_of_either_kind(world):
    one = ruled(own(world, conditions=[*POINTS, {"Subject": 10, "Count": 2}]))

    assert one.rule.conditions == (Points(points=10), Courses(count=2))
