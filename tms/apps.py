"""Sets the log and the reports of errors up."""

from django.apps import AppConfig
from django.conf import settings

from tms.monitoring.error_reports import report_to_sentry
from tms.monitoring.logs import configure_structlog


class TmsConfig(AppConfig):
    """The roof: it has no tables, and has the database watch those of all others."""

    name = "tms"

    def ready(self) -> None:
        """Before anything is logged or fails."""
        configure_structlog()
        if settings.SENTRY_DSN:
            report_to_sentry(settings.SENTRY_DSN, environment=settings.SENTRY_ENVIRONMENT)
