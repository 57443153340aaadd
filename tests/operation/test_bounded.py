import threading

import pytest

from operation.bounded import NoAnswerError, Question

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
