"""Files as spreadsheet programs and people really write them."""

import gzip
from pathlib import Path

import pytest

from classes.importing import kinds
from classes.importing.lines import LONGEST_LINE
from classes.importing.problems import ProblemsFound
from classes.importing.reading import opened
from classes.importing.shapes import Kind
from organizations.models import Organization
from tests.classes.training_files import FILES, USERS, refusal, run

# Of each kind the required headings, and a row for them.
ROWS = {
    "organizations": ("organization", "Umbrella"),
    "users": ("username,organization", "zoe,Umbrella"),
    "labs": ("organization,number,name,passing_score", "Umbrella,L1,Lab,70"),
    "courses": (
        "organization,number,name,content_provider,publishing_groups",
        "Umbrella,C1,Course,Provider,Group",
    ),
    "classes": (
        "organization,number,name,course,starts_at,ends_at",
        "Umbrella,K1,Class,C1,2026-03-02,2026-03-03",
    ),
    "enrollments": ("organization,class,username,enrolled_at", "Umbrella,K1,zoe,2026-03-02"),
    "attempts": ("attempt,username,organization,started_at", "a1,zoe,Umbrella,2026-03-02"),
}


@pytest.fixture
def read(tmp_path):
    """The lines on which a file has rows, its rows by heading, and its problems."""

    def read_file(content: str | bytes, name: str = "export.csv", kind: Kind | None = None) -> tuple[object, ...]:
        path: Path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found = ProblemsFound()
        with opened(path, kind=kind, found=found, progress=lambda _done: None) as table:
            rows = list(table.rows) if table else []
            wanted = table.given if table else ()
            columns = table.kind.headings if table else []
        values = [{k: v for k, v in zip(columns, row, strict=True) if k in wanted} for _line, row in rows]
        return [line for line, _row in rows], values, [str(problem) for problem in found.problems]

    return read_file


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_empty_rows_and_columns_are_none(read, kind, delimiter):
    header, row = (part.replace(",", delimiter) for part in ROWS[kind.name])
    blank = delimiter * (header.count(delimiter) + 2)
    shorter = delimiter * header.count(delimiter)
    content = f"{header}{delimiter}{delimiter}\n{blank}\n{row}{delimiter}{delimiter}\n{blank}\n{shorter}\n \n{row}\n"

    lines, rows, problems = read(content, f"{kind.name}.csv")

    assert (lines, problems) == ([3, 7], [])
    assert rows[0] == rows[1]
    assert len(rows[0]) == header.count(delimiter) + 1


ZOE = [{"username": "zoe", "organization": "Umbrella", "first_name": "Zoë"}]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("\ufeffusername,organization,first_name\r\nzoe,Umbrella,Zoë\r\n", 2),
        ("username,organization,first_name\rzoe,Umbrella,Zoë\r", 2),
        ("username,organization,first_name\r\rzoe,Umbrella,Zoë", 3),
        ("\ufeffsep=;\r\nusername;organization;first_name\r\nzoe;Umbrella;Zoë\r\n", 3),
        ("SEP=,\nusername,organization,first_name\nzoe,Umbrella,Zoë\n", 3),
        ('"sep=;"\nusername;organization;first_name\nzoe;Umbrella;Zoë\n', 3),
        ("sep=\t\nusername\torganization\tfirst_name\nzoe\tUmbrella\tZoë\n", 3),
        ('username, "organization", "first_name"\nzoe, "Umbrella", "Zoë"\n', 2),
        ('"username";"organization";"first_name"\n"zoe";"Umbrella";"Zoë"\n', 2),
        ("username,organization,first_name,,,\nzoe,Umbrella,Zoë,,,\n,,,,,\n,,,,,\n", 2),
        ("username,organization,first_name,,,\nzoe,Umbrella,Zoë\n", 2),
        ("username,organization,first_name\nzoe,Umbrella,Zoë,,\n", 2),
        ('username,,organization,first_name\nzoe,,Umbrella,Zoë\n"", ,"",\n', 2),
        ("username,organization,first_name\n\xa0zoe ,  Umbrella,\tZoë\u3000\n", 2),
    ],
)
def test_a_file_is_read_as_a_spreadsheet_program_writes_it(read, content, line):
    assert read(content) == ([line], ZOE, [])


def test_quotes_after_a_blank_are_no_part_of_the_name(read):
    content = 'username,organization,first_name,last_name\nq1,Umbrella, "Quinn", "van ""Dyk"", jr."\n'

    _lines, rows, problems = read(content)

    assert problems == []
    assert rows == [
        {"username": "q1", "organization": "Umbrella", "first_name": "Quinn", "last_name": 'van "Dyk", jr.'}
    ]


