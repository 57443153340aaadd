import pytest
from django.db import DataError, IntegrityError
from django.http import HttpResponse

from tms.middleware import UnreadableMiddleware


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_value_that_the_database_refuses_is_answered_in_words(rf, method):
    request = getattr(rf, method)("/badges/?x=1")

    answer = UnreadableMiddleware(lambda _request: HttpResponse()).process_exception(request, DataError("22003"))

    assert answer is not None
    assert (answer.status_code, "This address does not make sense" in answer.content.decode()) == (400, True)


def test_any_other_fault_of_the_database_is_ours(rf):
    middleware = UnreadableMiddleware(lambda _request: HttpResponse())

    assert middleware.process_exception(rf.get("/"), IntegrityError()) is None
