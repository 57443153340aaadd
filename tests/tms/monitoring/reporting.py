"""Run as a process of its own by test_error_reports: the product with Sentry on, and a view and a line that fail."""

import logging

import django
import sentry_sdk
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path

CANARY = "jane.doe@example.org"


@login_not_required
def failing(request: HttpRequest) -> HttpResponse:
    secret = request.GET["q"]
    raise ValueError(f"could not find {secret}")


def broken(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=500)


urlpatterns = [path("failing/", failing)]
handler500 = "tests.tms.monitoring.reporting.broken"


def main() -> None:
    django.setup()
    settings.ROOT_URLCONF = "tests.tms.monitoring.reporting"
    settings.ALLOWED_HOSTS = ["testserver"]
    headers = {"Authorization": "Bearer canary", "Cookie": "a=canary", "X-Request-ID": "request-of-the-tests"}
    asked = RequestFactory().get("/failing/", {"q": CANARY}, headers=headers)
    b"".join(get_wsgi_application()(asked.environ, lambda *_arguments: len))
    logging.getLogger("operation.wake").error("Not sent to %s by /webhooks/1/canary/", CANARY)
    sentry_sdk.flush(timeout=30)


if __name__ == "__main__":
    main()
