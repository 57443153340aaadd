import pytest

from classes.importing.problems import MOST, FileProblem, ImportRefused, ProblemsFound, shown


def problem(**place):
    return FileProblem(file="users.csv", message="it is empty.", **place)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, "users.csv: it is empty."),
        ({"line": 3}, "users.csv, line 3: it is empty."),
        ({"line": 3, "column": "email"}, "users.csv, line 3, column email: it is empty."),
    ],
)
def test_a_problem_says_its_place_as_far_as_it_has_one(place, expected):
    assert str(problem(**place)) == expected


def test_nothing_found_refuses_nothing():
    ProblemsFound().refuse_if_any()


def test_what_was_found_refuses_at_the_end():
    found = ProblemsFound()
    found.add(problem(line=1))

    with pytest.raises(ImportRefused) as refused:
        found.refuse_if_any()

    assert (refused.value.problems, refused.value.is_cut) == ([problem(line=1)], False)


def test_enough_problems_end_the_reading():
    found = ProblemsFound()
    for line in range(1, MOST):
        found.add(problem(line=line))

    with pytest.raises(ImportRefused) as refused:
        found.add(problem(line=MOST))

    assert (len(refused.value.problems), refused.value.is_cut) == (MOST, True)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("zoë", "zoë"),
        ("a\nb\x1b", "a�b�"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_a_cell_is_shown_on_one_line_of_at_most_sixty_characters(cell, expected):
    assert shown(cell) == expected
