"""The columns of the lists of badge providers and of their templates."""

from django.utils.translation import gettext_lazy as _

from badges.models import BadgeProvider, BadgeTemplate
from listing.columns import organization_column
from listing.lists import Column

# A page counts what waits at each provider and what failed there, and stops here; the export counts it all.
MOST_DELIVERIES = 1_000

PROVIDERS: list[Column[BadgeProvider]] = [
    Column(name="name", label=_("Name"), template="badges/providers/list.html#name", order_by=("name",)),
    organization_column(hidden_if_same=True),
    Column(name="kind", label=_("Type"), value="get_kind_display", order_by=("kind", "name"), css_class="nowrap"),
    Column(
        name="state",
        label=_("State"),
        value=lambda row: state_of(row)[1],
        template="badges/providers/list.html#state",
        order_by=("-is_enabled", "paused_at", "name"),
        empty_last=True,
    ),
    Column(name="badges", label=_("Badges"), value="badge_count", css_class="num"),
    Column(
        name="waiting", label=_("Waiting"), value="waiting_count", template="tms/_number_up_to.html", css_class="num"
    ),
    Column(name="failed", label=_("Failed"), value="failed_count", template="tms/_number_up_to.html", css_class="num"),
    Column(name="description", label=_("Description"), value="description", hidden=True),
    Column(name="created_at", label=_("Created"), order_by=("created_at",), hidden=True),
    Column(
        name="actions", label="", template="badges/providers/list.html#actions", exported=False, css_class="actions"
    ),
]

TEMPLATES: list[Column[BadgeTemplate]] = [
    Column(name="name", label=_("Name"), template="badges/providers/templates.html#name", order_by=("name",)),
    Column(
        name="state",
        label=_("State"),
        value="get_state_display",
        template="badges/providers/templates.html#state",
        order_by=("state", "name"),
    ),
    Column(
        name="duplicates",
        label=_("Allows duplicates"),
        value="allows_duplicates",
        template="badges/providers/templates.html#duplicates",
        order_by=("allows_duplicates", "name"),
    ),
    Column(
        name="id",
        label=_("Template Id"),
        value="external_id",
        template="badges/providers/templates.html#id",
        order_by=("external_id",),
    ),
    Column(name="description", label=_("Description"), hidden=True),
    Column(name="read_at", label=_("Read"), order_by=("read_at",), hidden=True),
    Column(
        name="actions",
        label=_("Badge"),
        value="external_id",
        template="badges/providers/templates.html#badge",
        exported=False,
    ),
]


def state_of(provider: BadgeProvider) -> tuple[str, str]:
    """How a provider stands: the colour of the pill, and the words in it."""
    if not provider.is_enabled:
        return "", str(_("Switched off"))
    if provider.paused_at is not None:
        return "bad", str(_("Paused"))
    return "good", str(_("Enabled"))
