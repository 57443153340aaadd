import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from achievements.conditions.parsing import ConditionError, IdPlace, Warn, parse, parse_stored
from achievements.conditions.terms import Achievements, Courses, Labs, Points, canonical

# The five documented examples (S77, S78), and what is stored of each.
EXAMPLES = [
    (
        "[{Subject:0, LabProfileIds:[98765], Count:1, Complete:True}]",
        [{"Subject": 0, "Count": 1, "LabProfileIds": [98765], "Complete": True}],
    ),
    (
        "[{Subject:10, Count:1, CourseIds:[2345], Complete:True}]",
        [{"Subject": 10, "Count": 1, "CourseIds": [2345], "Complete": True}],
    ),
    (
        "[{Subject:20, Count:3, CourseTagIds:[59], Complete:True}]",
        [{"Subject": 20, "Count": 3, "CourseTagIds": [59], "Complete": True}],
    ),
    (
        (
            "[{Subject:20, Count:4, CourseIds:[1583,1584,1585,1586], Complete:True},"
            "{Subject:0, LabProfileIds:[54671], Count:1, Passed:True}]"
        ),
        [
            {"Subject": 10, "Count": 4, "CourseIds": [1583, 1584, 1585, 1586], "Complete": True},
            {"Subject": 0, "Count": 1, "LabProfileIds": [54671], "Passed": True},
        ],
    ),
    ("[{Subject:40, Points:500}]", [{"Subject": 40, "Points": 500}]),
]


@pytest.mark.parametrize(("text", "stored"), EXAMPLES)
def test_documented_examples(text, stored):
    assert canonical(parse(text).conditions) == stored


