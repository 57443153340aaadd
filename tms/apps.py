"""Installs the roles after every migrate, and checks the user names before."""

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from tms.checks import check_user_names
from tms.error_reports import report_to_sentry
from tms.logs import configure_structlog
from tms.roles import install_roles


class TmsConfig(AppConfig):
    """The foundation app."""

    name = "tms"
    verbose_name = _("Organizations and people")

    def ready(self) -> None:
        """Roles are groups, and groups are rows: they come after the tables and permissions exist."""
        register(check_user_names, Tags.database)
        post_migrate.connect(install_roles, dispatch_uid="tms.roles.install_roles")
        configure_structlog()
        if settings.SENTRY_DSN:
            report_to_sentry(settings.SENTRY_DSN, environment=settings.SENTRY_ENVIRONMENT)
