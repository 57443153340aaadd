"""Puts the product's admin site in the place of Django's. Alone, because it is loaded before any model may be."""

from django.contrib.admin.apps import AdminConfig


class LaurelAdminConfig(AdminConfig):
    """Stands in INSTALLED_APPS where Django's own admin would."""

    default_site = "tms.admin_site.LaurelAdminSite"
