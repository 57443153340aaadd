import psycopg.errors
import pytest
from django.db import OperationalError, transaction

from operation.retrying import retry_once


def failing(*causes):
    """An act that fails with each of these in turn, and then succeeds; and how often it was asked."""
    asked: list[int] = []

    def act():
        asked.append(len(asked))
        if len(asked) <= len(causes):
            raise OperationalError from causes[len(asked) - 1]
        return "done"

    return act, asked


DEADLOCK, FAILURE = psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure()


@pytest.mark.parametrize("causes", [[], [DEADLOCK], [FAILURE]])
@pytest.mark.django_db(transaction=True)
def test_one_transaction_that_gave_way_is_repeated(causes):
    act, asked = failing(*causes)

    assert (retry_once(act), len(asked)) == ("done", len(causes) + 1)


@pytest.mark.parametrize(
    ("causes", "times"), [([DEADLOCK, FAILURE], 2), ([psycopg.errors.QueryCanceled()], 1), ([None], 1)]
)
@pytest.mark.django_db(transaction=True)
def test_a_second_one_and_any_other_fault_are_raised(causes, times):
    act, asked = failing(*causes)

    with pytest.raises(OperationalError):
        retry_once(act)

    assert len(asked) == times


@pytest.mark.django_db(transaction=True)
def test_within_another_transaction_there_is_nothing_to_repeat():
    act, asked = failing(DEADLOCK)

    with pytest.raises(OperationalError), transaction.atomic():
        retry_once(act)

    assert len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_an_error_that_is_none_of_the_database_s_is_raised():
    def act():
        raise LookupError

    with pytest.raises(LookupError):
        retry_once(act)
