import re

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from achievements.conditions.parsing import parse, parse_stored
from achievements.conditions.terms import Condition, Json, canonical
from achievements.editor import building
from achievements.editor.building import (
    Builder,
    ErrorPlace,
    Side,
    as_text,
    names_sought,
    of_request,
    of_rows,
    of_stored,
    of_text,
    with_ids,
    written,
)
from tests.achievements.editing import sent
from tests.achievements.strategies import lists_of_conditions

LAB = '[{"Subject": 0, "Count": 1, "LabProfileIds": [7], "Complete": true}]'
TWO = "[{Subject:20, Count:3, CourseTagIds:[59]}, {Subject:40, Points:500}]"


def terms(builder: Builder) -> tuple[Condition, ...]:
    assert builder.parsed is not None
    return builder.parsed.conditions


@given(lists_of_conditions)
def test_rows_of_any_conditions_write_them_again(drawn):
    text = written(building.rows_of(drawn))

    assert text == as_text(canonical(drawn))
    assert parse(text).conditions == tuple(drawn)


@given(lists_of_conditions)
def test_what_a_page_sends_unchanged_stays_as_it_is(drawn):
    before = of_stored(canonical(drawn))

    after = of_request(sent(before))

    assert (after.text, terms(after), after.error) == (before.text, tuple(drawn), None)
    assert of_request(sent(after)).text == before.text


@given(lists_of_conditions)
def test_a_text_makes_the_rows_that_make_the_text(drawn):
    data = sent(Builder(), conditions=as_text(canonical(drawn)))

    builder = of_request(data)

    assert (builder.side, terms(builder)) == (Side.TEXT, tuple(drawn))
    assert terms(of_request(sent(builder))) == tuple(drawn)


@given(lists_of_conditions, st.data())
def test_removing_a_row_leaves_the_others(drawn, data):
    number = data.draw(st.integers(0, len(drawn) - 1))

    builder = of_request(sent(of_stored(canonical(drawn))), f"remove-{number}")

    left = [term for n, term in enumerate(drawn) if n != number]
    assert builder.text == (as_text(canonical(left)) if left else "")


@given(
    st.dictionaries(st.sampled_from([*building.RowForm().fields]), st.text(max_size=8), max_size=12),
    lists_of_conditions,
)
def test_whatever_is_written_into_a_row_is_understood_or_refused_at_a_place(changes, drawn):
    before = of_stored(canonical(drawn[:1]))

    builder = of_request(sent(before, **{f"conditions-0-{name}": value for name, value in changes.items()}))

    assert (builder.parsed is None) == (builder.error is not None)
    assert builder.error is None or builder.place(builder.error.line, builder.error.column).row in {0, None}


@given(st.text(max_size=60))
def test_whatever_is_written_as_text_loses_nothing(text):
    builder = of_request(sent(of_stored(parse_json(LAB)), conditions=text))

    assert builder.parsed is not None or builder.text.strip() in {text.strip(), text.replace("\r\n", "\n").strip()}


def parse_json(text: str) -> list[Json]:
    return canonical(parse(text).conditions)


def test_a_changed_row_is_written_into_the_text():
    before = of_stored(parse_json(LAB))

    after = of_request(sent(before, **{"conditions-0-count": "3", "conditions-0-distinct": "on"}))

    assert after.side is Side.ROWS
    assert after.text == (
        '[\n  {"Subject": 0, "Count": 3, "LabProfileIds": [7], "Distinct": true, "Complete": true}\n]'
    )


def test_a_row_keeps_what_another_kind_does_not_have():
    before = of_stored(parse_json(LAB))

    as_course = of_request(sent(before, **{"conditions-0-kind": "course"}))
    as_lab = of_request(sent(as_course, **{"conditions-0-kind": "lab"}))

    assert '"LabProfileIds"' not in as_course.text
    assert as_lab.text == before.text


