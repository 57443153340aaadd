import logging

import pytest

from tests.racing import at_once
from tms.outages import Outage


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.WARNING, "tms.outages")
    return lambda: [(record.levelname, record.getMessage()) for record in caplog.records]


def test_going_and_coming_back_is_a_line_each(said):
    outage = Outage("The kettle")

    outage.end()
    for _ in range(3):
        outage.begin(OSError("no power\nand more"))
    for _ in range(3):
        outage.end()
    outage.begin(TimeoutError())

    assert said() == [
        ("WARNING", "The kettle is away: no power"),
        ("WARNING", "The kettle is back."),
        ("WARNING", "The kettle is away: TimeoutError"),
    ]


@pytest.mark.django_db(transaction=True)
def test_threads_that_see_it_at_once_say_it_once(said):
    outage = Outage("The kettle")

    at_once(*[lambda: outage.begin("no power")] * 8)

    assert len(said()) == 1
