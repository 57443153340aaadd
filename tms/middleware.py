"""What every request of a signed-in person needs: the clock of the person's organization, and no cached pages."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from tms.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]


class OrganizationTimeMiddleware:
    """Shows times in the zone of the person's organization (S130)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under that zone."""
        if not isinstance(request.user, User):
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(request.user.organization.time_zone)):
            return self.get_response(request)


class NoStoreMiddleware:
    """A shared computer's Back button must not show a page after its reader has signed out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; a page that does not say how it may be kept is not kept."""
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
