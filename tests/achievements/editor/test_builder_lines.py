"""What the builder says of its fields, rows and text, and to whom it tells names."""

import re

import pytest
from django.utils.translation import override

from achievements.editor.builder_lines import Excerpt, drawn
from achievements.editor.building import of_request, of_stored, of_text
from tests.achievements.editing import ANY_COURSE, CONDITIONS, line, part, post_builder, sent
from tests.factories import AchievementFactory, CourseFactory, CourseTagFactory, LabFactory

SECRETS = {
    "CourseIds": lambda owner: CourseFactory.create(name="Canary", organization=owner, is_archived=True),
    "CourseTagIds": lambda owner: CourseTagFactory.create(name="Canary", organization=owner),
    "LabProfileIds": lambda owner: LabFactory.create(name="Canary", organization=owner),
    "AchievementIds": lambda owner: AchievementFactory.create(name="Canary", organization=owner),
}
TWO = [{"Subject": 10, "Count": 2}, {"Subject": 0, "Count": 1}]


def test_chosen_ids_stand_beside_their_names(world, administrator):
    course = CourseFactory.create(name="Diving", organization=world.academy)
    changes = {"choose-row": "0", "choose-name": "course_ids", "choose": str(course.pk)}

    response = post_builder(administrator, world, ANY_COURSE, **changes)

    assert [(one.id, one.name) for one in part(response, "course_ids").ids] == [(course.pk, "Diving")]


def test_an_id_out_of_reach_is_refused_at_its_field(world, administrator):
    course = CourseFactory.create(organization=world.outside)

    response = post_builder(administrator, world, ANY_COURSE, **{"conditions-0-course_ids": str(course.pk)})

    assert part(response, "course_ids").errors == [f"There is no course {course.pk} here."]


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("with_organization", [True, False])
def test_the_builder_tells_no_name_that_is_out_of_reach(world, administrator, kind, with_organization):
    secret = SECRETS[kind](world.outside)
    subject = {"LabProfileIds": "0", "CourseIds": "10", "CourseTagIds": "20", "AchievementIds": "40"}[kind]
    exam = ", Passed:true" if kind == "LabProfileIds" else ""

    def said(pk):
        text = f"[{{Subject:{subject}, {kind}:[{pk}]{exam}}}]"
        data = {"conditions": text, "organization": str(world.academy.pk) if with_organization else ""}
        response = administrator.post(CONDITIONS, data)
        assert "Canary" not in response.text
        shown = line(response)
        parts = [[part.errors, [one.name for one in part.ids]] for part in shown.parts]
        return re.sub(rf"\b{pk}\b", "ID", str([shown.sentence, shown.warnings, shown.errors, parts]))

    assert said(secret.pk) == said(10**9)


def errors_of(shown):
    """Of each row, by where they are said."""
    return [
        {"row": line.errors} | {part.bound.name: part.errors for part in line.parts if part.errors}
        for line in shown.lines
    ]


def test_an_error_is_said_at_the_field_it_is_about(db):
    shown = drawn(of_request(sent(of_stored(TWO), **{"conditions-1-count": "many"})), None)

    assert errors_of(shown) == [{"row": []}, {"row": [], "count": ["Count takes a whole number."]}]
    assert ([line.is_wrong for line in shown.lines], shown.errors) == ([False, True], [])


def test_an_error_of_no_field_is_said_at_its_row(db):
    shown = drawn(of_request(sent(of_stored(TWO), **{"conditions-0-kind": "achievements"})), None)

    said = "A condition of Subject 40 has either Points or AchievementIds; write two conditions for both."
    assert errors_of(shown) == [{"row": [said]}, {"row": []}]
    assert [line.is_wrong for line in shown.lines] == [True, False]


