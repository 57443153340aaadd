"""Bad and hostile files: each is refused with its place and what to do, and nothing of any file is kept."""

import datetime as dt
import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from classes.importing.lines import LONGEST_LINE
from courses.models import Course
from organizations.models import Organization, User
from tests.factories import (
    ClassFactory,
    ContentProviderFactory,
    CourseFactory,
    LabFactory,
    OrganizationFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(tmp_path):
    """What the command says to one file with this content, without the last line, which says that nothing was kept."""

    def refuse(name: str, content: str | bytes, **options: object) -> list[str]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        lines = refusal([path], **options)
        assert lines[-1] == "Nothing was imported."
        return lines[:-1]

    return refuse


def refusal(paths: list[Path], **options: object) -> list[str]:
    with pytest.raises(CommandError) as error:
        call_command("import_training", *map(str, paths), stdout=StringIO(), **options)
    return str(error.value).splitlines()


@pytest.fixture
def acme():
    """An organization with one of everything that a file can refer to."""
    organization = OrganizationFactory.create(name="Acme")
    CourseFactory.create(organization=organization, number="C1", published_to=[organization])
    CourseFactory.create(organization=organization, number="old", published_to=[organization], is_archived=True)
    bare = CourseFactory.create(organization=organization, number="bare", published_to=[organization])
    Course.objects.filter(pk=bare.pk).update(content_provider=None)
    provider = ContentProviderFactory.create(organization=organization)
    CourseFactory.create(organization=organization, number="kept", content_provider=provider)
    CourseFactory.create(organization=organization, number="far", published_to=[OrganizationFactory.create()])
    LabFactory.create(organization=organization, number="L1")
    ClassFactory.create(organization=organization, number="K1")
    StudentFactory.create(organization=organization, username="ana", email="ana@example.test")
    StudentFactory.create(organization=organization, username="fay", is_contract_instructor=True)
    return organization


USERS = "username,organization,email"
ATTEMPTS = "attempt,username,organization,lab,course,started_at,completed_at,passed,minutes_spent"
SCORES = "attempt,username,organization,lab,course,started_at,score,max_score"
CLASSES = "organization,number,name,course,starts_at,ends_at"
ENROLLMENTS = "organization,class,username,enrolled_at,enrollment_status,completion_status,completed_at"

WRONG_ROWS = [
    ("organizations", "organization,time_zone", "Acme > ,UTC", "organization", "“Acme >” has an empty name"),
    ("organizations", "organization,time_zone", "Nowhere > Lyon,", "organization", "no organization “Nowhere” to put"),
    ("organizations", "organization,time_zone", "Acme,Mars/Base", "time_zone", "“Mars/Base” is not a time zone"),
    ("organizations", "organization,time_zone", "Acme,../../etc/passwd", "time_zone", "is not a time zone"),
    ("users", USERS, ",Acme,", "username", "it is empty"),
    ("users", USERS, "a b,Acme,", "username", "“a b” is not a user name"),
    ("users", USERS, f"{'a' * 151},Acme,", "username", "it has 151 characters; 150 fit"),
    ("users", USERS, "ANA,Acme,", "username", "“ANA” differs from the name of an account by case alone"),
    ("users", USERS, "ａＮａ,Acme,", "username", "“aNa” differs from the name of an account by case alone"),
    ("users", USERS, "ana@example.test,Acme,", "username", "“ana@example.test” holds an @; take it out"),
    ("users", USERS, "zoe@example.test,Acme,zoe@example.org", "username", "“zoe@example.test” holds an @"),
    ("users", "username,organization", "zoe@example.test,Acme", "username", "“zoe@example.test” holds an @"),
    ("users", USERS, "1.23457E+12,Acme,", "username", "“1.23457E+12” looks like a number that lost digits"),
    (
        "classes",
        "organization,number,name,course,starts_at,ends_at,instructors",
        "Acme,K2,K,C1,2026-03-02,2026-03-03,ana|4E+15",
        "instructors",
        "“4E+15” looks like a number that lost digits; make the column text",
    ),
    ("users", USERS, "zoe,Umbra,", "organization", "no organization “Umbra”"),
    ("users", USERS, "zoe,Acme,zoe@", "email", "“zoe@” is not an e-mail address"),
    ("users", USERS, "zoe,Acme,ANA@example.test", "email", "another account has the e-mail address “ANA@example.test”"),
    ("users", "username,organization,roles", "zoe,Acme,Boss", "roles", "“Boss” is not one of: Student, Instructor"),
    ("users", "username,organization,roles", "zoe,Acme,Student||", "roles", "an empty item between two |"),
    (
        "users",
        "username,organization,first_name",
        'zoe,Acme,"Z\noe"',
        "first_name",
        "line break or a control character",
    ),
    ("users", "username,organization,first_name", "zoe,Acme,Z\u202eeoz", "first_name", "a control character"),
    ("users", "username,organization,is_active", "zoe,Acme,maybe", "is_active", "“maybe” is neither true nor false"),
    ("labs", "organization,number,name,passing_score", "Acme,L2,Lab,101", "passing_score", "from 0 to 100"),
    (
        "labs",
        "organization,number,name,passing_score",
        "Acme,L2,Lab,1e2",
        "passing_score",
        "“1e2” is not a whole number",
    ),
    ("labs", "organization,number,name,passing_score", "Acme,L2,Lab,٣", "passing_score", "is not a whole number"),
    (
        "courses",
        "organization,number,name,description",
        "Acme,C2,C,a\x07",
        "description",
        "it holds a control character",
    ),
    ("classes", CLASSES, "Acme,K2,K,C9,2026-03-02,2026-03-03", "course", "no course with the number “C9”"),
    ("classes", CLASSES, "Acme,K2,K,old,2026-03-02,2026-03-03", "course", "the course “old” is archived; take another"),
    ("classes", CLASSES, "Acme,K2,K,bare,2026-03-02,2026-03-03", "course", "the course “bare” has no content provider"),
    ("classes", CLASSES, "Acme,K2,K,kept,2026-03-02,2026-03-03", "course", "“kept” is in no publishing group"),
    (
        "classes",
        CLASSES,
        "Acme,K2,K,far,2026-03-02,2026-03-03",
        "course",
        "the course “far” is not published to the class's organization",
    ),
    ("classes", CLASSES, "Acme,K2,K,C1,2026-03-03,2026-03-02", "ends_at", "the class ends before it starts"),
    ("classes", CLASSES, "Acme,K2,K,C1,2026-02-30,2026-03-02", "starts_at", "“2026-02-30” is not a date and time"),
    ("classes", CLASSES, "Acme,K2,K,C1,03/02/2026,2026-03-02", "starts_at", "write it like 2026-03-02T09:30:00+01:00"),
    ("classes", CLASSES, "Acme,K2,K,C1,0001-01-01,2026-03-02", "starts_at", "the year of “0001-01-01” is not between"),
    (
        "classes",
        f"{CLASSES},min_students,max_students",
        "Acme,K2,K,C1,2026-03-02,2026-03-03,9,8",
        "max_students",
        "the maximum is below the minimum",
    ),
    (
        "classes",
        f"{CLASSES},instructors",
        "Acme,K2,K,C1,2026-03-02,2026-03-03,ana|zoe",
        "instructors",
        "there is no user “zoe”",
    ),
    (
        "classes",
        f"{CLASSES},instructors",
        "Acme,K2,K,C1,2026-03-02,2026-03-03,fay",
        "instructors",
        "the class's organization does not use contract instructors",
    ),
    ("enrollments", ENROLLMENTS, "Acme,K9,ana,2026-03-02,,,", "class", "no class with the number “K9”"),
    ("enrollments", ENROLLMENTS, "Acme,K1,zoe,2026-03-02,,,", "username", "there is no user “zoe”"),
    ("enrollments", ENROLLMENTS, "Acme,K1,Ana,2026-03-02,,,", "username", "write capitals as the account has them"),
    ("enrollments", ENROLLMENTS, "Acme,K1,1.2E+12,2026-03-02,,,", "username", "a number that lost digits"),
    ("attempts", ATTEMPTS, "a1,1.2E+12,Acme,L1,,2026-03-02,,,", "username", "a number that lost digits"),
    ("enrollments", ENROLLMENTS, "Acme,K1,ana,2026-03-02,Joined,,", "enrollment_status", "“Joined” is not one of"),
    ("enrollments", ENROLLMENTS, "Acme,K1,ana,2026-03-02,,Complete,", "completed_at", "Complete needs the moment"),
    ("enrollments", ENROLLMENTS, "Acme,K1,ana,2026-03-02,,,2026-03-02", "completed_at", "Complete needs the moment"),
    (
        "enrollments",
        ENROLLMENTS,
        "Acme,K1,ana,2026-03-02,Audit,Failed,",
        "completion_status",
        "only an Enrolled student",
    ),
    ("attempts", ATTEMPTS, "a1,zoe,Acme,L1,,2026-03-02,,,", "username", "there is no user “zoe”"),
    ("attempts", ATTEMPTS, "a1,ana,Acme,L9,,2026-03-02,,,", "lab", "no lab with the number “L9”"),
    ("attempts", ATTEMPTS, "a1,ana,Acme,L1,C9,2026-03-02,,,", "course", "no course with the number “C9”"),
    ("attempts", ATTEMPTS, "a1,ana,Acme,,,2026-03-02,,,", "lab", "name one"),
    ("attempts", ATTEMPTS, "a1,ana,Acme,L1,,2026-03-02,2026-03-01,,", "completed_at", "completed before it is started"),
    ("attempts", ATTEMPTS, "a1,ana,Acme,L1,,2026-03-02,,,-5", "minutes_spent", "“-5” is not a whole number"),
    ("attempts", ATTEMPTS, f"a1,ana,Acme,L1,,2026-03-02,,,{'9' * 5000}", "minutes_spent", "is not a whole number"),
    ("attempts", ATTEMPTS, f"{'a' * 201},ana,Acme,L1,,2026-03-02,,,", "attempt", "it has 201 characters; 200 fit"),
    ("attempts", SCORES, "a1,ana,Acme,L1,,2026-03-02,8,7", "score", "“8” is more than the highest possible score"),
    ("attempts", SCORES, "a1,ana,Acme,L1,,2026-03-02,-1,7", "score", "“-1” is not a whole number from 0 to 32767"),
    ("attempts", SCORES, "a1,ana,Acme,L1,,2026-03-02,6.5,7", "score", "“6.5” is not a whole number"),
    ("attempts", SCORES, "a1,ana,Acme,L1,,2026-03-02,7/7,7", "score", "“7/7” is not a whole number"),
    ("attempts", SCORES, "a1,ana,Acme,L1,,2026-03-02,7,32768", "max_score", "“32768” is not a whole number from 1"),
    ("attempts", SCORES, "a1,ana,Acme,L1,,2026-03-02,0,0", "max_score", "“0” is not a whole number from 1 to 32767"),
    ("attempts", SCORES, "a1,ana,Acme,L1,,2026-03-02,7,", "max_score", "fill both score and max_score, or neither"),
    ("attempts", SCORES, "a1,ana,Acme,L1,,2026-03-02,,7", "max_score", "fill both score and max_score, or neither"),
    ("attempts", SCORES, "a1,ana,Acme,,C1,2026-03-02,7,7", "score", "only an attempt at a lab has a score"),
    ("attempts", SCORES, "a1,ana,Acme,,,2026-03-02,7,7", "lab", "name one"),
    ("attempts", SCORES, "a1,ana,Acme,L9,,2026-03-02,7,7", "lab", "no lab with the number “L9”"),
]


@pytest.mark.parametrize(("kind", "header", "row", "column", "message"), WRONG_ROWS)
def test_a_wrong_row_is_named_with_line_and_column(acme, refused, kind, header, row, column, message):
    lines = refused(f"{kind}.csv", f"{header}\n\n{row}\n")

    assert len(lines) == 1
    assert lines[0].startswith(f"{kind}.csv, line 3, column {column}: ")
    assert message in lines[0]


@pytest.mark.parametrize(
    ("kind", "header", "row", "column"),
    [
        ("attempts", ATTEMPTS, "a1,ana,Acme,L1,,NEXT WEEK,,,", "started_at"),
        ("attempts", ATTEMPTS, "a1,ana,Acme,L1,,TOMORROW,NEXT WEEK,,", "completed_at"),
        ("enrollments", ENROLLMENTS, "Acme,K1,ana,NEXT WEEK,,,", "enrolled_at"),
        ("enrollments", ENROLLMENTS, "Acme,K1,ana,TOMORROW,,complete,NEXT WEEK", "completed_at"),
    ],
)
def test_what_has_not_happened_yet_is_named_with_line_and_column(acme, refused, kind, header, row, column):
    tomorrow, next_week = ((timezone.now() + dt.timedelta(days=days)).isoformat() for days in (0.9, 7))
    row = row.replace("TOMORROW", tomorrow).replace("NEXT WEEK", next_week)

    said = refused(f"{kind}.csv", f"{header}\n{row}\n")

    message = f"“{next_week}” is more than a day ahead; leave out what has not happened yet."
    assert said == [f"{kind}.csv, line 2, column {column}: {message}"]


@pytest.mark.parametrize(
    ("kind", "header", "row"),
    [
        ("users", USERS, "zoe,Acme,"),
        ("attempts", ATTEMPTS, "a1,ana,Acme,L1,,2026-03-02,,,"),
        ("enrollments", ENROLLMENTS, "Acme,K1,ana,2026-03-02,,,"),
        ("classes", CLASSES, "Acme,K2,K,C1,2026-03-02,2026-03-03"),
        ("organizations", "organization", "Acme > Lyon"),
    ],
)
def test_a_row_that_is_there_twice(acme, refused, kind, header, row):
    lines = refused(f"{kind}.csv", f"{header}\n{row}\n{row}\n")

    assert lines == [f"{kind}.csv, line 3: line 2 is about the same row; keep one of the two."]


def test_an_address_that_is_there_twice(acme, refused):
    lines = refused("users.csv", f"{USERS}\nzoe,Acme,one@example.test\nyan,Acme,One@Example.test\n")

    assert lines == [
        "users.csv, line 3, column email: an earlier line of this file has the e-mail address “One@Example.test”."
    ]


def test_names_that_differ_by_case_alone(acme, refused):
    lines = refused("users.csv", f"{USERS}\nPeter,Acme,\npeter,Acme,\nPETER,Acme,\n")

    assert lines == [
        (
            "users.csv, line 3, column username: “peter” differs from the name in an earlier line by case alone; "
            "write both alike."
        ),
        (
            "users.csv, line 4, column username: “PETER” differs from the name in an earlier line by case alone; "
            "write both alike."
        ),
    ]


def test_an_account_that_is_named_by_its_address_keeps_it(acme, refused):
    StudentFactory.create(organization=acme, username="ivo@example.test", email="ivo@example.test")

    lines = refused("users.csv", f"{USERS}\nivo@example.test,Acme,new@example.test\n")

    assert lines == [
        (
            "users.csv, line 2, column username: “ivo@example.test” holds an @; take it out, or give the account this "
            "e-mail address."
        )
    ]


def test_two_accounts_that_swap_their_addresses(acme, refused):
    StudentFactory.create(organization=acme, username="ivo", email="ivo@example.test")

    lines = refused("users.csv", f"{USERS}\nana,Acme,ivo@example.test\nivo,Acme,ana@example.test\n")

    assert lines == [
        "import: the database refused it: duplicate key value violates unique constraint “user_email_unique”. "
        "Somebody may have changed the same rows meanwhile; try again.".replace("“", '"').replace("”", '"')
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


def test_all_problems_of_all_files_are_said_at_once(acme, tmp_path):
    (tmp_path / "users.csv").write_text(f"{USERS}\nzoe,Acme,zoe@\nz z,Acme,\n")
    (tmp_path / "attempts.csv").write_text(f"{ATTEMPTS}\na1,zoe,Acme,L1,,yesterday,,,\n")

    lines = refusal([tmp_path / "attempts.csv", tmp_path / "users.csv"])

    assert lines == [
        "users.csv, line 2, column email: “zoe@” is not an e-mail address.",
        "users.csv, line 3, column username: “z z” is not a user name: letters, digits and @ . + - _ only.",
        (
            "attempts.csv, line 2, column started_at: “yesterday” is not a date and time; "
            "write it like 2026-03-02T09:30:00+01:00."
        ),
        "Nothing was imported.",
    ]


def test_one_wrong_row_keeps_every_other_file_out(tmp_path):
    (tmp_path / "organizations.csv").write_text("organization\nAcme\n")
    (tmp_path / "users.csv").write_text(f"{USERS}\nana,Acme,\nzoe,Umbra,\n")

    refusal([tmp_path / "organizations.csv", tmp_path / "users.csv"])

    assert list(Organization.objects.all()) == []
    assert list(User.objects.all()) == []


def test_a_hundred_problems_are_enough(acme, refused):
    lines = refused("users.csv", f"{USERS}\n" + "a b,Acme,\n" * 1000)

    assert len(lines) == 101
    assert lines[-1] == "These are the first 100 problems."


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


def test_a_file_that_is_not_there(tmp_path):
    lines = refusal([tmp_path / "users.csv"])

    assert lines == ["users.csv: it cannot be read: No such file or directory.", "Nothing was imported."]


def test_a_folder(tmp_path):
    lines = refusal([tmp_path])

    assert lines == [f"{tmp_path.name}: it cannot be read: not a file.", "Nothing was imported."]


def test_a_cell_is_shown_on_one_line_and_shortened(acme, refused):
    lines = refused("users.csv", f'{USERS}\n"zoe\n\x1b[31m{"x" * 100}",Acme,\n')

    assert lines[0] == (
        "users.csv, line 2, column username: “zoe��[31m" + "x" * 50 + "…” is not a user name: "
        "letters, digits and @ . + - _ only."
    )
