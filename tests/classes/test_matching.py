"""Lists as people paste them: from mail, tables, slides and by hand."""

import pytest

from classes.matching import LONGEST_LINE, MOST_LINES, Found, Person, Question, match

JIRI, SAM, ARJUN, MOANA, ANA, SEAN, JOERG, AN, BO, SOREN = range(1, 11)
PEOPLE = [
    Person(JIRI, "Jiří Hřebíčková", "jiri@north.example"),
    Person(SAM, "Sam Thimbleberry", "sam.thimbleberry@denver.example"),
    Person(ARJUN, "Arjun Iyersen", "Arjun@I.example"),
    Person(MOANA, "Moana Horomona"),
    Person(ANA, "Dr. Ana López-Ruiz"),
    Person(SEAN, "Sean O'Brien"),
    Person(JOERG, "Jörg Müller"),
    Person(AN, "Nguyễn Văn An"),
    Person(BO, "Q Ó"),
    Person(SOREN, "Søren Łukasz Æsir"),
]
PARKS = [Person(21, "Ada Park", "ada@one.example"), Person(22, "Ada Park", "park@two.example")]


def keys(text, people=PEOPLE, **more):
    return [one.key for one in match(text, people, **more).found]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("Jiří Hřebíčková", JIRI),
        ("JIRI HREBICKOVA", JIRI),
        ("Hřebíčková Jiří", JIRI),
        ("Hrebickova, Jiri", JIRI),
        ("Jir\u030ci\u0301 Hrebickova", JIRI),  # taken apart
        ("  Sam   Thimbleberry\u00a0", SAM),
        ('"Thimbleberry, Sam"', SAM),
        ("“Sam Thimbleberry”", SAM),
        ("\ufeffSam Thimbleberry", SAM),
        ("Thimbleberry\tSam", SAM),
        ("Thimbleberry\tSam\tComplete\t12", SAM),
        ("12\tSam Thimbleberry\tDenver", SAM),
        ("Sam;Thimbleberry;present", SAM),
        ("| Sam | Thimbleberry |", SAM),
        ("Thimbleberry, Sam, Denver", SAM),
        ("- Sam Thimbleberry", SAM),
        ("• Sam Thimbleberry", SAM),
        ("3. Sam Thimbleberry", SAM),
        ("(4) Sam Thimbleberry", SAM),
        ("[x] Sam Thimbleberry", SAM),
        ("Mr. Sam Thimbleberry", SAM),
        ("Herr Prof. Dr. Sam Thimbleberry", SAM),
        ("Sam Thimbleberry, PhD", SAM),
        ("Sam Thimbleberry (online)", SAM),
        ("sam.thimbleberry@denver.example", SAM),
        ("SAM.THIMBLEBERRY@Denver.Example", SAM),
        ("<sam.thimbleberry@denver.example>", SAM),
        ("mailto:sam.thimbleberry@denver.example", SAM),
        ("sam.thimbleberry@denver.example.", SAM),
        ("Sammy <sam.thimbleberry@denver.example>", SAM),
        ("Sam Thimbleberry\tsam@home.example", SAM),  # his name, from another address
        ("arjun@i.example", ARJUN),
        ("Ana Lopez Ruiz", ANA),
        ("Ana López-Ruiz", ANA),
        ("LÓPEZ-RUIZ, Dr. Ana", ANA),
        ("Sean O’Brien", SEAN),
        ("obrien, sean", SEAN),
        ("An, Nguyễn Văn", AN),
        ("Van An Nguyen", AN),
        ("Ó, Q", BO),
        ("Soren Lukasz Aesir", SOREN),
    ],
)
def test_one_line_is_certain(line, key):
    found = match(line, PEOPLE)

    assert [one.key for one in found.found] == [key]
    assert (list(found.asked), list(found.unknown)) == ([], [])


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("Moanna Horomona", (MOANA,)),
        ("Horomona, Mona", (MOANA,)),
        ("Joerg Mueller", (JOERG,)),
        ("Xam Thimbleberry", (SAM,)),
        ("Thimbleberry", (SAM,)),
        ("Sam Q. Thimbleberry", (SAM,)),
        ("S. Thimbleberry", (SAM,)),
        ("sam.thimblebery@denver.example", (SAM,)),
        ("sam.thimbleberry@elsewhere.example", (SAM,)),
        ("Ana Ruiz", (ANA,)),
    ],
)
def test_what_is_near_is_asked_and_never_guessed(line, keys):
    found = match(line, PEOPLE)

    assert list(found.asked) == [Question(line, keys)]
    assert (list(found.found), list(found.unknown)) == ([], [])


