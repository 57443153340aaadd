"""Has what a request does noted with who asked, and from where."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from organizations.audit.acting import acting
from organizations.audit.actions import Action
from organizations.audit.recording import record
from organizations.models import AuditEntry, User


class AuditMiddleware:
    """Stands behind the one that tells who is signed in. Of pages that somebody may not have, it notes that he or she asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        with acting(request):
            response = self.get_response(request)
            if response.status_code == HTTPStatus.FORBIDDEN and isinstance(request.user, User):
                page = request.resolver_match.view_name if request.resolver_match else ""
                record(Action.REFUSED, result=AuditEntry.Result.REFUSED, words=page)
        return response
