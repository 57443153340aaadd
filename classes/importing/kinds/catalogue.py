"""Files of what there is before anybody is trained: organizations, users, labs and courses."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from classes.importing import cells
from classes.importing.kinds.columns import ORGANIZATION, PATHS, SEPARATOR, key, number, path, switch, text
from classes.importing.shapes import FileColumn, Kind, LinkColumn, Reference, RowCheck, Trace, table
from courses.models import ContentProvider, Course, CourseTag, Lab, PublishingGroup
from organizations.models import Organization, User
from organizations.roles import ADMINISTRATOR, INSTRUCTOR, STUDENT


def _switched(*switches: str) -> Trace:
    """These decide whether training counts: the moment of their last change is kept."""
    return Trace(of=switches, sets={"switched_at": "statement_timestamp()"})


ORGANIZATIONS = Kind(
    name="organizations",
    model=Organization,
    columns=(
        path("organization", is_required=True),
        FileColumn(name="time_zone", read=cells.time_zone, default="UTC", target="time_zone"),
        switch("achievements_enabled", default=True),
        switch("in_global_achievements", default=True),
        switch("uses_contract_instructors", default=False),
    ),
    key=("organization",),
    match="t.parent_id IS NOT DISTINCT FROM s.parent_id AND t.name = s.name",
    derived={
        "name": f"regexp_replace(organization, '^.*{SEPARATOR}', '')",
        "parent": f"coalesce(substring(organization FROM '^(.*){SEPARATOR}'), '')",
    },
    also={"name": "s.name"},
    first={"created_at": "%(at)s"},
    traces=(_switched("time_zone", "achievements_enabled", "in_global_achievements"),),
    references=(
        Reference(
            column="parent",
            heading="organization",
            into="parent_id",
            target="parent_id",
            among=PATHS,
            match="r.path = s.parent",
            message=_("there is no organization “%(value)s” to put it in; give it a line of its own."),
        ),
    ),
    level=lambda row: str(row[0]).count(SEPARATOR),
)

USERS = Kind(
    name="users",
    model=User,
    columns=(
        FileColumn(name="username", read=cells.username, is_required=True, target="username"),
        path("organization", is_required=True),
        FileColumn(name="email", read=cells.email, target="email"),
        text("first_name", 150),
        text("last_name", 150),
        switch("is_active", default=True),
        switch("participates_in_achievements", default=True),
        switch("is_contract_instructor", default=False),
        FileColumn(
            name="roles",
            read=cells.several(cells.word(STUDENT, INSTRUCTOR, ADMINISTRATOR)),
            type="text[]",
            default=[STUDENT],
        ),
    ),
    key=("username",),
    match="t.username = s.username",
    first={
        # It opens no account; the random part makes the password-reset links of two accounts differ.
        "password": f"'{UNUSABLE_PASSWORD_PREFIX}' || replace(gen_random_uuid()::text, '-', '')",
        "earner_id": "gen_random_uuid()",
        "is_staff": "false",
        "is_superuser": "false",
        "date_joined": "%(at)s",
    },
    traces=(_switched("organization_id", "is_active", "participates_in_achievements"),),
    references=(ORGANIZATION,),
    checks=(
        RowCheck(
            column="username",
            wrong="EXISTS (SELECT FROM staged x WHERE lower(x.username) = lower(s.username) "
            "AND x.username <> s.username AND x.line < s.line)",
            message=_("“%(value)s” differs from the name in an earlier line by case alone; write both alike."),
        ),
        RowCheck(
            column="username",
            wrong=f"s.outcome = 'created' AND EXISTS (SELECT FROM {table(User)} o "
            "WHERE lower(o.username) = lower(s.username))",
            message=_("“%(value)s” differs from the name of an account by case alone; write it as the account has it."),
        ),
        RowCheck(
            column="username",
            wrong="position('@' IN s.username) > 0 AND lower(s.username) <> lower(s.email) "
            f"AND NOT EXISTS (SELECT FROM {table(User)} o WHERE o.id = s.id AND o.has_old_name)",
            message=_("“%(value)s” holds an @; take it out, or give the account this e-mail address."),
        ),
        RowCheck(
            column="email",
            wrong="s.email <> '' AND EXISTS (SELECT FROM staged x WHERE lower(x.email) = lower(s.email) "
            "AND x.line < s.line)",
            message=_("an earlier line of this file has the e-mail address “%(value)s”."),
        ),
        RowCheck(
            column="email",
            wrong=f"s.email <> '' AND EXISTS (SELECT FROM {table(User)} o WHERE lower(o.email) = lower(s.email) "  # noqa: S608
            "AND o.id <> s.id AND NOT EXISTS (SELECT FROM staged x WHERE x.id = o.id))",
            message=_("another account has the e-mail address “%(value)s”."),
        ),
    ),
    links=(
        LinkColumn(
            column="roles",
            through=User.groups.through,
            owner="user_id",
            other="group_id",
            among=table(Group),
            match="r.name = word",
            message=_("there is no role “%(value)s”; run migrate."),
        ),
    ),
)

LABS = Kind(
    name="labs",
    model=Lab,
    columns=(
        path("organization", is_required=True),
        key("number", target="number"),
        text("name", is_required=True),
        switch("is_exam", default=False),
        number("passing_score", 100, default=None),
        number("expected_minutes", 1_000_000, default=None),
    ),
    key=("organization_id", "number"),
    match="t.organization_id = s.organization_id AND t.number = s.number",
    references=(ORGANIZATION,),
)

COURSES = Kind(
    name="courses",
    model=Course,
    columns=(
        path("organization", is_required=True),
        key("number", target="number"),
        text("name", is_required=True),
        FileColumn(name="description", read=cells.prose(20_000), target="description"),
        FileColumn(name="content_provider", read=cells.text(255)),
        FileColumn(name="publishing_groups", read=cells.several(cells.text(255)), type="text[]", default=[]),
        FileColumn(name="tags", read=cells.several(cells.text(255)), type="text[]", default=[]),
        switch("achievements_for_outside_organizations", default=False),
        switch("is_instructor_led", default=True),
        switch("is_self_paced", default=True),
        switch("is_archived", default=False),
    ),
    key=("organization_id", "number"),
    match="t.organization_id = s.organization_id AND t.number = s.number",
    references=(
        ORGANIZATION,
        Reference(
            column="content_provider",
            into="content_provider_id",
            target="content_provider_id",
            among=table(ContentProvider),
            match="r.organization_id = s.organization_id AND r.name = s.content_provider",
            make=f"INSERT INTO {table(ContentProvider)} (organization_id, name) "  # noqa: S608 - our own names
            "SELECT DISTINCT organization_id, content_provider FROM referring "
            "WHERE organization_id IS NOT NULL AND content_provider <> '' ON CONFLICT DO NOTHING",
        ),
    ),
    links=(
        LinkColumn(
            column="publishing_groups",
            through=Course.publishing_groups.through,
            owner="course_id",
            other="publishinggroup_id",
            among=table(PublishingGroup),
            match="r.organization_id = s.organization_id AND r.name = word",
            # A new group publishes to the course's organization and to those below it.
            make=f"WITH RECURSIVE made AS (INSERT INTO {table(PublishingGroup)} (organization_id, name) "  # noqa: S608 - our own names
            "SELECT DISTINCT s.organization_id, word FROM staged s CROSS JOIN unnest(s.publishing_groups) word "
            "ON CONFLICT DO NOTHING RETURNING id, organization_id), "
            "below AS (SELECT id AS group_id, organization_id FROM made UNION SELECT below.group_id, child.id "
            f"FROM below JOIN {table(Organization)} child ON child.parent_id = below.organization_id) "
            f"INSERT INTO {table(PublishingGroup.publishes_to.through)} (publishinggroup_id, organization_id) "
            "SELECT group_id, organization_id FROM below",
        ),
        LinkColumn(
            column="tags",
            through=Course.tags.through,
            owner="course_id",
            other="coursetag_id",
            among=table(CourseTag),
            match="r.organization_id = s.organization_id AND r.name = word",
            make=f"INSERT INTO {table(CourseTag)} (organization_id, name) "  # noqa: S608 - our own names
            "SELECT DISTINCT s.organization_id, word FROM staged s CROSS JOIN unnest(s.tags) word ON CONFLICT DO NOTHING",
        ),
    ),
)
