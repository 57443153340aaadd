"""What a page answers when the database cannot just now: another one holds the rows, it takes too long, or it is away."""

from enum import StrEnum

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

# SQLSTATE classes: connection lost, deadlock and the like, out of connections or memory, stopped by somebody or by time.
PASSING_CLASSES = frozenset({"08", "40", "53", "57"})
LOCK_NOT_AVAILABLE = "55P03"
# Connection lost, and the server on its way down or up.
AWAY_CLASSES = ("08", "57P")
RETRY_AFTER = 30  # seconds
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class RequestOutcome(StrEnum):
    """What became of the request, for all that we know."""

    NOT_SHOWN = "not shown"
    NOT_SAVED = "not saved"
    UNKNOWN = "unknown"


def is_passing(error: BaseException | None) -> bool:
    """Whether the same request may well succeed in a while."""
    if not isinstance(error, OperationalError):
        return False
    state = _state_of(error)
    return is_away(error) or state == LOCK_NOT_AVAILABLE or state[:2] in PASSING_CLASSES


def is_away(error: BaseException | None) -> bool:
    """Whether the server is not there at all, for anybody. Without a SQLSTATE none answered."""
    return isinstance(error, OperationalError) and (not _state_of(error) or _state_of(error).startswith(AWAY_CLASSES))


def _state_of(error: OperationalError) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""


def count_commits_anew() -> None:
    """From here on what is committed belongs to the next request."""
    connection.commits = 0  # type: ignore[attr-defined]  # of operation.database


def commits_so_far() -> int:
    """How many changes may have been saved since, on the connection of this thread."""
    count: int = connection.commits  # type: ignore[attr-defined]  # of operation.database
    return count


def outcome_of(request: HttpRequest) -> RequestOutcome:
    """Nothing is saved for certain only while no commit was sent for it, or each was refused."""
    if request.method in SAFE_METHODS:
        return RequestOutcome.NOT_SHOWN
    return RequestOutcome.UNKNOWN if commits_so_far() else RequestOutcome.NOT_SAVED


def busy_answer(request: HttpRequest) -> HttpResponse:
    """503, drawn without the database. htmx gets the message alone and puts it into the open dialog, else onto the page."""
    words = {"outcome": outcome_of(request)}
    if request.headers.get("HX-Request") == "true":
        answer = HttpResponse(render_to_string("503.html#message", words), status=503)
        answer["HX-Retarget"] = "dialog[open] .dialog-body, body:not(:has(dialog[open] .dialog-body)) #messages"
        answer["HX-Reswap"] = "afterbegin"
    else:
        answer = HttpResponse(render_to_string("503.html", words), status=503)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer
