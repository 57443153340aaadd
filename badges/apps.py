"""Names the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BadgesConfig(AppConfig):
    """Badges."""

    name = "badges"
    verbose_name = _("Badges")