def test_a_line_break_in_a_quoted_cell_stays_whatever_ends_the_lines(read):
    header = ROWS["courses"][0] + ",description"

    _lines, rows, problems = read(f'{header}\rUmbrella,C1,Course,Provider,Group,"one\rtwo"\r')

    assert (rows[0]["description"], problems) == ("one\ntwo", [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("sep=|\nusername|organization\n", "line 1: it separates cells by “|”; use commas, semicolons or tabs."),
        (",,,\nusername,organization\n", "line 1: its first line is empty; it must name the columns."),
        ("sep=;\n", "line 1: its first line is empty; it must name the columns."),
        (
            "username,,organization\nzoe,12,Umbrella\n",
            "line 2: “12” stands in column 2, which has no name; name the column or empty the cell.",
        ),
        (
            "sep=;\nusername;organization\nzoe;Umbrella;x\n",
            "line 3: it has 3 cells, and the header 2; put cells that hold a ';' in quotes.",
        ),
        (
            "username,organization,first_name,\nzoe,Umbrella\n",
            "line 2: it has 2 cells, and the header 3; put cells that hold a ',' in quotes.",
        ),
        (
            'username,organization\nzoe,"Umbrella" \n',
            (
                "line 2: a cell goes on after the quote that closes it; put the whole cell in quotes, and double those "
                "inside."
            ),
        ),
        (
            'username,organization\r"zo\re,Umbrella\r',
            "line 2: a cell is far too long, or a quote opens it and never closes; double the quotes inside a cell.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_words(read, content, expected):
    assert read(content, "users.csv")[2] == [f"users.csv, {expected}"]


@pytest.mark.parametrize("trap", ['"', '""', '"a"b', '" ', "\r", '"\r', "\x0b", "\x85", "\u2028", "a\rb", '\\"', "'"])
def test_no_words_of_the_csv_module_reach_a_person(read, trap):
    known = ("it is empty", "a cell ", "it has ", "“", "it holds ")

    problems = read(f"username,organization\n{trap},Umbrella\nzoe,{trap}\n", "users.csv")[2]

    assert [each for each in problems if not each.split(": ", 1)[1].startswith(known)] == []


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("class_users_enrollments.csv", ROWS["users"][0], kinds.USERS),
        ("class_users_enrollments.csv", ROWS["enrollments"][0], kinds.ENROLLMENTS),
        ("courses and labs.csv", ROWS["labs"][0], kinds.LABS),
        ("labs-of-courses.csv", ROWS["courses"][0], kinds.COURSES),
        ("users.csv", ROWS["users"][0], kinds.USERS),
        ("everything.csv", ROWS["attempts"][0], kinds.ATTEMPTS),
    ],
)
def test_the_columns_decide_where_the_name_says_several_kinds_or_none(tmp_path, name, header, expected):
    path = tmp_path / name
    path.write_text(f"{header}\n")

    with opened(path, kind=None, found=ProblemsFound(), progress=lambda _done: None) as table:
        assert table is not None
        assert table.kind is expected


def test_a_name_of_two_kinds_whose_columns_fit_neither(read):
    problems = read("username,colour\n", "users_and_classes.csv")[2]

    assert problems == [
        (
            "users_and_classes.csv, line 1: its kind is not known. Name the file after one of organizations, users, "
            "labs, courses, classes, enrollments, attempts, or say --kind."
        )
    ]


@pytest.mark.parametrize("row", ["zoe,Acme", "zoe,Acme,zoe@example.test,more"])
def test_a_wrong_number_of_cells(acme, refused, row):
    lines = refused("users.csv", f"{USERS}\n{row}\n")

    assert lines == [
        f"users.csv, line 2: it has {row.count(',') + 1} cells, and the header 3; put cells that hold a ',' in quotes."
    ]


def test_lines_are_counted_as_an_editor_counts_them(acme, refused):
    lines = refused("courses.csv", 'organization,number,name,description\nAcme,C2,"C","1\n2\n3"\nAcme,,C,\n')

    assert lines == ["courses.csv, line 5, column number: it is empty."]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("username", "column organization: a file of users needs this column."),
        ("username,organization,e-mail", "column e-mail: a file of users has no such column; did you mean email?"),
        ("username,organization,email,email", "column email: the column is there twice."),
    ],
)
def test_a_wrong_header(refused, header, expected):
    lines = refused("users.csv", f"{header}\n")

    assert set(lines) == {f"users.csv, line 1, {expected}"}


