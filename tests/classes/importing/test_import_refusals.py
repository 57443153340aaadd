"""Bad and hostile files: each is refused with its place and what to do, and nothing of any file is kept."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.classes.training_files import ATTEMPTS, CLASSES, ENROLLMENTS, USERS

pytestmark = pytest.mark.django_db


SCORES = "attempt,username,organization,lab,course,started_at,score,max_score"

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


def test_a_cell_is_shown_on_one_line_and_shortened(acme, refused):
    lines = refused("users.csv", f'{USERS}\n"zoe\n\x1b[31m{"x" * 100}",Acme,\n')

    assert lines[0] == (
        "users.csv, line 2, column username: “zoe��[31m" + "x" * 50 + "…” is not a user name: "
        "letters, digits and @ . + - _ only."
    )
