"""What conditions say and is often not meant."""

import pytest

from achievements.conditions.parsing import parse
from achievements.definitions.doubts import doubts
from tests.achievements.editing import ANY_COURSE, line, post_builder
from tests.factories import CourseActivityFactory, CourseFactory, CourseTagFactory, LabFactory


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": "2", "course_ids": "{archived}"}, "“Old Course” is archived, so no one new can take it."),
        ({"count": "2", "course_ids": "{archived}"}, "Without Distinct, one of these taken 2 times is enough."),
        (
            {"count": "2", "course_ids": "{archived}", "distinct": "on"},
            "No one can earn this: Distinct needs 2 different ones, but only 1 is listed.",
        ),
        ({"kind": "lab", "lab_ids": "{lab}"}, "“Lost Lab” is in no course, so no one gets it."),
        ({"kind": "lab", "lab_ids": "{lab}", "passed": "on"}, "“Lost Lab” is not marked as an exam."),
        ({"kind": "tag", "tag_ids": "{tag}"}, "No course has the tag “Unused”."),
        ({"kind": "tag"}, "Subject 20 without CourseTagIds counts courses. It is saved as Subject 10."),
        ({"single_day": "on"}, "SingleDay changes nothing while Count is 1."),
        (
            {"single_day": "on", "count": "2", "min_minutes_spent": "30"},
            "The day of completion counts, even if the minutes were spent on earlier days.",
        ),
    ],
)
def test_traps_are_pointed_out(world, administrator, change, said):
    own = {"organization": world.academy}
    ids = {
        "archived": CourseFactory.create(name="Old Course", is_archived=True, **own).pk,
        "lab": LabFactory.create(name="Lost Lab", is_exam=False, **own).pk,
        "tag": CourseTagFactory.create(name="Unused", **own).pk,
    }
    changes = {f"conditions-0-{name}": value.format(**ids) for name, value in change.items()}

    response = post_builder(administrator, world, ANY_COURSE, **changes)

    assert said in [*line(response).warnings, *response.context["shown"].warnings]


def test_two_days_are_not_one(world, administrator):
    day = {"Subject": 10, "Count": 2, "SingleDay": True}

    response = post_builder(administrator, world, [day, day])

    assert line(response).warnings == ["Each condition can be met on a different day."]


def said(text, organization):
    return doubts(parse(text).conditions, organization)


def test_nothing_is_doubted_of_what_is_in_use(world):
    own = {"organization": world.academy}
    lab, tag = LabFactory.create(is_exam=True, **own), CourseTagFactory.create(**own)
    course = CourseFactory.create(tags=[tag], **own)
    CourseActivityFactory.create(course=course, kind="lab", lab=lab)
    text = (
        f"[{{LabProfileIds:[{lab.pk}], Passed:true}}, {{Subject:10, CourseIds:[{course.pk}]}},"
        f" {{Subject:20, CourseTagIds:[{tag.pk}]}}, {{Subject:40, Points:5}}]"
    )

    assert said(text, world.academy) == [[], [], [], []]


def test_each_condition_has_its_own_doubts_in_the_order_of_its_ids(world):
    first, second = (
        CourseFactory.create(name=name, is_archived=True, organization=world.academy) for name in ("Old", "Older")
    )
    text = (
        f"[{{Subject:10}}, {{Subject:10, CourseIds:[{first.pk},{second.pk}]}}, {{Subject:10, CourseIds:[{second.pk}]}}]"
    )

    old, older = (f"“{name}” is archived, so no one new can take it." for name in ("Old", "Older"))
    assert said(text, world.academy) == [[], [old, older], [older]]


def test_a_lab_is_asked_about_exams_only_where_it_is_to_be_passed(world):
    lab = LabFactory.create(name="Free", is_exam=False, organization=world.academy)
    CourseActivityFactory.create(course__organization=world.academy, kind="lab", lab=lab)

    found = said(f"[{{LabProfileIds:[{lab.pk}]}}, {{LabProfileIds:[{lab.pk}], Passed:true}}]", world.academy)

    assert found == [[], ["“Free” is not marked as an exam."]]


def test_nothing_is_told_of_what_the_organization_may_not_name(world):
    archived = CourseFactory.create(name="Canary", is_archived=True, organization=world.outside)
    lab = LabFactory.create(name="Canary", organization=world.outside)
    tag = CourseTagFactory.create(name="Canary", organization=world.outside)
    text = (
        f"[{{Subject:10, CourseIds:[{archived.pk}]}}, {{LabProfileIds:[{lab.pk}], Passed:true}},"
        f" {{Subject:20, CourseTagIds:[{tag.pk}]}}]"
    )

    assert (said(text, world.academy), said(text, None)) == ([[], [], []], [[], [], []])


@pytest.mark.parametrize(
    ("conditions", "number"),
    [
        ("{Count:2, SingleDay:true}", [0]),
        ("{Count:2, SingleDay:true}, {Count:2}", [0, 0]),
        ("{Count:2, SingleDay:true}, {Subject:10, Count:3, SingleDay:true}", [1, 1]),
        ("{Count:2, SingleDay:true}, {Subject:10, Count:1, SingleDay:true}", [1, 0]),
        ("{Count:2, SingleDay:true, MinMinutesSpent:5}", [1]),
        ("{Count:1, SingleDay:true, MinMinutesSpent:5}", [0]),
    ],
)
def test_days_are_doubted_where_something_is_counted_on_one(world, conditions, number):
    assert [len(one) for one in said(f"[{conditions}]", world.academy)] == number


def test_a_query_is_made_for_each_kind_of_doubt_there_could_be(world, django_assert_num_queries):
    ids = f"{world.course.pk}"
    said("[{Subject:10}]", world.academy)

    with django_assert_num_queries(0):
        said("[{Subject:10}, {Subject:0, Passed:true}]", world.academy)
    with django_assert_num_queries(1):
        said(f"[{{Subject:10, CourseIds:[{ids}]}}, {{Subject:10, Count:2, CourseIds:[{ids}]}}]", world.academy)
    with django_assert_num_queries(1):
        said(f"[{{LabProfileIds:[{ids}]}}]", world.academy)
    with django_assert_num_queries(2):
        said(f"[{{LabProfileIds:[{ids}], Passed:true}}]", world.academy)
