"""The request as views know it, for their types."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from tms.models import User


class Request(HttpRequest):
    """Of somebody signed in: LoginRequiredMiddleware lets nobody else reach a view that does not say so."""

    user: User
    htmx: HtmxDetails