def test_an_error_of_the_text_is_said_with_its_place_and_the_line_cut_there(db):
    text = "[\n" + " " * 70 + "{Cuont: 1}" + " " * 70 + "]"

    shown = drawn(of_text(text, of_stored(TWO).rows), None)

    assert shown.errors == ["Line 2, column 72: There is no field “Cuont”. Did you mean Count?"]
    assert shown.excerpt == Excerpt(" " * 59 + "{", "Cuont: 1}" + " " * 51)
    assert errors_of(shown) == [{"row": []}] * 2


def test_what_is_understood_has_no_excerpt_and_a_sentence_for_each_condition(db):
    shown = drawn(of_stored(TWO), None)

    assert shown.excerpt is None
    assert shown.sentences == [
        "Be enrolled in or assigned 2 courses, repeats count.",
        "Launch a lab.",
    ]


@pytest.mark.parametrize(("kind", "number"), [("lab", "count"), ("points", "points"), ("tag", "count")])
def test_of_a_row_that_was_just_added_nothing_is_said_to_lack_and_its_number_has_the_focus(db, kind, number):
    act = f"add-{kind}"

    shown = drawn(of_request(sent(of_stored(TWO)), act), None, act=act)

    fresh = shown.lines[-1]
    assert (fresh.kind.value(), fresh.is_fresh, fresh.is_wrong, shown.warnings) == (kind, True, False, [])
    focused = [piece.bound.name for piece in fresh.pieces if piece.bound and "autofocus" in str(piece.bound)]
    assert focused == [number]


def test_what_a_row_lacks_is_said_with_the_next_change(db):
    of_points = of_request(sent(of_stored([])), "add-points")

    shown = drawn(of_request(sent(of_points)), None)

    assert (shown.lines[0].is_fresh, shown.lines[0].is_wrong) == (False, True)


def test_a_full_builder_offers_no_row_more(db):
    kinds = [kind for kind, _words in drawn(of_stored([]), None).addable]

    assert kinds == ["lab", "course", "tag", "points", "achievements"]
    assert drawn(of_stored(TWO * 10), None).addable == []


def test_the_whole_is_not_told_while_a_condition_is_not_understood(db):
    assert drawn(of_request(sent(of_stored(TWO), **{"conditions-1-count": "many"})), None).sentences == []


def test_a_warning_stands_at_its_condition_and_what_only_the_text_said_beside_it(db):
    shown = drawn(of_text("[{Subject:0}, {Subject:20, Count:1, SingleDay:true}]"), None)

    assert [line.warnings for line in shown.lines] == [[], ["SingleDay changes nothing while Count is 1."]]
    assert shown.warnings == ["Subject 20 without CourseTagIds counts courses. It is saved as Subject 10."]


def test_ids_are_chosen_for_an_organization_and_not_without_one(world):
    builder = of_stored(TWO)

    chosen = [
        {part.bound.name: part.choose for part in drawn(builder, organization).lines[1].parts if part.is_ids}
        for organization in (world.academy, None)
    ]

    names = ("lab_ids", "course_ids", "tag_ids", "achievement_ids")
    assert chosen == [
        {name: f"/achievements/choose/{world.academy.pk}/1/{name}/" for name in names},
        dict.fromkeys(names, ""),
    ]


def test_each_id_is_named_at_its_own_field(world):
    tag = CourseTagFactory.create(name="Security", organization=world.academy)
    course = CourseFactory.create(name="Diving", organization=world.academy)
    text = f"[{{Subject:20, CourseTagIds:[{tag.pk}], CourseIds:[{course.pk}]}}]"

    [line] = drawn(of_text(text), world.academy).lines

    named = {part.bound.name: [one.name for one in part.ids] for part in line.parts if part.ids}
    assert named == {"course_ids": ["Diving"], "tag_ids": ["Security"]}


