"""One good file of each kind, and the command that imports files."""

import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

USERS = "username,organization,email"
ATTEMPTS = "attempt,username,organization,lab,course,started_at,completed_at,passed,minutes_spent"
CLASSES = "organization,number,name,course,starts_at,ends_at"
ENROLLMENTS = "organization,class,username,enrolled_at,enrollment_status,completion_status,completed_at"
FILES = {
    "organizations": "organization,time_zone\nAcme > Lyon,Europe/Paris\nAcme,America/Denver\n",
    "users": (
        "username,organization,email,first_name,last_name,roles\n"
        "ana,Acme > Lyon,ana@example.test,Ana,Example,\n"
        "ivo,Acme,ivo@example.test,Ivo,Example,instructor|Student\n"
    ),
    "labs": "organization,number,name,is_exam,passing_score\nAcme,L1,First lab,no,\nAcme,L2,Exam,yes,70\n",
    "courses": (
        "organization,number,name,description,content_provider,publishing_groups,tags\n"
        'Acme,C1,"Welding, basics","Two\nlines",Forge Press,Acme courses,metal|hot work\n'
    ),
    "classes": (
        "organization,number,name,course,course_organization,starts_at,ends_at,max_students,instructors\n"
        "Acme > Lyon,K1,Welding in Lyon,C1,Acme,2026-03-02 09:00,2026-03-03T17:00+01:00,,ivo\n"
    ),
    "enrollments": (
        "organization,class,username,enrolled_at,completion_status,completed_at\n"
        "Acme > Lyon,K1,ana,2026-02-01,Complete,2026-03-03 16:00\n"
    ),
    "attempts": (
        "attempt,username,organization,lab,course,started_at,completed_at,passed,minutes_spent\n"
        "a1,ana,Acme,L1,C1,2026-03-02 10:00,2026-03-02 11:00,,60\n"
        "a2,ana,Acme,L2,,2026-03-03 10:00,2026-03-03 11:00,true,55\n"
        "a3,ana,Acme,L2,,2026-03-04 10:00,,,\n"
    ),
}


def run(paths: list[Path], **options: object) -> list[str]:
    output = StringIO()
    call_command("import_training", *map(str, paths), stdout=output, **options)
    return output.getvalue().splitlines()


def refusal(paths: list[Path], **options: object) -> list[str]:
    with pytest.raises(CommandError) as error:
        call_command("import_training", *map(str, paths), stdout=StringIO(), **options)
    return str(error.value).splitlines()


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
