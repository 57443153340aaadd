"""The three roles and what each may do, as Django groups and permissions (S134, S140)."""

from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STUDENT = "Student"
INSTRUCTOR = "Instructor"
ADMINISTRATOR = "Administrator"

# The groups' names are data, and English; people read these.
_WORDS: dict[str, Promise] = {STUDENT: _("Student"), INSTRUCTOR: _("Instructor"), ADMINISTRATOR: _("Administrator")}

ISSUE_IN_CLASSES = "classes.issue_badges"
SEARCH_ENROLLMENTS = "classes.search_enrollments"
ISSUE_IN_ASSIGNMENTS = "courses.issue_badges_in_assignments"
RUN_SWEEP = "achievements.run_sweep"
REVOKE_ISSUED = "badges.revoke_issuedbadge"
RETRY_ISSUED = "badges.retry_issuedbadge"

# What an administrator may do with each model; rows outside the managed organizations stay out of reach (visible_to).
_FULL = ("view", "add", "change", "delete")
_KEEP = ("view", "add", "change")
_SEE = ("view",)
_ADMINISTERED: dict[str, tuple[str, ...]] = {
    "organizations.organization": _KEEP,
    "organizations.user": _KEEP,
    "organizations.auditentry": _SEE,
    "listing.savedview": _SEE,
    "badges.badgeprovider": _KEEP,
    "badges.badge": _FULL,
    "badges.issuedbadge": _SEE,
    "badges.issuancebatch": _SEE,
    "badges.issuanceitem": _SEE,
    "courses.contentprovider": _FULL,
    "courses.publishinggroup": _FULL,
    "courses.coursetag": _FULL,
    "courses.course": _FULL,
    "courses.lab": _FULL,
    "courses.courseactivity": _FULL,
    "courses.subscriptionprofile": _FULL,
    "courses.learningpath": _FULL,
    "courses.learningpathcourse": _FULL,
    "courses.courseassignment": _KEEP,
    "courses.trainingrecord": _SEE,
    "classes.class": _FULL,
    "classes.enrollment": _KEEP,
    "achievements.achievement": _FULL,
    "achievements.earnedachievement": _SEE,
    "achievements.hold": ("view", "change"),
    "achievements.sweep": _SEE,
    "achievements.sweepproblem": _SEE,
}

PERMISSIONS: dict[str, list[str]] = {
    STUDENT: [],
    INSTRUCTOR: [
        "classes.view_class",
        "classes.view_enrollment",
        "classes.change_enrollment",
        SEARCH_ENROLLMENTS,
        ISSUE_IN_CLASSES,
    ],
    ADMINISTRATOR: [
        SEARCH_ENROLLMENTS,
        ISSUE_IN_CLASSES,
        ISSUE_IN_ASSIGNMENTS,
        RUN_SWEEP,
        REVOKE_ISSUED,
        RETRY_ISSUED,
        *(
            f"{model.split('.')[0]}.{verb}_{model.split('.')[1]}"
            for model, verbs in _ADMINISTERED.items()
            for verb in verbs
        ),
    ],
}


def role_name(group: str) -> str:
    """What people call the role; a group of somebody's own is called as it is."""
    return str(_WORDS.get(group, group))


def install_roles(**_signal: Any) -> None:
    """Create the roles and give each what it lacks; safe to repeat.

    Runs after each app's migrations: permissions that do not exist yet come with a later call. A permission somebody
    added to a role stays.
    """
    # Asked for here: the app's configuration imports this module before there are models.
    groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    for role, names in PERMISSIONS.items():
        group, _created = groups.get_or_create(name=role)
        wanted = {tuple(name.split(".")) for name in names}
        found = permissions.filter(
            content_type__app_label__in={app for app, _name in wanted}, codename__in={name for _app, name in wanted}
        ).select_related("content_type")
        group.permissions.add(*(p for p in found if (p.content_type.app_label, p.codename) in wanted))
