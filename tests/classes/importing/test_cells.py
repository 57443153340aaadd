import datetime as dt

import pytest
from django.utils import timezone

from classes.importing import cells
from classes.importing.cells import WrongCell
from classes.models import Enrollment
from tests.classes.training_files import USERS

COMPLETIONS = "“famous” is not one of: Unknown, Attending, Complete, Incomplete, No Show, Failed."
NINE = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("read", "cell", "expected"),
    [
        (cells.text(3), "abc", "abc"),
        (cells.prose(9), "a\r\nb\tc", "a\nb\tc"),
        (cells.username, "ｎｏａ", "noa"),
        (cells.username, "a.b@c-d_e+1", "a.b@c-d_e+1"),
        (cells.email, "Ana@example.test", "Ana@example.test"),
        (cells.path, " Umbrella>Academy ", "Umbrella > Academy"),
        (cells.several(cells.text(3)), "", []),
        (cells.several(cells.text(3)), "b | a|b", ["b", "a"]),
        (cells.boolean, "Yes", True),
        (cells.boolean, "0", False),
        (cells.number(0, 100), "100", 100),
        (cells.number(1, 100), "001", 1),
        (cells.moment, "2026-03-02 09:30", NINE),
        (cells.moment, "2026-03-02T10:30+01:00", NINE),
        (cells.moment, "1900-01-01", dt.datetime(1900, 1, 1, tzinfo=dt.UTC)),
        (cells.time_zone, "Europe/Paris", "Europe/Paris"),
        (cells.choice(Enrollment.Status), "WAIT-LISTED", "wait_listed"),
        (cells.choice(Enrollment.Status), "Wait_Listed", "wait_listed"),
        (cells.word("Student", "Instructor"), "STUDENT", "Student"),
    ],
)
def test_a_cell_is_read_as(read, cell, expected):
    assert read(cell) == expected


@pytest.mark.parametrize(
    ("read", "cell", "message"),
    [
        (cells.text(3), "abcd", "it has 4 characters; 3 fit."),
        (cells.text(3), "a\n", "it holds a line break or a control character; write it on one line."),
        (cells.prose(3), "\x07", "it holds a control character; take it out."),
        (cells.prose(3), "abcd", "it has 4 characters; 3 fit."),
        (cells.username, "a b", "“a b” is not a user name: letters, digits and @ . + - _ only."),
        (
            cells.username,
            "4E+15",
            "“4E+15” looks like a number that lost digits; make the column text, and fill it again.",
        ),
        (cells.username, "a" * 151, "it has 151 characters; 150 fit."),
        (cells.email, "zoe@", "“zoe@” is not an e-mail address."),
        (cells.path, "Acme >", "“Acme >” has an empty name in it; write it like Umbrella > Academy."),
        (cells.path, f"Acme > {'a' * 256}", "it has 256 characters; 255 fit."),
        (cells.several(cells.text(3)), "a||b", "there is an empty item between two |; take one | out."),
        (cells.several(cells.text(3)), "a|abcd", "it has 4 characters; 3 fit."),
        (cells.boolean, "maybe", "“maybe” is neither true nor false."),
        (cells.number(1, 9), "0", "“0” is not a whole number from 1 to 9."),
        (cells.number(1, 9), "10", "“10” is not a whole number from 1 to 9."),
        (cells.number(0, 9), "٣", "“٣” is not a whole number from 0 to 9."),
        (cells.moment, "yesterday", "“yesterday” is not a date and time; write it like 2026-03-02T09:30:00+01:00."),
        (cells.moment, "1899-12-31", "the year of “1899-12-31” is not between 1900 and 2199."),
        (cells.moment, "2200-01-01", "the year of “2200-01-01” is not between 1900 and 2199."),
        (
            cells.time_zone,
            "Mars/Base",
            "“Mars/Base” is not a time zone. Use an IANA name such as Europe/Paris or America/Denver.",
        ),
        (cells.word("Student", "Instructor"), "Boss", "“Boss” is not one of: Student, Instructor."),
        (cells.choice(Enrollment.Completion), "famous", COMPLETIONS),
    ],
)
def test_a_cell_that_cannot_be_taken_says_what_would_do(read, cell, message):
    with pytest.raises(WrongCell) as wrong:
        read(cell)

    assert str(wrong.value) == message


@pytest.mark.parametrize(("hours", "is_taken"), [(-1, True), (23, True), (25, False)])
def test_training_may_be_dated_a_day_ahead_and_no_more(time_machine, hours, is_taken):
    time_machine.move_to(NINE, tick=False)
    cell = (timezone.now() + dt.timedelta(hours=hours)).isoformat()

    if is_taken:
        assert cells.moment_of_training(cell) == NINE + dt.timedelta(hours=hours)
    else:
        with pytest.raises(WrongCell, match="is more than a day ahead; leave out what has not happened yet"):
            cells.moment_of_training(cell)


def test_a_cell_is_shown_on_one_line_and_shortened(acme, refused):
    lines = refused("users.csv", f'{USERS}\n"zoe\n\x1b[31m{"x" * 100}",Acme,\n')

    assert lines[0] == (
        "users.csv, line 2, column username: “zoe��[31m" + "x" * 50 + "…” is not a user name: "
        "letters, digits and @ . + - _ only."
    )
