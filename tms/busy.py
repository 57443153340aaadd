"""What a page answers when the database cannot just now: another one holds the rows, it takes too long, or it is away."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

# SQLSTATE classes: connection lost, deadlock and the like, out of connections or memory, stopped by somebody or by time.
PASSING_CLASSES = frozenset({"08", "40", "53", "57"})
LOCK_NOT_AVAILABLE = "55P03"
RETRY_AFTER = 30  # seconds


def is_passing(error: BaseException | None) -> bool:
    """Whether the same request may well succeed in a while. Without a SQLSTATE there was no answer from a server."""
    if not isinstance(error, OperationalError):
        return False
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state is None or state == LOCK_NOT_AVAILABLE or state[:2] in PASSING_CLASSES


def busy_answer(request: HttpRequest) -> HttpResponse:
    """503, drawn without the database. htmx gets the message alone and puts it into the open dialog, else onto the page."""
    if request.headers.get("HX-Request") == "true":
        answer = HttpResponse(render_to_string("503.html#message"), status=503)
        answer["HX-Retarget"] = "dialog[open] .dialog-body, body:not(:has(dialog[open] .dialog-body)) #messages"
        answer["HX-Reswap"] = "afterbegin"
    else:
        answer = HttpResponse(render_to_string("503.html"), status=503)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer
