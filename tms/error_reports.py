"""What an error report may show, also the one that a developer sees while DEBUG is on."""

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class DiscreetReports(SafeExceptionReporterFilter):
    """Hides what `sensitive_variables` and `sensitive_post_parameters` mark, always; Django shows it while DEBUG is on.

    A screenshot of an error page goes into a chat as easily from a test system as from anywhere.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always."""
        return True
