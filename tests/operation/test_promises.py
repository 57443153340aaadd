from datetime import timedelta

import pytest

from operation.promises import Promise

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("age", "is_kept"), [(None, True), (timedelta(), True), (HOUR, True), (HOUR + timedelta(microseconds=1), False)]
)
def test_a_promise_is_kept_while_nothing_waits_and_up_to_its_limit(age, is_kept):
    assert Promise.within("x", age, HOUR) == Promise("x", is_kept, age, HOUR)
