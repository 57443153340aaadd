"""The columns that kinds of files share, and what a column refers to."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from classes.importing import cells
from classes.importing.shapes import FileColumn, Reference, table
from courses.models import Course
from organizations.models import Organization, User

SEPARATOR = f" {cells.BELOW} "


def key(name: str, longest: int = 64, *, target: str | None = None) -> FileColumn:
    """What names the row among those of its kind."""
    return FileColumn(name=name, read=cells.text(longest), is_required=True, target=target)


def text(name: str, longest: int = 255, *, is_required: bool = False) -> FileColumn:
    """Words on one line, written as they come."""
    return FileColumn(name=name, read=cells.text(longest), is_required=is_required, target=name)


def switch(name: str, *, default: bool) -> FileColumn:
    """Yes or no."""
    return FileColumn(name=name, read=cells.boolean, type="boolean", default=default, target=name)


def number(name: str, highest: int, *, default: int | None) -> FileColumn:
    """A whole number from 0 to `highest`."""
    return FileColumn(name=name, read=cells.number(0, highest), type="integer", default=default, target=name)


def moment(name: str, *, is_required: bool = False, read: cells.Reader = cells.moment) -> FileColumn:
    """A moment, in UTC where it names no offset."""
    return FileColumn(name=name, read=read, type="timestamptz", default=None, is_required=is_required, target=name)


def path(name: str, *, is_required: bool = False) -> FileColumn:
    """An organization, by its path from the top."""
    return FileColumn(name=name, read=cells.path, is_required=is_required)


# An organization with the separator in its name cannot be told from one below another: a path never means it.
PATHS = (
    f"(WITH RECURSIVE named AS (SELECT * FROM {table(Organization)} "  # noqa: S608 - our own names
    f"WHERE position('{cells.BELOW}' IN name) = 0), "
    f"tree (id, path) AS (SELECT id, name::text FROM named WHERE parent_id IS NULL UNION ALL "
    f"SELECT child.id, tree.path || '{SEPARATOR}' || child.name FROM named child "
    f"JOIN tree ON child.parent_id = tree.id) SELECT id, path FROM tree)"
)
ORGANIZATION = Reference(
    column="organization",
    into="organization_id",
    target="organization_id",
    among=PATHS,
    match="r.path = s.organization",
    message=_("there is no organization “%(value)s”; write its path from the top, or import it first."),
)
WITHIN = replace(ORGANIZATION, target=None)
COURSE_ORGANIZATION = Reference(
    column="course_organization",
    into="course_organization_id",
    among=PATHS,
    match="r.path = coalesce(nullif(s.course_organization, ''), s.organization)",
    message=ORGANIZATION.message,
)
COURSE = Reference(
    column="course",
    into="course_id",
    target="course_id",
    among=table(Course),
    match="r.organization_id = s.course_organization_id AND r.number = s.course AND s.course <> ''",
    message=_("there is no course with the number “%(value)s” in that organization; import it first."),
)


NO_USER = _("there is no user “%(value)s”; import it first, or write capitals as the account has them.")


def user(into: str) -> Reference:
    """The person of this user name, written `into` that column."""
    return Reference(
        column="username",
        into=into,
        target=into,
        among=table(User),
        match="r.username = s.username",
        message=NO_USER,
    )