@pytest.mark.parametrize(("text", "stored"), EXAMPLES)
def test_what_is_stored_parses_to_the_same(text, stored):
    assert parse_stored(stored) == parse(text).conditions


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ('[{"Subject": 10, "Count": 2}]', Courses(count=2)),
        ("[{'subject': 10, 'COUNT': 2,},]", Courses(count=2)),
        ("[\r\n  {\r\n\tSubject: 10\r\n  }\r\n]", Courses()),
        ("{Subject:10}", Courses()),
        ("[{Count:2}]", Labs(count=2)),
        ("[{Subject:10, Count:, Complete:, CourseIds:}]", Courses()),
        ('[{Subject:"", Count:null, Complete:"", LabProfileIds:None}]', Labs()),
        ("[{Subject:10, Complete:false, Distinct:FALSE, Passed:False}]", Courses()),
        ("[{Subject:10, LabProfileIds:, Points:null}]", Courses()),
        ("[{Subject:10, LabProfileIds:false, CourseTagIds:false, Points:false}]", Courses()),
        ("[{Subject:0, LabProfileIds:[3,1,2], Passed:true}]", Labs(lab_ids=(1, 2, 3), passed=True)),
        ("[{MinMinutesSpent:30, SingleDay:TRUE, Count:2}]", Labs(count=2, min_minutes_spent=30, single_day=True)),
        ("[{Subject:20, CourseTagIds:[1], CourseIds:[2]}]", Courses(course_ids=(2,), tag_ids=(1,))),
        ("[{Subject:40, AchievementIds:[7], Count:2}]", Achievements(achievement_ids=(7,), count=2)),
        ("[{Subject:40, Points:5, Count:1}]", Points(points=5)),
        (f"[{{LabProfileIds:[{2**63 - 1}]}}]", Labs(lab_ids=(2**63 - 1,))),
        (r'[{"\u0053ubject": 10}]', Courses()),
        ("[{Count:2147483647, MinMinutesSpent:0}]", Labs(count=2147483647)),
        ("[{Subject:40, Points:1}]", Points(points=1)),
    ],
)
def test_forms_that_are_understood(text, term):
    assert parse(text).conditions == (term,)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("[]", 1, 1, "The list is empty, so everyone would earn this. Write at least one condition."),
        ("[{}]", 1, 2, "This condition is empty."),
        ("[5]", 1, 2, "Put each condition in braces, such as {Subject:0, Count:1}."),
        ("5", 1, 1, "Conditions are a list in square brackets, such as [{Subject:0, Count:1}]."),
        ("[{Subject:10}", 1, 14, "Expected “,” or “]”, but found the end."),
        ("[{\n\tLabIds:[1]}]", 2, 2, "There is no field “LabIds”. Did you mean LabProfileIds?"),
        ("[{Subject:10, Cuont:1}]", 1, 15, "There is no field “Cuont”. Did you mean Count?"),
        ("[{Subject:10, Zzz:1}]", 1, 15, "There is no field “Zzz”."),
        ("[{Subject:10, subject:20}]", 1, 15, "Subject is written twice in this condition."),
        ("[{Subject:5}]", 1, 11, "Subject is 0 (lab), 10 (course), 20 (course tag) or 40 (user achievement)."),
        (
            "[{Subject:30}]",
            1,
            11,
            (
                "Subject 30 (subscription) is no longer used. List its courses with Subject 10, or give them a tag "
                "and use Subject 20."
            ),
        ),
        ("[{Subject:-1}]", 1, 11, "Subject lies between 0 and 2147483647."),
        ("[{Zzz:1, Yyy:2}]", 1, 3, "There is no field “Zzz”."),
        ("[{" + "Z" * 50 + ":1}]", 1, 3, "There is no field “" + "Z" * 40 + "”."),
        ("[{MinMinutesSpent:-1}]", 1, 19, "MinMinutesSpent lies between 0 and 2147483647."),
        ("[{Subject:40, Points:0}]", 1, 22, "Points lies between 1 and 2147483647."),
        ("[{Count:0}]", 1, 9, "Count lies between 1 and 2147483647."),
        ("[{Count:-1}]", 1, 9, "Count lies between 1 and 2147483647."),
        ("[{Count:2147483648}]", 1, 9, "Count lies between 1 and 2147483647."),
        ("[{Count:'3'}]", 1, 9, "Count takes a whole number."),
        ("[{Count:true}]", 1, 9, "Count takes a whole number."),
        ("[{Count:[1]}]", 1, 9, "Count takes a whole number."),
        ("[{Complete:1}]", 1, 12, "Complete takes true or false."),
        ("[{LabProfileIds:5}]", 1, 17, "LabProfileIds takes a list of ids, such as LabProfileIds:[5]."),
        ("[{LabProfileIds:{}}]", 1, 17, "LabProfileIds takes a list of ids, such as LabProfileIds:[5]."),
        ("[{LabProfileIds:[]}]", 1, 17, "This list of ids is empty. Leave LabProfileIds out to count any."),
        ("[{LabProfileIds:[1,0]}]", 1, 20, "An id is a whole number from 1."),
        ("[{LabProfileIds:[1,'x']}]", 1, 20, "An id is a whole number from 1."),
        ("[{LabProfileIds:[[1]]}]", 1, 18, "An id is a whole number from 1."),
        (
            "[{Subject:10, LabProfileIds:[1]}]",
            1,
            15,
            "LabProfileIds belongs to Subject 0, and this condition has Subject 10.",
        ),
        (
            "[{Subject:10, CourseTagIds:[1]}]",
            1,
            15,
            "CourseTagIds belongs to Subject 20, and this condition has Subject 10.",
        ),
        (
            "[{Points:5, Subject:40, Distinct:true}]",
            1,
            25,
            "Distinct belongs to Subject 0, 10, 20, and this condition has Subject 40.",
        ),
        ("[{Subject:10, Passed:true}]", 1, 15, "Passed belongs to Subject 0, and this condition has Subject 10."),
        (
            "[{Subject:40}]",
            1,
            2,
            "A condition of Subject 40 has either Points or AchievementIds; write two conditions for both.",
        ),
        (
            "[{Subject:40, Points:5, AchievementIds:[1]}]",
            1,
            2,
            "A condition of Subject 40 has either Points or AchievementIds; write two conditions for both.",
        ),
        ("[{Subject:40, Points:5, Count:2}]", 1, 25, "Count does not apply to Points. Multiply Points instead."),
        (r'[{"\ud83c\udf89":1}]', 1, 3, "There is no field “🎉”."),
        ("[" + "{Count:1}," * 21 + "]", 1, 1, "An achievement can have at most 20 conditions."),
    ],
)
def test_what_is_refused_says_where_and_why(text, line, column, message):
    with pytest.raises(ConditionError) as caught:
        parse(text)

    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)