@pytest.mark.parametrize("line", ["Mike Pennyfarrow", "mike@denver.test", "Attendance", "Total: 12", "2026-11-30"])
def test_who_is_not_there_is_given_back_as_it_was_written(line):
    assert match(line, PEOPLE).unknown == [line]


@pytest.mark.parametrize("text", ["", "\n\n", "   \t ", "---", "…", "@", '""'])
def test_what_says_nothing_is_nothing(text):
    found = match(text, PEOPLE)

    assert (list(found.found), list(found.asked), list(found.unknown)) == ([], [], [])


def test_the_order_is_that_of_the_lines_and_each_person_is_found_once():
    text = "Arjun Iyersen\nSam Thimbleberry\n\nIyersen, Arjun\narjun@i.example\nMike Pennyfarrow\nmike  pennyfarrow"

    found = match(text, PEOPLE)

    assert [one.key for one in found.found] == [ARJUN, SAM]
    assert (found.repeated, list(found.unknown)) == (3, ["Mike Pennyfarrow"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_lines_end_as_every_system_ends_them(end):
    assert keys(f"Sam Thimbleberry{end}Arjun Iyersen{end}") == [SAM, ARJUN]


@pytest.mark.parametrize(
    "line",
    [
        "jiri@north.example, arjun@i.example",
        "jiri@north.example; arjun@i.example",
        "jiri@north.example arjun@i.example",
        "Jiri <jiri@north.example>; Iyersen, Arjun <arjun@i.example>;",
        "Jiri <jiri@north.example>, Arjun <arjun@i.example>",
        "jiri@north.example,arjun@i.example;",
    ],
)
def test_several_addresses_in_a_line_are_several_people(line):
    assert keys(line) == [JIRI, ARJUN]


def test_of_equal_names_the_address_decides_and_otherwise_all_are_asked_about():
    assert keys("Ada Park <park@two.example>", PARKS) == [22]
    assert match("Ada Park", PARKS).asked == [Question("Ada Park", (21, 22), is_shared=True)]


def test_it_is_told_what_a_line_was_found_by():
    found = match("Sam Thimbleberry\narjun@i.example", PEOPLE).found

    assert list(found) == [Found("Sam Thimbleberry", SAM), Found("arjun@i.example", ARJUN, by_address=True)]


def test_an_address_that_the_reader_may_not_see_is_no_way_to_find_somebody():
    assert keys("moana@north.example") == []


def test_an_answer_settles_a_line():
    answers = {"Moanna Horomona": MOANA, "Mike Pennyfarrow": 999}

    found = match("Moanna Horomona\nMike Pennyfarrow", PEOPLE, answers)

    assert list(found.found) == [Found("Moanna Horomona", MOANA)]
    assert list(found.unknown) == ["Mike Pennyfarrow"]  # nobody of the class


def test_no_more_than_three_are_asked_about():
    many = [Person(number, f"Anna Berg{letter}") for number, letter in enumerate("abcdef")]

    [question] = match("Anna Berg", many).asked

    assert len(question.keys) == 3


def test_the_likeliest_comes_first():
    people = [Person(1, "Anna Bergmann"), Person(2, "Anna Bergman")]

    assert match("Anna Bergmam", people).asked[0].keys == (2, 1)


def test_lines_beyond_the_most_are_counted():
    text = "Sam Thimbleberry\n" * MOST_LINES + "Arjun Iyersen\n\nJiri Hrebickova"

    found = match(text, PEOPLE)

    assert ([one.key for one in found.found], found.repeated, found.left) == ([SAM], MOST_LINES - 1, 2)


def test_what_a_very_long_line_says_at_its_end_is_not_read():
    [unknown] = match("x" * 4_000_000 + "@", PEOPLE).unknown

    assert len(unknown) == LONGEST_LINE


def test_without_people_everything_is_unknown():
    assert match("Sam Thimbleberry", []).unknown == ["Sam Thimbleberry"]


def test_people_without_a_name_are_found_by_their_address():
    assert keys("x@y.example", [Person(1, "", "x@y.example"), Person(2, " ")]) == [1]
