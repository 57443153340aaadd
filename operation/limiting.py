"""Counts what one sender asks for in a minute: one count for all processes, in a table that cannot grow."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from operation.client_addresses import client_address
from operation.outages import DATABASE

# A row each: a storm from everywhere fills no table, and no address is kept. Two that share one by chance
# share its allowance.
SLOTS = 2**17
MINUTE = 60  # seconds

type View[**Arguments] = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]

# Hosts' clocks differ: who is behind counts with the minute that has begun elsewhere.
_USE = """
INSERT INTO operation_allowance (slot, minute, used) VALUES (%s, %s, 1)
ON CONFLICT (slot) DO UPDATE SET
    used = CASE WHEN EXCLUDED.minute > operation_allowance.minute THEN 1 ELSE operation_allowance.used + 1 END,
    minute = greatest(EXCLUDED.minute, operation_allowance.minute)
RETURNING used
"""


def is_too_often(what: str, who: object, *, most: int, at: datetime) -> bool:
    """Whether this time is more than `most` in a minute. Counts it. One query, which waits for no disk."""
    slot = int.from_bytes(hashlib.sha256(f"{what} {who}".encode()).digest()[:4]) % SLOTS
    with connection.cursor() as cursor:
        cursor.execute(_USE, [slot, int(at.timestamp()) // MINUTE])
        used: int = cursor.fetchone()[0]
    DATABASE.end()  # a process that serves visitors alone sees here that it is back
    return used > most


def limited[**Arguments](view: View[Arguments]) -> View[Arguments]:
    """The view for everybody in the world: 429 for an address that asks for such too often."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        return too_many(request) if asks_too_often(request) else view(request, *args, **kwargs)

    return answer


def asks_too_often(request: HttpRequest) -> bool:
    """Whether its address has asked for what is there for everybody too often in this minute. Counts it."""
    most = settings.PUBLIC_REQUESTS_PER_MINUTE
    return is_too_often("public", client_address(request), most=most, at=timezone.now())


def too_many(request: HttpRequest) -> HttpResponse:
    """A page for people, a sentence for programs."""
    if "text/html" in request.headers.get("Accept", ""):
        response = render(request, "429.html", status=429)
    else:
        words = _("Too many requests came from your address. Try again in a minute.")
        response = HttpResponse(words, status=429, content_type="text/plain; charset=utf-8")
    response["Retry-After"] = str(MINUTE)
    return response
