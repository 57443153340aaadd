"""Names the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationConfig(AppConfig):
    """What keeps the product at work."""

    name = "operation"
    verbose_name = _("Operation")
