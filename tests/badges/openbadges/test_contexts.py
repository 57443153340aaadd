import pytest

from badges.openbadges import contexts

BELOW_A0 = "".join(map(chr, range(0xA0)))
# As the W3C's canonical form of N-Quads writes them.
ESCAPED = (
    r"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000B\f\r\u000E\u000F"
    r"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F"
    r" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\u007F"
) + "".join(map(chr, range(0x80, 0xA0)))
NAME = "<https://schema.org/name>"


def named(text: str) -> dict[str, object]:
    return {"@context": {"name": "https://schema.org/name"}, "@id": "urn:x", "name": text}


def test_every_character_is_written_as_canonical_n_quads_write_it():
    assert contexts.canonical(named(BELOW_A0)) == f'<urn:x> {NAME} "{ESCAPED}" .\n'


def test_statements_are_put_in_order_as_they_are_written():
    """A raw U+000B comes before a blank, its escaped form behind every letter."""
    document = named("a") | {"name": ["a\x0bb", "a b", "aZ"]}

    assert contexts.canonical(document) == "".join(
        f'<urn:x> {NAME} "{text}" .\n' for text in ("a b", "aZ", "a\\u000Bb")
    )


@pytest.mark.parametrize("text", ["\x85", "\u2028", "\xa0", "\ufdd0", "\U0001f600"])
def test_what_other_programs_break_lines_at_stays_in_its_statement(text):
    assert contexts.canonical(named(text)) == f'<urn:x> {NAME} "{text}" .\n'


def test_nothing_states_nothing():
    assert contexts.canonical({"@context": {}}) == ""
