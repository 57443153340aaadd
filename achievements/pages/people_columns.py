"""The columns of the list of users."""

from django.utils.translation import gettext_lazy as _

from listing.columns import organization_column
from listing.lists import Column
from organizations.models import User
from organizations.roles import role_name


def roles_of(user: User) -> str:
    """Their names; the groups are prefetched."""
    return ", ".join(sorted(role_name(group.name) for group in user.groups.all()))


USERS: list[Column[User]] = [
    Column(
        name="name",
        label=_("Name"),
        value="display_name",
        template="achievements/users.html#name",
        order_by=("last_name", "first_name", "username"),
    ),
    Column(name="email", label=_("E-mail address"), template="achievements/users.html#email", order_by=("email",)),
    organization_column(hidden_if_same=True),
    Column(name="roles", label=_("Roles"), value=roles_of),
    Column(
        name="participates",
        label=_("Participates"),
        value="participates_in_achievements",
        order_by=("participates_in_achievements", "last_name", "first_name"),
        css_class="wide-only",
    ),
    Column(name="achievements", label=_("Achievements"), value="earned_count", css_class="num", hidden=True),
    Column(name="badges", label=_("Badges"), value="held_count", css_class="num wide-only"),
    Column(
        name="last_login",
        label=_("Last sign-in"),
        order_by=("last_login",),
        empty_last=True,
        css_class="wide-only",
    ),
    Column(name="username", label=_("User name"), order_by=("username",), hidden=True),
    Column(name="date_joined", label=_("Since"), order_by=("date_joined",), hidden=True),
    Column(name="active", label=_("Active"), value="is_active", order_by=("is_active", "last_name"), hidden=True),
    Column(name="id", label=_("Id"), value="pk", order_by=("pk",), css_class="num", hidden=True),
    Column(name="actions", label="", template="achievements/users.html#actions", exported=False, css_class="actions"),
]