def test_a_changed_text_makes_new_rows():
    before = of_stored(parse_json(LAB))

    after = of_request(sent(before, conditions=TWO))

    assert [(row.chosen_kind, row.said("tag_ids"), row.said("points")) for row in after.rows] == [
        ("tag", "59", ""),
        ("points", "", "500"),
    ]


def test_a_text_that_is_not_understood_leaves_the_rows_and_stays_as_it_was_written():
    before = of_stored(parse_json(LAB))

    after = of_request(sent(before, conditions="[{Cuont: 1}]"))

    assert (after.text, len(after.rows)) == ("[{Cuont: 1}]", 1)
    assert str(after.error) == "Line 1, column 3: There is no field “Cuont”. Did you mean Count?"


def test_a_text_that_is_not_understood_is_not_forgotten_by_the_next_request():
    broken = of_request(sent(of_stored(parse_json(LAB)), conditions="[{Cuont: 1}]"))

    again = of_request(sent(broken))

    assert (again.text, again.side) == ("[{Cuont: 1}]", Side.TEXT)


@pytest.mark.parametrize(("act", "kept"), [("write", '"Count": 2'), ("read", '"Count": 9')])
def test_who_changed_both_sides_says_which_counts(act, kept):
    before = of_stored(parse_json(LAB))
    data = sent(before, conditions="[{Count: 9}]", **{"conditions-0-count": "2"})

    torn = of_request(data)
    decided = of_request(sent(torn), act)

    assert (torn.is_torn, torn.text, torn.rows[0].said("count")) == (True, "[{Count: 9}]", "2")
    assert of_request(sent(torn)).is_torn
    assert kept in decided.text


def test_both_sides_changed_to_the_same_agree():
    before = of_stored(parse_json(LAB))
    text = LAB.replace('"Count": 1', '"Count": 2')

    builder = of_request(sent(before, conditions=text, **{"conditions-0-count": "2"}))

    assert (builder.is_torn, builder.error) == (False, None)


def test_without_rows_the_text_counts():
    data = QueryDict(mutable=True)
    data["conditions"] = TWO

    assert [row.chosen_kind for row in of_request(data).rows] == ["tag", "points"]


def test_an_added_row_asks_for_one_course():
    builder = of_request(sent(of_stored(parse_json(LAB))), "add")

    assert builder.text.splitlines()[-2] == '  {"Subject": 10, "Count": 1, "Complete": true}'


def test_no_more_rows_are_added_than_conditions_may_be():
    full = of_stored(parse_json("[" + "{Subject:40, Points:5}," * 20 + "]"))

    assert full.is_full
    assert len(of_request(sent(full), "add").rows) == 20


def test_an_id_is_dropped():
    builder = of_request(sent(of_stored(parse_json("[{CourseIds:[3, 4, 5], Subject:10}]"))), "drop-0-course_ids-4")

    assert '"CourseIds": [3, 5]' in builder.text


def test_an_id_is_picked_once():
    stored = [{"Subject": 10, "Count": 1, "CourseIds": [3]}]

    picked = of_request(sent(of_stored(stored)), "pick-0-course_ids-7")

    assert '"CourseIds": [3, 7]' in picked.text
    assert '"CourseIds": [3, 7]' in of_request(sent(picked), "pick-0-course_ids-7").text


def test_ids_that_are_sent_one_by_one_are_all_there():
    data = sent(of_stored([{"Subject": 10, "Count": 1, "CourseIds": [3]}]))
    data.setlist("conditions-0-course_ids", ["3", "9"])

    assert '"CourseIds": [3, 9]' in of_request(data).text


@pytest.mark.parametrize(("words", "is_sought"), [("diving", True), ("  ", False)])
def test_words_of_a_name_that_nothing_was_chosen_for_are_noticed(words, is_sought):
    data = sent(of_stored([{"Subject": 10, "Count": 1}]), **{"conditions-0-course_ids_named": words})

    assert names_sought(data) is is_sought


