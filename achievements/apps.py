"""Names the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AchievementsConfig(AppConfig):
    """Achievements."""

    name = "achievements"
    verbose_name = _("Achievements")
