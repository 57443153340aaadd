import gzip

import psycopg.errors
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from operation.outages import DATABASE
from tests.badges.shown import built_in, png
from tests.tms.monitoring.test_health import database_at
from tms.middleware import BusyMiddleware, CompressionMiddleware, UnreadableMiddleware

WORDS = b"laurel " * 200
COMPRESSED = [
    "text/html; charset=utf-8",
    "text/csv; charset=utf-8",
    "text/plain",
    "application/json",
    "application/ld+json",
    "application/rss+xml",
    "image/svg+xml",
]
AS_IT_IS = ["image/png", "image/webp", "application/gzip", "application/octet-stream", "text/event-stream", ""]


def asked(rf, response: HttpResponseBase, accepted: str = "br, gzip"):
    return CompressionMiddleware(lambda _request: response)(rf.get("/", headers={"Accept-Encoding": accepted}))


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("make", [HttpResponse, lambda words, **options: StreamingHttpResponse([words], **options)])
def test_text_is_compressed_whether_it_streams_or_not(rf, kind, make):
    answer = asked(rf, make(WORDS, content_type=kind))

    content = b"".join(answer) if answer.streaming else answer.content
    assert (answer["Content-Encoding"], answer["Vary"]) == ("gzip", "Accept-Encoding")
    assert (gzip.decompress(content), len(content) < 300) == (WORDS, True)


@pytest.mark.parametrize("kind", AS_IT_IS)
def test_what_would_not_shrink_or_must_not_wait_is_left(rf, kind):
    answer = asked(rf, HttpResponse(WORDS, content_type=kind))

    assert (answer.content, answer.headers.get("Content-Encoding"), answer.headers.get("Vary")) == (WORDS, None, None)


def test_who_takes_no_gzip_gets_none(rf):
    answer = asked(rf, HttpResponse(WORDS), "identity")

    assert (answer.content, answer.headers.get("Content-Encoding"), answer["Vary"]) == (WORDS, None, "Accept-Encoding")


def test_the_same_page_never_has_a_length_that_tells_of_its_words(rf):
    """The bytes that Django adds, by number: that guards what is secret in a page."""
    lengths = {len(asked(rf, HttpResponse(WORDS)).content) for _ in range(50)}

    assert len(lengths) > 1


def test_a_page_an_export_and_a_picture(world, signed_in):
    client = signed_in(world.administrator)
    default_storage.save("badges/c0de.png", ContentFile(png(400, 400)))
    addresses = ["/", "/badges/issued/?export=csv", "/media/badges/c0de.png"]

    answers = [client.get(address, headers={"Accept-Encoding": "gzip"}) for address in addresses]

    assert [answer.headers.get("Content-Encoding") for answer in answers] == ["gzip", "gzip", None]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_value_that_the_database_refuses_is_answered_in_words(rf, method):
    request = getattr(rf, method)("/badges/?x=1")

    answer = UnreadableMiddleware(lambda _request: HttpResponse()).process_exception(request, DataError("22003"))

    assert answer is not None
    assert (answer.status_code, "Bad request" in answer.content.decode()) == (400, True)


def test_any_other_fault_of_the_database_is_ours(rf):
    middleware = UnreadableMiddleware(lambda _request: HttpResponse())

    assert middleware.process_exception(rf.get("/"), IntegrityError()) is None


@pytest.fixture
def said(caplog):
    """What operators read meanwhile."""
    DATABASE.end()
    caplog.clear()
    return lambda: [record.getMessage().partition(":")[0] for record in caplog.records if record.levelname != "DEBUG"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["somebody", "visitor"])
def test_a_database_that_is_away_is_one_line_for_all_pages_and_one_when_it_is_back(world, signed_in, said, who):
    client = signed_in(world.student) if who == "somebody" else Client()
    pages = ["/", "/badges/"] if who == "somebody" else [reverse("badges:badge_page", args=[built_in(world).public_id])]
    client.raise_request_exception = False
    with database_at(HOST="127.0.0.1", PORT="1", is_told=False):
        answers = [client.get(page).status_code for page in pages * 3]
    after = [client.get(pages[0]).status_code for _ in range(2)]

    assert (set(answers), after) == ({503}, [200, 200])
    assert said() == ["The database is away", "The database is back."]


def test_rows_that_somebody_holds_are_a_line_each_time(rf, said):
    error = OperationalError("canceling statement due to lock timeout")
    error.__cause__ = psycopg.errors.LockNotAvailable()

    for _ in range(2):
        BusyMiddleware(lambda _request: HttpResponse()).process_exception(rf.get("/badges/"), error)

    assert (said(), DATABASE.is_on) == (["Busy"] * 2, False)
