"""Gives each request an id, which its log lines and its tasks carry, and notes what the access log tells of it."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from operation import tallies
from operation.client_addresses import client_address
from operation.outages import DATABASE
from organizations.models import User
from tms.monitoring.logs import network_of

HEADER = "X-Request-ID"
# What deploy/gunicorn.py finds in the environment of the request when it writes its line.
NOTED = "tms.request"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Takes the id that a proxy gave the request, if it is one, and sends it back with the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with its id in every line that is logged meanwhile."""
        given = request.headers.get(HEADER, "")
        request_id = given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        noted = request.META[NOTED] = {"request_id": request_id, "address": network_of(client_address(request) or "")}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.clear_contextvars()
        noted["view"] = request.resolver_match.view_name if request.resolver_match else ""
        response[HEADER] = request_id
        self._count(noted, response, time.perf_counter() - started)
        return response

    def _count(self, noted: dict[str, str], response: HttpResponse, seconds: float) -> None:
        """Written where the database has just told who is signed in: no other answer may have to wait for it."""
        tallies.observe(
            "laurel_request_seconds", seconds, view=noted["view"], status=f"{response.status_code // 100}xx"
        )
        if "user_id" in noted and response.status_code < 500:
            DATABASE.end()
            tallies.flush_if_due()


class PersonInLogMiddleware:
    """Names whoever is signed in, and the organization, by number."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with both in every line that is logged meanwhile."""
        if isinstance(request.user, User):
            person = {"user_id": request.user.pk, "organization_id": request.user.organization_id}
            request.META[NOTED] |= person
            structlog.contextvars.bind_contextvars(**person)
        return self.get_response(request)
