"""Turns the tables of the Open University Learning Analytics Dataset into files for `manage.py import_training`.

A module is a course, a presentation a class, a registration an enrollment, an assessment a lab, a submission an attempt.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

ORGANIZATION = "Open University"
TIME_ZONE = "Europe/London"
PASSING_SCORE = 40
# B starts in February, J in October.
MONTHS = {"B": 2, "J": 10}
COMPLETIONS = {"Pass": "Complete", "Distinction": "Complete", "Fail": "Failed", "Withdrawn": "Incomplete"}
# The subject areas that the dataset's paper (Scientific Data 4:170171) gives for its modules.
TAGS = dict.fromkeys(("AAA", "BBB", "GGG"), "Social Sciences") | dict.fromkeys(("CCC", "DDD", "EEE", "FFF"), "STEM")

type Line = dict[str, str]
type Lines = Iterator[list[object]]


def convert(tables: Path, files: Path) -> list[Path]:
    """Write the seven files into the folder `files`; their paths."""
    kinds: dict[str, tuple[list[str], Lines]] = {
        "organizations": (["organization", "time_zone"], iter([[ORGANIZATION, TIME_ZONE]])),
        "users": (["username", "organization", "email", "first_name", "last_name"], _users(tables)),
        "labs": (["organization", "number", "name", "is_exam", "passing_score"], _labs(tables)),
        "courses": (
            ["organization", "number", "name", "content_provider", "publishing_groups", "tags"],
            _courses(tables),
        ),
        "classes": (
            ["organization", "number", "name", "course", "starts_at", "ends_at", "time_zone", "max_students"],
            _classes(tables),
        ),
        "enrollments": (
            ["organization", "class", "username", "enrolled_at", "completion_status", "completed_at"],
            _enrollments(tables),
        ),
        "attempts": (
            ["attempt", "username", "organization", "lab", "course", "started_at", "completed_at", "passed"],
            _attempts(tables),
        ),
    }
    return [_write(files / f"{kind}.csv", header, lines) for kind, (header, lines) in kinds.items()]


def _write(path: Path, header: list[str], lines: Lines) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(lines)
    return path


def _read(tables: Path, name: str) -> Iterator[Line]:
    with gzip.open(tables / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _presentation(line: Line) -> str:
    return f"{line['code_module']} {line['code_presentation']}"


def _day(presentation: str, day: int) -> datetime:
    """Days count from the start of the presentation, and may be negative."""
    year, month = int(presentation[-5:-1]), MONTHS[presentation[-1]]
    return datetime(year, month, 1, tzinfo=UTC) + timedelta(days=day)


def _lengths(tables: Path) -> dict[str, int]:
    return {_presentation(line): int(line["module_presentation_length"]) for line in _read(tables, "courses")}


def _users(tables: Path) -> Lines:
    for student in dict.fromkeys(line["id_student"] for line in _read(tables, "studentInfo")):
        yield [student, ORGANIZATION, f"student-{student}@example.test", "Student", student]


def _labs(tables: Path) -> Lines:
    for line in _read(tables, "assessments"):
        kind, number = line["assessment_type"], line["id_assessment"]
        yield [ORGANIZATION, number, f"{_presentation(line)} {kind} {number}", kind == "Exam", PASSING_SCORE]


def _courses(tables: Path) -> Lines:
    for module in dict.fromkeys(line["code_module"] for line in _read(tables, "courses")):
        yield [ORGANIZATION, module, f"Module {module}", ORGANIZATION, "Modules", TAGS[module]]


def _classes(tables: Path) -> Lines:
    students = Counter(_presentation(line) for line in _read(tables, "studentInfo"))
    for presentation, days in _lengths(tables).items():
        module = presentation.split()[0]
        start, end = _day(presentation, 0), _day(presentation, days)
        yield [ORGANIZATION, presentation, presentation, module, start, end, TIME_ZONE, students[presentation]]


def _enrollments(tables: Path) -> Lines:
    """Complete is dated on the presentation's last day, an unknown day of registration on its first."""
    lengths = _lengths(tables)
    registered = {
        (_presentation(line), line["id_student"]): line["date_registration"]
        for line in _read(tables, "studentRegistration")
    }
    for line in _read(tables, "studentInfo"):
        presentation, student = _presentation(line), line["id_student"]
        day = _known(registered.get((presentation, student), ""))
        completion = COMPLETIONS[line["final_result"]]
        last = _day(presentation, lengths[presentation] - 1) if completion == "Complete" else ""
        yield [ORGANIZATION, presentation, student, _day(presentation, int(day or 0)), completion, last]


def _attempts(tables: Path) -> Lines:
    presentations = {line["id_assessment"]: _presentation(line) for line in _read(tables, "assessments")}
    for line in _read(tables, "studentAssessment"):
        lab, student, score = line["id_assessment"], line["id_student"], _known(line["score"])
        presentation = presentations[lab]
        at = _day(presentation, int(line["date_submitted"]))
        passed = float(score) >= PASSING_SCORE if score else ""
        yield [f"{lab}-{student}", student, ORGANIZATION, lab, presentation.split()[0], at, at, passed]


def _known(cell: str) -> str:
    """`?` or an empty cell means not known."""
    return "" if cell == "?" else cell


def numbers(tables: Path, *, kind: str, presentation: str | None = None) -> Iterable[str]:
    """The assessments of a kind (TMA, CMA, Exam), of one presentation (`DDD 2014J`) or of all."""
    for line in _read(tables, "assessments"):
        if line["assessment_type"] == kind and presentation in {None, _presentation(line)}:
            yield line["id_assessment"]
