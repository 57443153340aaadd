"""What an error report may show, also the one that a developer sees while DEBUG is on."""

import re
from typing import Any

import sentry_sdk
import structlog
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from tms.monitoring.logs import hide


class DiscreetReports(SafeExceptionReporterFilter):
    """Hides what `sensitive_variables` and `sensitive_post_parameters` mark, always; Django shows it while DEBUG is on.

    A screenshot of an error page goes into a chat as easily from a test system as from anywhere.
    """

    # By name, beside what Django hides: addresses that may hold a password, as settings and as the environment has them.
    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|BROKER_URL|REDIS_URL|DATABASE_URL|EMAIL_URL",
        flags=re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always."""
        return True


class DiscreetReporter(ExceptionReporter):
    """A report without the secret in the address of a webhook, wherever in it the address stands."""

    def get_traceback_html(self) -> SafeString:
        """As a page."""
        return SafeString(hide(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """As a letter."""
        return SafeString(hide(super().get_traceback_text()))


def report_to_sentry(dsn: str, *, environment: str) -> None:
    """Send errors there: where they happened, and nothing of whom they happened to but a number."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=without_people,
        max_breadcrumbs=0,  # they quote statements with what people typed
    )


def without_people(event: Any, _hint: Any) -> Any:
    """A report as it leaves: no search, no cookie, no header but the id, and each text without what no log may tell."""
    request = event.get("request", {})
    event["request"] = {name: request[name] for name in ("method", "url") if name in request}
    event.pop("user", None)
    event.setdefault("tags", {}).update(structlog.contextvars.get_contextvars())
    return _hidden(event)


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {name: _hidden(one) for name, one in value.items()}
    return [_hidden(one) for one in value] if isinstance(value, list | tuple) else value
