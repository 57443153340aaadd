import pytest

from achievements.conditions.parsing import parse
from achievements.conditions.terms import Courses
from achievements.definitions.naming import Named, Shown, named, named_ids, shown, shown_all
from tests.factories import AchievementFactory, CourseFactory, CourseTagFactory, LabFactory


def test_stored_conditions_are_shown_in_the_canonical_order_with_the_names_of_their_ids(world):
    course = CourseFactory.create(name="Diving")
    stored = [{"Complete": True, "CourseIds": [course.pk, 10**12], "Count": 1, "Subject": 10}]
    achievement = AchievementFactory.create(conditions=stored)

    ids = [Named("CourseIds", course.pk, "Diving"), Named("CourseIds", 10**12, "one that is no longer there")]
    json = f'{{"Subject": 10, "Count": 1, "CourseIds": [{course.pk}, {10**12}], "Complete": true}}'
    assert shown(achievement) == [Shown(json, ids, Courses(course_ids=(course.pk, 10**12), complete=True))]


def test_what_no_parser_has_written_is_shown_as_it_is_stored(db):
    stored: list[dict[str, object]] = [{"Subject": 7, "LabProfileIds": "7"}, {"Subject": 10}]

    assert shown_all([stored]) == [
        [Shown('{"Subject": 7, "LabProfileIds": "7"}'), Shown('{"Subject": 10}')],
    ]


def test_names_of_several_lists_take_a_query_for_each_kind_of_id(world, django_assert_num_queries):
    labs = LabFactory.create_batch(2)
    tag, course = CourseTagFactory.create(), CourseFactory.create()
    several = [
        [{"Subject": 0, "Count": 1, "LabProfileIds": [lab.pk]}, {"Subject": 20, "Count": 1, "CourseTagIds": [tag.pk]}]
        for lab in labs
    ]
    several.append([{"Subject": 10, "Count": 1, "CourseIds": [course.pk]}, {"Subject": 40, "Points": 5}])

    with django_assert_num_queries(3):
        lines = shown_all(several)

    found = [[[one.name for one in line.ids] for line in conditions] for conditions in lines]
    assert found == [[[labs[0].name], [tag.name]], [[labs[1].name], [tag.name]], [[course.name], []]]


def test_ids_are_named_kind_by_kind():
    condition = {"CourseTagIds": [2], "CourseIds": [9, 1], "Count": 3}

    assert named(condition, {"CourseIds": {9: "Nine"}, "CourseTagIds": {9: "Other"}}, lacking="?") == [
        Named("CourseIds", 9, "Nine"),
        Named("CourseIds", 1, "?"),
        Named("CourseTagIds", 2, "?"),
    ]


@pytest.mark.parametrize("with_organization", [True, False])
def test_what_is_written_for_an_organization_names_what_it_may_see_and_nothing_else(world, with_organization):
    ours = CourseFactory.create(name="Diving", organization=world.academy)
    theirs = CourseFactory.create(name="Canary", organization=world.outside)
    ids = [ours.pk, theirs.pk, 10**12]
    terms = parse(f"[{{Subject:10, CourseIds:{ids}}}, {{Subject:0}}]").conditions

    found = named_ids(terms, world.academy if with_organization else None)

    unknown = "not available here"
    names = ["Diving" if with_organization else unknown, unknown, unknown]
    assert found == [[Named("CourseIds", pk, name) for pk, name in zip(ids, names, strict=True)], []]
