"""Installs the roles after every migrate, and checks the user names before."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from organizations.checks import check_user_names
from organizations.roles import install_roles


class OrganizationsConfig(AppConfig):
    """Organizations and people."""

    name = "organizations"
    verbose_name = _("Organizations and people")

    def ready(self) -> None:
        """Roles are groups, and groups are rows: they come after the tables and permissions exist."""
        register(check_user_names, Tags.database)
        post_migrate.connect(install_roles, dispatch_uid="organizations.roles.install_roles")