def test_words_of_a_kind_that_waits_are_not_noticed():
    assert not names_sought(sent(of_stored([{"Subject": 10, "Count": 1}]), **{"conditions-0-lab_ids_named": "waits"}))
    assert not names_sought({"conditions": "[]"})


def test_what_counts_is_a_word_of_one_or_of_several():
    def words(count):
        row = of_stored([{"Subject": 0, "Count": count}]).rows[0]
        return re.findall(r"selected[^>]*>([^<]+)<", str(row["kind"])), row.is_of_one

    assert (words(1), words(2)) == ((["lab"], True), (["labs"], False))


@pytest.mark.parametrize(
    ("act", "kind"), [("add-lab", "lab"), ("add-points", "points"), ("add-nonsense", "course"), ("add", "course")]
)
def test_a_row_is_added_with_what_it_counts(act, kind):
    assert of_request(sent(Builder()), act).rows[0].chosen_kind == kind


def test_chosen_ids_join_those_that_are_there():
    data = sent(of_stored(parse_json("[{CourseIds:[3, 4], Subject:10}]")))

    builder = with_ids(data, row=0, name="course_ids", ids=[4, 9])

    assert builder.rows[0].said("course_ids") == "3, 4, 9"


@pytest.mark.parametrize(("row", "name"), [(5, "course_ids"), (-1, "course_ids"), (0, "count")])
def test_ids_are_added_to_no_other_place(row, name):
    data = sent(of_stored(parse_json("[{CourseIds:[3], Subject:10}]")))

    assert '"CourseIds": [3]' in with_ids(data, row=row, name=name, ids=[9]).text


@pytest.mark.parametrize("act", ["remove-9", "remove-x", "drop-0", "drop-0-count-1", "nonsense", "-", "remove--1"])
def test_acts_that_make_no_sense_change_nothing(act):
    before = of_stored(parse_json(LAB))

    assert of_request(sent(before), act).text == before.text


@pytest.mark.parametrize("rows", ["x", "-1", "99999999999", "", "٣"])
def test_a_forged_number_of_rows_is_no_error(rows):
    data = sent(of_stored(parse_json(LAB)))
    data["conditions-rows"] = rows

    assert len(of_request(data).rows) <= 20


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"count": "many"}, ErrorPlace(0, "count"), "Count takes a whole number."),
        ({"count": "0"}, ErrorPlace(0, "count"), "Count lies between 1 and 2147483647."),
        ({"lab_ids": "7, x"}, ErrorPlace(0, "lab_ids"), "An id is a whole number from 1."),
        (
            {"min_minutes_spent": "-5"},
            ErrorPlace(0, "min_minutes_spent"),
            "MinMinutesSpent lies between 0 and 2147483647.",
        ),
        ({"kind": "points", "points": "-1"}, ErrorPlace(0, "points"), "Points lies between 1 and 2147483647."),
    ],
)
def test_an_error_is_said_at_its_field(changes, place, message):
    before = of_stored(parse_json(LAB))

    builder = of_request(sent(before, **{f"conditions-0-{name}": value for name, value in changes.items()}))

    assert builder.error is not None
    assert (builder.place(builder.error.line, builder.error.column), builder.error.message) == (place, message)


def test_what_only_the_written_text_gave_rise_to_is_noted():
    builder = of_text("[{Subject:20, CourseIds:[5, 5]}]")

    assert builder.notes == [
        "CourseIds lists an id twice. It counts once.",
        "Subject 20 without CourseTagIds counts courses. It is saved as Subject 10.",
    ]


def test_stored_conditions_that_no_parser_wrote_are_shown_to_be_mended():
    builder = of_stored([{"Subjekt": 0}])

    assert (builder.text, builder.error is not None) == ('[\n  {"Subjekt": 0}\n]', True)


def test_nothing_written_is_no_conditions():
    assert (of_rows([]).text, of_text(" ").rows) == ("", [])


def test_a_stored_list_reads_as_its_terms():
    assert terms(of_stored(parse_json(TWO))) == parse_stored(parse_json(TWO))
