"""Files of classes, enrollments and attempts: what they write, and which rows they refuse."""

import datetime as dt

import pytest
from django.utils import timezone

from classes.models import Class, Enrollment
from courses.models import TrainingRecord
from organizations.models import User
from tests.classes.training_files import ATTEMPTS, CLASSES, ENROLLMENTS, FILES, moment, run

pytestmark = pytest.mark.django_db

SCORES = "attempt,username,organization,lab,course,started_at,score,max_score"

WRONG_ROWS = [
    (
        "classes",
        "organization,number,name,course,starts_at,ends_at,instructors",
        "Acme,K2,K,C1,2026-03-02,2026-03-03,ana|4E+15",
        "instructors",
        "“4E+15” looks like a number that lost digits; make the column text",
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
def test_a_wrong_row_is_named_with_line_and_column(said_of_row, kind, header, row, column, message):
    said = said_of_row(kind, header, row)

    assert said.startswith(f"{kind}.csv, line 3, column {column}: ")
    assert message in said


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


def test_a_contract_instructor_is_linked_where_the_organization_uses_them(write):
    files = FILES | {
        "organizations": "organization,uses_contract_instructors\nAcme,no\nAcme > Lyon,yes\n",
        "users": "username,organization,roles,is_contract_instructor\nana,Acme > Lyon,,\nivo,Acme,instructor,yes\n",
    }

    run(write(**files))

    assert [user.username for user in Class.objects.taught_by(User.objects.get(username="ivo")).get().instructors.all()]


def test_import_writes_classes_with_their_instructors(write):
    run(write(**FILES))

    klass = Class.objects.get()
    assert (klass.organization.name, klass.number, klass.course.number) == ("Lyon", "K1", "C1")
    assert (klass.starts_at, klass.ends_at) == (moment("2026-03-02 09:00"), moment("2026-03-03 16:00"))
    assert (klass.max_students, klass.time_zone) == (20, "UTC")
    assert [str(user) for user in klass.instructors.all()] == ["Ivo Example"]


def test_import_writes_enrollments_and_their_records(write):
    run(write(**FILES))

    enrollment = Enrollment.objects.get()
    fields = ("source_id", "user__username", "course__number", "started_at", "completed_at")
    records = TrainingRecord.objects.filter(source=TrainingRecord.Source.ENROLLMENT)
    assert (enrollment.enrollment_status, enrollment.completion_status) == ("enrolled", "complete")
    assert list(records.values_list(*fields)) == [
        (str(enrollment.pk), "ana", "C1", moment("2026-02-01"), moment("2026-03-03 16:00"))
    ]


def test_import_writes_attempts(write):
    run(write(**FILES))

    fields = ("source_id", "lab__number", "course__number", "started_at", "completed_at", "passed", "minutes_spent")
    records = TrainingRecord.objects.filter(source=TrainingRecord.Source.IMPORT).order_by("source_id")
    assert list(records.values_list(*fields)) == [
        ("a1", "L1", "C1", moment("2026-03-02 10:00"), moment("2026-03-02 11:00"), None, 60),
        ("a2", "L2", None, moment("2026-03-03 10:00"), moment("2026-03-03 11:00"), True, 55),
        ("a3", "L2", None, moment("2026-03-04 10:00"), None, None, 0),
    ]