def test_a_kind_that_nothing_tells(refused):
    lines = refused("export.csv", "colour,size\nred,1\n")

    assert lines == [
        (
            "export.csv, line 1: its kind is not known. Name the file after one of organizations, users, labs, courses, "
            "classes, enrollments, attempts, or say --kind."
        )
    ]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "its first line is empty; it must name the columns."),
        (b"\n\n", 1, "its first line is empty; it must name the columns."),
        (b"PK\x03\x04\x14\x00\x06\x00", 1, "this is an Excel workbook or another zip file; save it as CSV (UTF-8)."),
        (b"%PDF-1.7\n", 1, "this is a PDF; a CSV file is needed."),
        ("username,organization\n".encode("utf-16"), 1, "this is UTF-16 text; save it as CSV (UTF-8)."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "it is not UTF-8 text; save the file as CSV (UTF-8)."),
        (b"username,organization\nzo\xe9,Acme\n", 2, "it is not UTF-8 text; save the file as CSV (UTF-8)."),
        (b"username,organization\nzoe,Acme\x00\n", 2, "it holds a NUL byte; is this a CSV file?"),
        (b"username,organization\nz" + b"o" * LONGEST_LINE, 2, "the line is longer than a million characters;"),
        (b"u" * (LONGEST_LINE + 2), 1, "the line is longer than a million characters; is this a CSV file?"),
        (b'username,organization\nana,Acme\nzoe,"Acme\nivo,Acme\n', 3, "or a quote opens it and never closes;"),
        (b'username,organization\nzoe,"Acme\n' + b"ivo,Acme\n" * 50_000, 2, "or a quote opens it and never closes;"),
        (b'username,organization\nzoe,"Ac"me\n', 2, "a cell goes on after the quote that closes it;"),
        (b'"username,organization\n', 1, "or a quote opens it and never closes;"),
        (
            gzip.compress(b"username,organization\nana,Acme\n", mtime=0)[:-4],
            3,
            "the gzip file is damaged or cut off; make it again.",
        ),
        (b"\x1f\x8b\x08\x00garbage-instead-of-a-stream", 1, "the gzip file is damaged or cut off; make it again."),
        (b"\x1f\x8b", 1, "the gzip file is damaged or cut off; make it again."),
    ],
)
def test_a_file_that_is_no_csv(acme, refused, content, line, message):
    lines = refused("users.csv", content)

    assert lines[-1].startswith(f"users.csv, line {line}: ")
    assert message in lines[-1]


def test_a_line_that_unpacks_to_gigabytes_is_never_held(acme, refused):
    bomb = gzip.compress(b"username,organization\n" + b"0" * 50_000_000)

    lines = refused("users.csv.gz", bomb)

    assert lines == ["users.csv.gz, line 2: the line is longer than a million characters; is this a CSV file?"]


@pytest.mark.django_db
def test_a_file_that_is_not_there(tmp_path):
    lines = refusal([tmp_path / "users.csv"])

    assert lines == ["users.csv: it cannot be read: No such file or directory.", "Nothing was imported."]


@pytest.mark.django_db
def test_a_folder(tmp_path):
    lines = refusal([tmp_path])

    assert lines == [f"{tmp_path.name}: it cannot be read: not a file.", "Nothing was imported."]


def test_gzip_is_known_by_its_content(write):
    lines = run(write(organizations=gzip.compress(FILES["organizations"].encode())))

    assert lines[-1] == "2 rows written."


def test_a_byte_order_mark_carriage_returns_blank_lines_and_spaces_do_not_matter(write):
    content = "\ufefforganization , Time_Zone\r\n\r\n  Acme  , Europe/Paris \r\n\r\n"

    run(write(organizations=content.encode()))

    assert list(Organization.objects.values_list("name", "time_zone")) == [("Acme", "Europe/Paris")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_separate_too(write, delimiter):
    run(write(organizations=f"organization{delimiter}time_zone\nAcme{delimiter}Europe/Paris\n"))

    assert list(Organization.objects.values_list("name", "time_zone")) == [("Acme", "Europe/Paris")]


def test_the_kind_is_told_by_the_header_where_the_name_does_not_say_it(write):
    lines = run(write(**{"export 7": FILES["organizations"]}))

    assert lines[0] == "export 7.csv: organizations, 2 created, 0 changed, 0 unchanged"