ENOUGH = "Any one of these is enough while Count is 1. Raise Count to ask for more."
TWICE = "This condition appears twice. It counts once."


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        (
            "[{Subject:20, CourseIds:[1]}]",
            [(3, "Subject 20 without CourseTagIds counts courses. It is saved as Subject 10.")],
        ),
        ("[{Count:4, LabProfileIds:[1,2]}]", [(3, "Without Distinct, one of these taken 4 times is enough.")]),
        (
            "[{Count:3, LabProfileIds:[1,2], Distinct:true}]",
            [(3, "No one can earn this: Distinct needs 3 different ones, but only 2 are listed.")],
        ),
        (
            "[{Subject:10, Count:2, CourseIds:[9], Distinct:true}]",
            [(15, "No one can earn this: Distinct needs 2 different ones, but only 1 is listed.")],
        ),
        ("[{Count:1, SingleDay:true}]", [(12, "SingleDay changes nothing while Count is 1.")]),
        ("[{Count:2, SingleDay:true}]", []),
        (
            "[{SingleDay:true, Distinct:true, LabProfileIds:[1,2]}]",
            [(3, "SingleDay changes nothing while Count is 1."), (19, ENOUGH)],
        ),
        ("[{LabProfileIds:[1,1]}]", [(3, "LabProfileIds lists an id twice. It counts once.")]),
        ("[{Count:4}]", []),
        ("[{Count:4, Distinct:true}]", []),
        (
            "[{Subject:20, Count:3, CourseTagIds:[7]}]",
            [(15, "Without Distinct, one of these taken 3 times is enough.")],
        ),
        ("[{Subject:20, Count:3, CourseTagIds:[7], Distinct:true}]", []),
        ("[{Subject:10, CourseIds:[1,2], Distinct:true}]", [(32, ENOUGH)]),
        ("[{Subject:20, CourseTagIds:[7], Distinct:true}]", [(33, ENOUGH)]),
        ("[{Subject:10, CourseIds:[1], Distinct:true}]", []),
        ("[{Distinct:true}]", []),
        ("[{LabProfileIds:[1,2]}, {Subject:10}, {LabProfileIds:[2,1], Count:1}]", [(39, TWICE)]),
        ("[{Subject:40, Points:5}, {Subject:40, Points:5}, {Subject:40, Points:6}]", [(26, TWICE)]),
        ("[{Count:2, LabProfileIds:[1,2], Distinct:true}]", []),
    ],
)
def test_warnings_say_where_and_of_what(text, warnings):
    assert parse(text).warnings == tuple(Warn(message, 1, column) for column, message in warnings)


def test_warnings_of_several_conditions_come_in_their_order():
    text = "[{Count:1, SingleDay:true},\n {LabProfileIds:[1,1]},\n  {Count:1, SingleDay:true}]"

    single_day = "SingleDay changes nothing while Count is 1."
    assert parse(text).warnings == (
        Warn(single_day, 1, 12),
        Warn("LabProfileIds lists an id twice. It counts once.", 2, 3),
        Warn(single_day, 3, 13),
        Warn(TWICE, 3, 3),
    )


def test_twenty_conditions_are_read():
    assert parse("[" + "{Count:2}," * 20 + "]").conditions == (Labs(count=2),) * 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[{Subject:30, ClubIds:[551]}]", "Subject 30 (subscription) is no longer used."),
        ("[{SubscriptionIds:[5], Subject:30, Count:1}]", "Subject 30 (subscription) is no longer used."),
        ("[{Foo:1, Subject:25}]", "Subject is 0 (lab), 10 (course), 20 (course tag) or 40 (user achievement)."),
        ("[{Foo:1, Subject:true}]", "Subject takes a whole number."),
        ("[{ClubIds:[551]}]", "There is no field “ClubIds”."),
    ],
)
def test_the_subject_is_judged_before_its_fields(text, said):
    with pytest.raises(ConditionError) as error:
        parse(text)

    assert error.value.message.startswith(said)


def test_ids_know_their_places():
    text = "[{LabProfileIds:[7,\n 8]}, {Subject:20, CourseIds:[8], CourseTagIds:[3]}]"

    assert parse(text).ids == (
        IdPlace("LabProfileIds", 7, 1, 18),
        IdPlace("LabProfileIds", 8, 2, 2),
        IdPlace("CourseIds", 8, 2, 31),
        IdPlace("CourseTagIds", 3, 2, 49),
    )


@pytest.mark.parametrize("stored", [None, 5, "text", {}, [], [[]], [{"Subject": "x"}], [{"Nonsense": 1}]])
def test_what_no_parser_has_stored_is_refused(stored):
    with pytest.raises(ConditionError):
        parse_stored(stored)


def parse_or_error(text):
    try:
        return parse(text).conditions, None
    except ConditionError as error:
        return (), error


def stands_in(text, error):
    """Whether the place of the error is a place of the text, or the one behind its end."""
    lines = text.split("\n")
    return 1 <= error.line <= len(lines) and 1 <= error.column <= len(lines[error.line - 1]) + 1


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="[]{}:,'\"\\ \n0123456789-.eEtrueSubjectConID\x00“", max_size=80))
def test_any_text_is_understood_or_refused(text):
    conditions, error = parse_or_error(text)

    assert parse_stored(canonical(conditions)) == conditions if conditions else stands_in(text, error)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_json_is_understood_or_refused(value):
    text = json.dumps(value)

    conditions, error = parse_or_error(text)

    assert parse_stored(canonical(conditions)) == conditions if conditions else stands_in(text, error)
