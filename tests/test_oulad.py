"""Data of the shape of the Open University dataset, through the whole product: files, import, sweep, oracle."""

import csv
import gzip
import itertools
import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.utils import timezone

from achievements.models import Achievement
from achievements.sweep.sweeper import award_everybody
from benchmarks import oulad_achievements
from benchmarks.oulad_files import convert
from classes.importing.running import ImportedFile, import_files
from tests.achievements import oracle

HEADERS = {
    "courses": "code_module,code_presentation,module_presentation_length",
    "assessments": "code_module,code_presentation,id_assessment,assessment_type,date,weight",
    "studentInfo": "code_module,code_presentation,id_student,gender,final_result",
    "studentRegistration": "code_module,code_presentation,id_student,date_registration,date_unregistration",
    "studentAssessment": "id_assessment,id_student,date_submitted,is_banked,score",
}
PRESENTATIONS = [
    ("AAA", "2013J"),
    ("BBB", "2013B"),
    ("BBB", "2014J"),
    ("CCC", "2014B"),
    ("DDD", "2014J"),
    ("EEE", "2014J"),
    ("FFF", "2013B"),
]
ASSESSMENTS = ["TMA", "TMA", "TMA", "CMA", "Exam"]
SCORES = ["?", "", 0, 39, 40, 65, 78, 90, 99, 100]


def write(folder: Path, tables: dict[str, Iterable[Iterable[object]]]) -> None:
    for name, lines in tables.items():
        with gzip.open(folder / f"{name}.csv.gz", "wt", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS[name].split(","))
            writer.writerows(lines)


def random_tables(seed: int, students: int) -> dict[str, Iterable[Iterable[object]]]:
    chance = random.Random(seed)
    assessments = [
        (module, presentation, number, kind, 20 + place * 30, 10)
        for number, ((module, presentation), (place, kind)) in enumerate(
            itertools.product(PRESENTATIONS, enumerate(ASSESSMENTS)), start=1700
        )
    ]
    places = [
        (module, presentation, student)
        for student in range(100, 100 + students)
        for module, presentation in chance.sample(PRESENTATIONS, chance.randint(1, len(PRESENTATIONS)))
    ]
    return {
        "courses": [(*presentation, chance.randint(230, 270)) for presentation in PRESENTATIONS],
        "assessments": assessments,
        "studentInfo": [
            (*place, "F", chance.choice(["Pass", "Pass", "Distinction", "Fail", "Withdrawn"])) for place in places
        ],
        "studentRegistration": [(*place, chance.choice(["?", "", -159, -5, 0, 12]), "?") for place in places],
        "studentAssessment": [
            (
                number,
                student,
                day + chance.choice([-25, -1, 0, 0, 1, 30]),
                0,
                chance.choice(SCORES),
            )
            for module, presentation, student in places
            for its_module, its_presentation, number, _kind, day, _weight in assessments
            if (its_module, its_presentation) == (module, presentation) and chance.random() < 0.95
        ],
    }


def imported(files: list[Path]) -> list[ImportedFile]:
    return import_files(files, at=timezone.now(), progress=lambda _file, _bytes: None)


def test_the_tables_become_files_of_the_import(tmp_path):
    tables: dict[str, Iterable[Iterable[object]]] = {
        "courses": [("DDD", "2014J", 262)],
        "assessments": [("DDD", "2014J", 1752, "TMA", 19, 10), ("DDD", "2014J", 1753, "Exam", "?", 100)],
        "studentInfo": [("DDD", "2014J", 7, "F", "Distinction"), ("DDD", "2014J", 8, "M", "Withdrawn")],
        "studentRegistration": [("DDD", "2014J", 7, -30, "?"), ("DDD", "2014J", 8, "?", 12)],
        "studentAssessment": [(1752, 7, -1, 0, 40), (1752, 8, 18, 1, 39), (1753, 7, 250, 0, "")],
    }
    write(tmp_path, tables)

    files = convert(tmp_path, tmp_path)

    assert {file.stem: file.read_text().splitlines()[1:] for file in files} == {
        "organizations": ["Open University,Europe/London"],
        "users": [
            "7,Open University,student-7@example.test,Student,7",
            "8,Open University,student-8@example.test,Student,8",
        ],
        "labs": [
            "Open University,1752,DDD 2014J TMA 1752,False,40",
            "Open University,1753,DDD 2014J Exam 1753,True,40",
        ],
        "courses": ["Open University,DDD,Module DDD,Open University,Modules,STEM"],
        "classes": [
            "Open University,DDD 2014J,DDD 2014J,DDD,2014-10-01 00:00:00+00:00,2015-06-20 00:00:00+00:00,Europe/London,2"
        ],
        "enrollments": [
            "Open University,DDD 2014J,7,2014-09-01 00:00:00+00:00,Complete,2015-06-19 00:00:00+00:00",
            "Open University,DDD 2014J,8,2014-10-01 00:00:00+00:00,Incomplete,",
        ],
        "attempts": [
            "1752-7,7,Open University,1752,DDD,2014-09-30 00:00:00+00:00,2014-09-30 00:00:00+00:00,True",
            "1752-8,8,Open University,1752,DDD,2014-10-19 00:00:00+00:00,2014-10-19 00:00:00+00:00,False",
            "1753-7,7,Open University,1753,DDD,2015-06-08 00:00:00+00:00,2015-06-08 00:00:00+00:00,",
        ],
    }


@pytest.mark.django_db
def test_the_files_can_be_imported_twice(tmp_path):
    write(tmp_path, random_tables(seed=1, students=10))
    files = convert(tmp_path, tmp_path)
    first = [each.counts.created for each in imported(files)]

    again = [each.counts for each in imported(files)]

    assert [counts.unchanged for counts in again] == first
    assert [counts.created + counts.changed for counts in again] == [0] * len(files)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [2, 3])
def test_the_sweep_finds_exactly_those_whom_the_oracle_finds(tmp_path, seed):
    write(tmp_path, random_tables(seed=seed, students=25))
    imported(convert(tmp_path, tmp_path))
    oulad_achievements.create(tmp_path)
    limited = Achievement.objects.exclude(frequency_type=Achievement.FrequencyType.PER_USER)
    limited.update(is_enabled=False)

    award_everybody(at=timezone.now())

    expected = oracle.everything()
    assert oracle.written() == expected
    assert {one.achievement_id for one in expected} == set(Achievement.objects.enabled().values_list("pk", flat=True))
