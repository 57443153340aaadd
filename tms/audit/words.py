"""What the audit's page calls actions, and what they are about."""

from django.apps import apps
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from organizations.audit.actions import Action

ACTIONS: dict[str, str | Promise] = {
    Action.ADDED: _("Added"),
    Action.CHANGED: _("Changed"),
    Action.DELETED: _("Deleted"),
    Action.SIGNED_IN: _("Signed in"),
    Action.SIGNED_OUT: _("Signed out"),
    Action.PASSWORD_LETTER: _("Password letter asked for"),
    Action.SESSIONS_ENDED: _("Sessions ended"),
    Action.REFUSED: _("Page refused"),
    Action.EXPORTED: _("Exported"),
}
# What the audit notes rows of; each by the name that its pages give it.
KINDS = (
    "achievements.achievement",
    "achievements.hold",
    "achievements.sweep",
    "auth.group",
    "badges.badge",
    "badges.badgeprovider",
    "badges.issuancebatch",
    "badges.issuedbadge",
    "badges.issuerkey",
    "classes.class",
    "classes.enrollment",
    "courses.contentprovider",
    "courses.course",
    "courses.courseassignment",
    "courses.coursetag",
    "courses.lab",
    "courses.learningpath",
    "courses.publishinggroup",
    "courses.subscriptionprofile",
    "listing.savedview",
    "organizations.brand",
    "organizations.organization",
    "organizations.user",
)


def action_in_words(action: str) -> str:
    """What was done; of an older version's action its name."""
    return str(ACTIONS.get(action, action))


def kind_in_words(kind: str) -> str:
    """What a row is called, or nothing."""
    return capfirst(str(apps.get_model(kind)._meta.verbose_name)) if kind in KINDS else ""


def kinds() -> list[tuple[str, str]]:
    """For a filter, in the order of the alphabet."""
    return sorted(((kind, kind_in_words(kind)) for kind in KINDS), key=lambda pair: pair[1].casefold())
