import pytest
from django.core.exceptions import ValidationError

from tms import characters

BELOW_A0 = [chr(code) for code in range(0xA0)]
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]


def refused(validate, texts):
    found = []
    for text in texts:
        try:
            validate(f"a{text}b")
        except ValidationError:
            found.append(text)
    return found


def test_one_line_holds_what_is_printed_on_one():
    printed = [text for text in BELOW_A0 if text.isprintable()]

    assert refused(characters.validate_one_line, BELOW_A0) == [text for text in BELOW_A0 if text not in printed]
    assert refused(characters.validate_one_line, ["ż", "王", "\u200d", "\U0001f600", "\xa0"]) == []
    assert refused(characters.validate_one_line, ["\u202e", "\u2066", "\u2028", "\ufffe"]) == [
        "\u202e",
        "\u2066",
        "\u2028",
        "\ufffe",
    ]


def test_prose_holds_lines_and_no_controls():
    field = characters.ProseField()
    kept = {text: field.to_python(f"a{text}b") for text in [*BELOW_A0, *BREAKS]}

    assert [text for text, prose in kept.items() if prose == "a\nb"] == [
        "\n",
        "\x0b",
        "\x0c",
        "\r",
        "\x85",
        *BREAKS[:1],
        *BREAKS[-2:],
    ]
    controls = [text for text in BELOW_A0 if not text.isprintable() and text not in {"\t", *BREAKS}]
    assert refused(lambda text: field.clean(text, None), BELOW_A0) == controls


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_form_gives_line_feeds_and_sees_no_change_in_them(line_break):
    field = characters.ProseField(blank=True).formfield()

    assert field.clean(f"one{line_break}two") == "one\ntwo"
    assert not field.has_changed("one\ntwo", f"one{line_break}two")


def test_texts_from_elsewhere_are_made_printable():
    assert characters.printable(" Shell\x0bof \x07the\r\nyear\u202e\t") == "Shell of the year"
    assert characters.printable_prose("First\x0bsecond\r\nthird\x1b") == "First\nsecond\nthird"
