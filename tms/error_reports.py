"""What an error report may show, also the one that a developer sees while DEBUG is on."""

import re

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from tms.logs import hide


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
