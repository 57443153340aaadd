"""Strict and relaxed JSON as a tree that knows its places."""

import pytest

from achievements.conditions.syntax import MAX_LENGTH, ConditionError, Member, Node, fail, place, read


def test_error_reads_as_one_sentence():
    error = ConditionError("No.", 3, 4)

    assert (str(error), error.args) == ("Line 3, column 4: No.", ("No.", 3, 4))


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "There are no conditions here. Write at least one, such as [{Subject:0, Count:1}]."),
        ("[{Subject:10}", 1, 14, "Expected “,” or “]”, but found the end."),
        ("[{Subject 10}]", 1, 11, "Expected “:”, but found “10”."),
        ("[", 1, 2, "Expected a value, but found the end."),
        ("[:1]", 1, 2, "Expected a value, but found “:”."),
        ("[}", 1, 2, "Expected a value or “]”, but found “}”."),
        ("[{5:1}]", 1, 3, "Expected a name or “}”, but found “5”."),
        ("[{Subject:10]", 1, 13, "Expected “,” or “}”, but found “]”."),
        ("[1}", 1, 3, "Expected “,” or “]”, but found “}”."),
        ("[{Subject " + "a" * 41 + ":10}]", 1, 11, "Expected “:”, but found “" + "a" * 40 + "”."),
        ("[{Subject:10}] x", 1, 16, "Expected the end, but found “x”."),
        ("[{Subject:10},,{Subject:10}]", 1, 15, "Expected a value or “]”, but found “,”."),
        ("[{Subject:10\n  Count:1}]", 2, 3, "Expected “,” or “}”, but found “Count”."),
        ("[{Count:9223372036854775808}]", 1, 9, "This number is too large."),
        ("[{Count:1.0}]", 1, 9, "Conditions use whole numbers only."),
        ("[{Count:1e999999999}]", 1, 9, "Conditions use whole numbers only."),
        ("[{Count:01}]", 1, 9, "A number does not start with 0."),
        ("[{Count:12abc}]", 1, 9, "This is not a number."),
        ("[{Count:٣}]", 1, 9, "This is not a number."),
        ("[{Count:NaN}]", 1, 9, "“NaN” is not a value. Write a number, true or false."),
        (
            "[{Count:" + "a" * 41 + "}]",
            1,
            9,
            "“" + "a" * 40 + "” is not a value. Write a number, true or false.",
        ),
        ("[{Count:-Infinity}]", 1, 9, "This is not a number."),
        ("[{“Subject”:10}]", 1, 3, "Use straight quotation marks (\" or '), or none at all."),
        ("[{'Subject:10}]", 1, 3, "Close this quotation mark on the same line."),
        (r'[{"\ud800":1}]', 1, 3, "This text contains half a character. Delete it and type it again."),
        (r'[{Count:"a\uDFFFb"}]', 1, 9, "This text contains half a character. Delete it and type it again."),
        ("[{Count:1,\n'\ud800':1}]", 2, 2, "This text contains half a character. Delete it and type it again."),
        (r'[{"\x":10}]', 1, 3, "JSON does not allow this backslash. Delete it, or write it twice."),
        ("[{Subject:10\x00}]", 1, 13, "“U+0000” has no meaning here."),
        ("[{Subject:10;}]", 1, 13, "“;” has no meaning here."),
        ("[[[[[[1]]]]]]", 1, 6, "Brackets are nested too deeply here."),
        ("{a:{a:{a:{a:{a:1}}}}}", 1, 16, "Brackets are nested too deeply here."),
        ("[" * 60_000, 1, 6, "Brackets are nested too deeply here."),
        ("[{LabProfileIds:[" + "1," * 40_000 + "]}]", 1, 1, "Conditions may not be longer than 64000 characters."),
        ("[{Subject:__import__('os')}]", 1, 21, "“(” has no meaning here."),
    ],
)
def test_what_is_refused_says_where_and_why(text, line, column, message):
    with pytest.raises(ConditionError) as caught:
        read(text)

    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)


def plain(node):
    """The values of a tree, without their places."""
    if isinstance(node.value, list):
        return [plain(one) for one in node.value]
    if isinstance(node.value, tuple):
        return [(member.name, plain(member.node)) for member in node.value]
    return node.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[{"Subject": 10, "CourseIds": [1, 2]}]', [[("Subject", 10), ("CourseIds", [1, 2])]]),
        ("[{Subject:10,},]", [[("Subject", 10)]]),
        ("{}", []),
        ("[]", []),
        ("[-7, 0, 9223372036854775807]", [-7, 0, 2**63 - 1]),
        ("[true, TRUE, False, null, None]", [True, True, False, None, None]),
        ("{a:, b:''}", [("a", None), ("b", None)]),
        ("{a:}", [("a", None)]),
        ("[' x ', \" \", 'a\"b', \"a'b\"]", ["x", None, 'a"b', "a'b"]),
        (r'["\u0053\n\"", "\ud83c\udf89"]', ['S\n"', "🎉"]),
        ("{'a b':1, a:2}", [("a b", 1), ("a", 2)]),
        ("[[[[[]]]]]", [[[[[]]]]]),
        ("{a:{a:{a:{a:{}}}}}", [("a", [("a", [("a", [("a", [])])])])]),
        ("\t[\r\n1\n]\n", [1]),
        ("7", 7),
    ],
)
def test_both_forms_make_the_same_tree(text, value):
    assert plain(read(text)) == value


def test_every_node_and_name_knows_where_it_stands():
    text = "[{ab: [1,\n 22]},\n3]"

    ids = Node([Node(1, 7), Node(22, 11)], 6)
    assert read(text) == Node([Node((Member("ab", 2, ids),), 1), Node(3, 17)], 0)
    assert [place(text, at) for at in (0, 6, 11, 17)] == [(1, 1), (1, 7), (2, 2), (3, 1)]
    assert place("\nab", 2) == (2, 2)


def test_a_blank_value_stands_where_it_would_be():
    assert read("{a:}").value == (Member("a", 1, Node(None, 3)),)


def test_to_fail_is_to_say_where():
    with pytest.raises(ConditionError) as caught:
        fail("ab\ncd", 4, "No.")

    assert str(caught.value) == "Line 2, column 2: No."


def test_a_text_of_the_greatest_length_is_read():
    text = "[" + " " * (MAX_LENGTH - 2) + "]"

    assert read(text) == Node([], 0)
    with pytest.raises(ConditionError, match="may not be longer than 64000 characters"):
        read(text + " ")
