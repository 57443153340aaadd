import pytest
from django.db import connection

from operation import tallies
from tests.racing import at_once
from tests.tms.monitoring.test_health import database_at


@pytest.fixture(autouse=True)
def nothing_is_counted_yet(transactional_db):
    tallies.flush()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM operation_tally")


def test_counts_of_all_processes_add_up():
    def process() -> None:
        for _ in range(5):
            tallies.count("calls", provider="1", answer="200")
        tallies.count("calls", answer="500", provider="1")
        tallies.flush()

    at_once(*[process] * 4)
    tallies.flush()

    assert tallies.read() == [
        ("calls", {"answer": "200", "provider": "1"}, 20.0),
        ("calls", {"answer": "500", "provider": "1"}, 4.0),
    ]


def test_what_took_long_is_in_the_larger_buckets_alone():
    tallies.observe("seconds", 0.5, view="home")
    tallies.observe("seconds", 99, view="home")
    tallies.flush()

    assert tallies.read() == [
        ("seconds_bucket", {"le": "+Inf", "view": "home"}, 2.0),
        ("seconds_bucket", {"le": "1.0", "view": "home"}, 1.0),
        ("seconds_bucket", {"le": "10.0", "view": "home"}, 1.0),
        ("seconds_bucket", {"le": "3.0", "view": "home"}, 1.0),
        ("seconds_sum", {"view": "home"}, 99.5),
    ]


def test_what_cannot_be_written_is_kept():
    tallies.count("calls", answer="200")
    with database_at(HOST="127.0.0.1", PORT="1"):
        tallies.flush()

    tallies.flush()

    assert tallies.read() == [("calls", {"answer": "200"}, 1.0)]


def test_it_is_written_now_and_then(settings, django_assert_num_queries):
    tallies.count("calls", answer="200")
    with django_assert_num_queries(0):
        tallies.flush_if_due()

    settings.TALLY_SECONDS = 0.0
    tallies.flush_if_due()

    assert len(tallies.read()) == 1