def test_ids_are_named_while_the_rest_of_the_row_is_not_understood(world):
    course = CourseFactory.create(name="Diving", organization=world.academy)
    stored = [{"Subject": 10, "Count": 1, "CourseIds": [course.pk]}]
    data = sent(of_stored(stored), **{"conditions-0-count": "many", "conditions-0-lab_ids": "what"})

    [line] = drawn(of_request(data), world.academy).lines

    assert {part.bound.name: [one.name for one in part.ids] for part in line.parts if part.ids} == {
        "course_ids": ["Diving"]
    }
    assert {part.bound.name: part.nonsense for part in line.parts if part.nonsense} == {"lab_ids": ["what"]}


def test_words_find_what_is_within_reach_and_not_there_yet(world):
    ours, there = (
        CourseFactory.create(name=f"Diving {n}", number=f"D-{n}", organization=world.academy) for n in (1, 2)
    )
    CourseFactory.create(name="Diving of theirs", organization=world.outside)
    stored = [{"Subject": 10, "Count": 1, "CourseIds": [there.pk]}]
    data = sent(of_stored(stored), **{"conditions-0-course_ids_named": " diving "})

    found = [
        [(one.id, one.name, one.beside) for one in part.found]
        for part in drawn(of_request(data), world.academy).lines[0].parts
        if part.found
    ]

    assert found == [[(ours.pk, "Diving 1", f"D-1 · {world.academy}")]]
    assert [part.found for part in drawn(of_request(data), None).lines[0].parts if part.found] == []


@pytest.mark.parametrize("words", ["x" * 201, "\0", "  "])
def test_words_that_no_search_takes_find_nothing(world, words):
    data = sent(of_stored(TWO), **{"conditions-0-course_ids_named": words})

    assert [part.found for part in drawn(of_request(data), world.academy).lines[0].parts if part.found] == []


def test_words_that_nothing_was_chosen_for_are_an_error_where_a_form_is_refused(world):
    data = sent(of_stored(TWO), **{"conditions-0-course_ids_named": "diving", "conditions-0-lab_ids_named": "waits"})
    builder = of_request(data)

    refused = drawn(builder, world.academy, is_refused=True)

    assert [(fault.place, fault.label) for fault in refused.faults] == [
        ("id_conditions-0-course_ids", "Condition 1, Courses that count")
    ]
    assert drawn(builder, world.academy).faults == []


def test_every_error_says_where_on_the_page_it_is(db):
    changes = {"conditions-0-count": "many"}

    of_field = drawn(of_request(sent(of_stored(TWO), **changes)), None).faults
    of_row = drawn(of_request(sent(of_stored(TWO), **{"conditions-0-kind": "achievements"})), None).faults
    of_the_text = drawn(of_text("[{Cuont: 1}]"), None)

    assert [(one.place, one.label) for one in of_field] == [("id_conditions-0-count", "Condition 1, How many times")]
    assert [(one.place, one.label) for one in of_row] == [("id_conditions-0-kind", "Condition 1")]
    assert [(one.place, one.label) for one in of_the_text.faults] == [("id_conditions", "Conditions as JSON")]
    assert (of_the_text.opens_text, drawn(of_stored(TWO), None).opens_text) == (True, False)


def test_the_sentence_has_every_field_once_in_the_reader_s_order(db):
    def order(language):
        with override(language):
            pieces = drawn(of_stored(TWO), None).lines[0].pieces
        return [piece.bound.name if piece.bound else piece.before for piece in pieces]

    assert order("en") == [
        "earn", "complete", "points", "count", "× each of", "distinct", "kind", "single_day", "min_minutes_spent", "passed"
    ]  # fmt: skip
    assert order("de") == [
        "points", "count", "× jeweils", "distinct", "kind", "single_day", "min_minutes_spent", "passed", "complete", "erwerben"
    ]  # fmt: skip


def test_an_achievement_that_is_edited_may_not_list_itself(world):
    achievement = AchievementFactory.create(organization=world.academy)
    builder = of_stored([{"Subject": 40, "Count": 1, "AchievementIds": [achievement.pk]}])

    wrong = [drawn(builder, world.academy, achievement_id=pk).lines[0].is_wrong for pk in (achievement.pk, None)]

    assert wrong == [True, False]
