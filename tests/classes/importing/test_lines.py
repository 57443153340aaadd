import gzip

import pytest

from classes.importing.lines import STEP, NotCsv, lines_of, opened_text


@pytest.fixture
def lines(tmp_path):
    def read(content: bytes) -> list[str]:
        path = tmp_path / "users.csv"
        path.write_bytes(content)
        with opened_text(path) as (text, _position):
            return list(lines_of(text, lambda: None))

    return read


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a\nb\n", ["a\n", "b\n"]),
        (b"a\r\nb", ["a\r\n", "b"]),
        (b"a\rb\rc", ["a\r", "b\r", "c"]),
        (b"a\n\rb", ["a\n", "\r", "b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", ["a\n", "\ufeffb"]),
        ("zoë\n".encode(), ["zoë\n"]),
        (gzip.compress(b"a\rb\n", mtime=0), ["a\r", "b\n"]),
        (b"", []),
    ],
)
def test_a_line_ends_as_any_program_ends_it(lines, content, expected):
    assert lines(content) == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_of_another_encoding_is_refused_in_words(lines, encoding):
    content = "username,organization\nzoë,Acme\n".encode(encoding)

    with pytest.raises(NotCsv, match=r"save it as CSV|save the file as CSV|NUL byte"):
        lines(content)


def test_the_position_is_told_now_and_then(tmp_path):
    path = tmp_path / "users.csv"
    path.write_bytes(b"a\n" * (2 * STEP))
    told = []

    with opened_text(path) as (text, position):
        list(lines_of(text, lambda: told.append(position())))

    assert len(told) == 3
    assert told[-1] == 4 * STEP
