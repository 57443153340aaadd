import threading

import pytest

from operation.bounded import NoAnswerError, Question, Shared

DEADLINE = 60.0


def test_an_answer_comes():
    assert Question(lambda: 7).answer(seconds=DEADLINE) == 7


def test_what_the_question_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        Question(lambda: 1 / 0).answer(seconds=DEADLINE)


def test_what_hangs_is_not_waited_for_and_at_last_not_even_asked():
    let_go, asked = threading.Event(), []

    def hang() -> None:
        asked.append(1)
        let_go.wait(DEADLINE)

    questions = [Question(hang) for _ in range(7)]
    for question in questions:
        with pytest.raises(NoAnswerError):
            question.answer(seconds=0.05)
    let_go.set()
    for question in questions[:4]:
        question.answer(seconds=DEADLINE)

    assert len(asked) == 4
    assert Question(lambda: "again").answer(seconds=DEADLINE) == "again"


def test_those_who_ask_within_some_seconds_share_an_answer():
    asked = iter(range(9))
    shared = Shared(lambda: next(asked))

    assert [shared.answer(seconds=DEADLINE) for _ in range(3)] == [0, 0, 0]
    assert [shared.answer(seconds=0.0) for _ in range(2)] == [1, 2]


def test_whoever_comes_while_it_is_asked_for_waits_for_the_same():
    asked, let_go, told = [], threading.Event(), []

    def ask() -> int:
        asked.append(1)
        let_go.wait(DEADLINE)
        return len(asked)

    shared = Shared(ask)
    threads = [threading.Thread(target=lambda: told.append(shared.answer(seconds=DEADLINE))) for _ in range(5)]
    for thread in threads:
        thread.start()
    let_go.set()
    for thread in threads:
        thread.join(DEADLINE)

    assert (told, len(asked)) == ([1] * 5, 1)
