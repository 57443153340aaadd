"""The columns of the list of achievements with a student's progress in each."""

from django.utils.translation import gettext_lazy as _

from achievements.models import Achievement
from listing.columns import organization_column
from listing.lists import Column

PROGRESS: list[Column[Achievement]] = [
    Column(name="name", label=_("Achievement"), template="achievements/ask.html#name", order_by=("name",)),
    organization_column(),
    Column(name="points", label=_("Points"), order_by=("points",), css_class="num"),
    Column(
        name="progress",
        label=_("Progress"),
        template="achievements/ask.html#progress",
        css_class="reason",
        exported=False,
    ),
]
