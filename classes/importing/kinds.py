"""What each kind of file holds: its headings, what they refer to, and where its rows go. docs/import.md says it in words."""

from dataclasses import replace

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from classes.importing import cells
from classes.importing.shapes import Check, Column, Kind, Link, Reference, table
from classes.models import Class, Enrollment
from courses.models import ContentProvider, Course, CourseTag, Lab, PublishingGroup, TrainingRecord
from tms.models import Organization, User
from tms.roles import ADMINISTRATOR, INSTRUCTOR, STUDENT

SEPARATOR = f" {cells.BELOW} "


def _key(name: str, longest: int = 64, *, target: str | None = None) -> Column:
    return Column(name=name, read=cells.text(longest), is_required=True, target=target)


def _text(name: str, longest: int = 255, *, is_required: bool = False) -> Column:
    return Column(name=name, read=cells.text(longest), is_required=is_required, target=name)


def _switch(name: str, *, default: bool) -> Column:
    return Column(name=name, read=cells.boolean, type="boolean", default=default, target=name)


def _number(name: str, highest: int, *, default: int | None) -> Column:
    return Column(name=name, read=cells.number(0, highest), type="integer", default=default, target=name)


def _moment(name: str, *, is_required: bool = False, read: cells.Reader = cells.moment) -> Column:
    return Column(name=name, read=read, type="timestamptz", default=None, is_required=is_required, target=name)


def _path(name: str, *, is_required: bool = False) -> Column:
    return Column(name=name, read=cells.path, is_required=is_required)


# An organization with the separator in its name cannot be told from one below another: a path never means it.
_PATHS = (
    f"(WITH RECURSIVE named AS (SELECT * FROM {table(Organization)} "  # noqa: S608 - our own names
    f"WHERE position('{cells.BELOW}' IN name) = 0), "
    f"tree (id, path) AS (SELECT id, name::text FROM named WHERE parent_id IS NULL UNION ALL "
    f"SELECT child.id, tree.path || '{SEPARATOR}' || child.name FROM named child "
    f"JOIN tree ON child.parent_id = tree.id) SELECT id, path FROM tree)"
)
_ORGANIZATION = Reference(
    column="organization",
    into="organization_id",
    target="organization_id",
    among=_PATHS,
    match="r.path = s.organization",
    message=_("there is no organization “%(value)s”; write its path from the top, or import it first."),
)
_WITHIN = replace(_ORGANIZATION, target=None)
_COURSE_ORGANIZATION = Reference(
    column="course_organization",
    into="course_organization_id",
    among=_PATHS,
    match="r.path = coalesce(nullif(s.course_organization, ''), s.organization)",
    message=_ORGANIZATION.message,
)
_COURSE = Reference(
    column="course",
    into="course_id",
    target="course_id",
    among=table(Course),
    match="r.organization_id = s.course_organization_id AND r.number = s.course AND s.course <> ''",
    message=_("there is no course with the number “%(value)s” in that organization; import it first."),
)


_NO_USER = _("there is no user “%(value)s”; import it first, or write capitals as the account has them.")


def _user(into: str) -> Reference:
    return Reference(
        column="username",
        into=into,
        target=into,
        among=table(User),
        match="r.username = s.username",
        message=_NO_USER,
    )


ORGANIZATIONS = Kind(
    name="organizations",
    model=Organization,
    columns=(
        _path("organization", is_required=True),
        Column(name="time_zone", read=cells.time_zone, default="UTC", target="time_zone"),
        _switch("achievements_enabled", default=True),
        _switch("in_global_achievements", default=True),
        _switch("uses_contract_instructors", default=False),
    ),
    key=("organization",),
    match="t.parent_id IS NOT DISTINCT FROM s.parent_id AND t.name = s.name",
    derived={
        "name": f"regexp_replace(organization, '^.*{SEPARATOR}', '')",
        "parent": f"coalesce(substring(organization FROM '^(.*){SEPARATOR}'), '')",
    },
    also={"name": "s.name"},
    first={"created_at": "%(at)s"},
    switches=("time_zone", "achievements_enabled", "in_global_achievements"),
    references=(
        Reference(
            column="parent",
            heading="organization",
            into="parent_id",
            target="parent_id",
            among=_PATHS,
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
        Column(name="username", read=cells.username, is_required=True, target="username"),
        _path("organization", is_required=True),
        Column(name="email", read=cells.email, target="email"),
        _text("first_name", 150),
        _text("last_name", 150),
        _switch("is_active", default=True),
        _switch("participates_in_achievements", default=True),
        _switch("is_contract_instructor", default=False),
        Column(
            name="roles",
            read=cells.several(cells.word(STUDENT, INSTRUCTOR, ADMINISTRATOR)),
            type="text[]",
            default=[STUDENT],
        ),
    ),
    key=("username",),
    match="t.username = s.username",
    first={
        # Nobody can sign in with it; the random part makes the password-reset links of two accounts differ.
        "password": f"'{UNUSABLE_PASSWORD_PREFIX}' || replace(gen_random_uuid()::text, '-', '')",
        "earner_id": "gen_random_uuid()",
        "is_staff": "false",
        "is_superuser": "false",
        "date_joined": "%(at)s",
    },
    switches=("organization_id", "is_active", "participates_in_achievements"),
    references=(_ORGANIZATION,),
    checks=(
        Check(
            column="username",
            wrong="EXISTS (SELECT FROM staged x WHERE lower(x.username) = lower(s.username) "
            "AND x.username <> s.username AND x.line < s.line)",
            message=_("“%(value)s” differs from the name in an earlier line by case alone; write both alike."),
        ),
        Check(
            column="username",
            wrong=f"s.outcome = 'created' AND EXISTS (SELECT FROM {table(User)} o "
            "WHERE lower(o.username) = lower(s.username))",
            message=_("“%(value)s” differs from the name of an account by case alone; write it as the account has it."),
        ),
        Check(
            column="username",
            wrong="position('@' IN s.username) > 0 AND lower(s.username) <> lower(s.email) "
            f"AND NOT EXISTS (SELECT FROM {table(User)} o WHERE o.id = s.id AND o.has_old_name)",
            message=_("“%(value)s” holds an @; take it out, or give the account this e-mail address."),
        ),
        Check(
            column="email",
            wrong="s.email <> '' AND EXISTS (SELECT FROM staged x WHERE lower(x.email) = lower(s.email) "
            "AND x.line < s.line)",
            message=_("an earlier line of this file has the e-mail address “%(value)s”."),
        ),
        Check(
            column="email",
            wrong=f"s.email <> '' AND EXISTS (SELECT FROM {table(User)} o WHERE lower(o.email) = lower(s.email) "  # noqa: S608
            "AND o.id <> s.id AND NOT EXISTS (SELECT FROM staged x WHERE x.id = o.id))",
            message=_("another account has the e-mail address “%(value)s”."),
        ),
    ),
    links=(
        Link(
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
        _path("organization", is_required=True),
        _key("number", target="number"),
        _text("name", is_required=True),
        _switch("is_exam", default=False),
        _number("passing_score", 100, default=None),
        _number("expected_minutes", 1_000_000, default=None),
    ),
    key=("organization_id", "number"),
    match="t.organization_id = s.organization_id AND t.number = s.number",
    references=(_ORGANIZATION,),
)

COURSES = Kind(
    name="courses",
    model=Course,
    columns=(
        _path("organization", is_required=True),
        _key("number", target="number"),
        _text("name", is_required=True),
        Column(name="description", read=cells.prose(20_000), target="description"),
        Column(name="content_provider", read=cells.text(255)),
        Column(name="publishing_groups", read=cells.several(cells.text(255)), type="text[]", default=[]),
        Column(name="tags", read=cells.several(cells.text(255)), type="text[]", default=[]),
        _switch("achievements_for_outside_organizations", default=False),
        _switch("is_instructor_led", default=True),
        _switch("is_self_paced", default=True),
        _switch("is_archived", default=False),
    ),
    key=("organization_id", "number"),
    match="t.organization_id = s.organization_id AND t.number = s.number",
    references=(
        _ORGANIZATION,
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
        Link(
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
        Link(
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


def _cannot_take(wrong: str, message: str | Promise) -> Check:
    """A class cannot take the course `c`; one that has it already keeps it."""
    return Check(
        column="course",
        wrong=f"EXISTS (SELECT FROM {table(Course)} c WHERE c.id = s.course_id AND {wrong}) AND NOT EXISTS "  # noqa: S608
        f"(SELECT FROM {table(Class)} k WHERE k.id = s.id AND k.course_id = s.course_id)",
        message=message,
    )


_GROUPS = f"SELECT FROM {table(Course.publishing_groups.through)} g"
_PUBLISHED = f"{_GROUPS} JOIN {table(PublishingGroup.publishes_to.through)} p USING (publishinggroup_id)"

CLASSES = Kind(
    name="classes",
    model=Class,
    columns=(
        _path("organization", is_required=True),
        _key("number", target="number"),
        _text("name", is_required=True),
        _key("course"),
        _path("course_organization"),
        _moment("starts_at", is_required=True),
        _moment("ends_at", is_required=True),
        Column(name="time_zone", read=cells.time_zone, default="UTC", target="time_zone"),
        _text("location"),
        _number("min_students", 100_000, default=0),
        _number("max_students", 100_000, default=20),
        Column(name="instructors", read=cells.several(cells.username), type="text[]", default=[]),
    ),
    key=("organization_id", "number"),
    match="t.organization_id = s.organization_id AND t.number = s.number",
    references=(_ORGANIZATION, _COURSE_ORGANIZATION, _COURSE),
    checks=(
        Check(column="ends_at", wrong="s.ends_at <= s.starts_at", message=_("the class ends before it starts.")),
        Check(
            column="max_students",
            wrong="s.max_students < s.min_students",
            message=_("the maximum is below the minimum."),
        ),
        Check(
            column="instructors",
            wrong=f"NOT (SELECT o.uses_contract_instructors FROM {table(Organization)} o WHERE o.id = s.organization_id) "  # noqa: S608
            f"AND EXISTS (SELECT FROM {table(User)} u WHERE u.username = ANY (s.instructors) AND u.is_contract_instructor "
            f"AND NOT EXISTS (SELECT FROM {table(Class.instructors.through)} l WHERE l.class_id = s.id AND l.user_id = u.id))",
            message=_(
                "a contract instructor is among them, and the class's organization does not use contract instructors; "
                "choose others, or switch that on."
            ),
        ),
        _cannot_take("c.is_archived", _("the course “%(value)s” is archived; take another.")),
        _cannot_take(
            "NOT c.is_archived AND c.content_provider_id IS NULL",
            _("the course “%(value)s” has no content provider; give it one first."),
        ),
        _cannot_take(
            f"NOT c.is_archived AND NOT EXISTS ({_GROUPS} WHERE g.course_id = c.id)",
            _("the course “%(value)s” is in no publishing group; add it to one first."),
        ),
        _cannot_take(
            f"NOT c.is_archived AND EXISTS ({_GROUPS} WHERE g.course_id = c.id) AND NOT EXISTS "
            f"({_PUBLISHED} WHERE g.course_id = c.id AND p.organization_id = s.organization_id)",
            _(
                "the course “%(value)s” is not published to the class's organization; "
                "add it to the publishing group first."
            ),
        ),
    ),
    links=(
        Link(
            column="instructors",
            through=Class.instructors.through,
            owner="class_id",
            other="user_id",
            among=table(User),
            match="r.username = word",
            message=_NO_USER,
        ),
    ),
)

ENROLLMENTS = Kind(
    name="enrollments",
    model=Enrollment,
    columns=(
        _path("organization", is_required=True),
        _key("class"),
        Column(name="username", read=cells.username, is_required=True),
        _moment("enrolled_at", is_required=True, read=cells.moment_of_training),
        Column(
            name="enrollment_status",
            read=cells.choice(Enrollment.Status),
            default=Enrollment.Status.ENROLLED.value,
            target="enrollment_status",
        ),
        Column(
            name="completion_status",
            read=cells.choice(Enrollment.Completion),
            default=Enrollment.Completion.UNKNOWN.value,
            target="completion_status",
        ),
        _moment("completed_at", read=cells.moment_of_training),
    ),
    key=("klass_id", "student_id"),
    match="t.klass_id = s.klass_id AND t.student_id = s.student_id",
    references=(
        _WITHIN,
        Reference(
            column="class",
            into="klass_id",
            target="klass_id",
            among=table(Class),
            match="r.organization_id = s.organization_id AND r.number = s.class",
            message=_("there is no class with the number “%(value)s” in that organization; import it first."),
        ),
        _user("student_id"),
    ),
    checks=(
        Check(
            column="completion_status",
            wrong="s.completion_status <> 'unknown' AND s.enrollment_status <> 'enrolled'",
            message=_(
                "only an Enrolled student has a completion status; leave it empty, or make the student Enrolled."
            ),
        ),
        Check(
            column="completed_at",
            wrong="(s.completion_status = 'complete') <> (s.completed_at IS NOT NULL)",
            message=_("Complete needs the moment of completion, and every other completion status has none."),
        ),
    ),
)

# What the column of TrainingRecord holds.
HIGHEST_SCORE = 32_767
# A score that is new says anew whether the attempt passed; with the old one, or with none, that stays as it is.
_SAME_SCORE = (
    "(coalesce(s.score, t.score), coalesce(s.max_score, t.max_score)) IS NOT DISTINCT FROM (t.score, t.max_score)"
)

ATTEMPTS = Kind(
    name="attempts",
    model=TrainingRecord,
    columns=(
        _key("attempt", 200),
        Column(name="username", read=cells.username, is_required=True),
        _path("organization", is_required=True),
        Column(name="lab", read=cells.text(64)),
        Column(name="course", read=cells.text(64)),
        _path("course_organization"),
        _moment("started_at", is_required=True, read=cells.moment_of_training),
        _moment("completed_at", read=cells.moment_of_training),
        Column(
            name="passed",
            read=cells.boolean,
            type="boolean",
            default=None,
            target="passed",
            kept=f"CASE WHEN {_SAME_SCORE} THEN t.passed END",
        ),
        _number("score", HIGHEST_SCORE, default=None),
        Column(name="max_score", read=cells.number(1, HIGHEST_SCORE), type="integer", default=None, target="max_score"),
        _number("minutes_spent", 10_000_000, default=0),
    ),
    key=("attempt",),
    match=f"t.source = '{TrainingRecord.Source.IMPORT.value}' AND t.source_id = s.attempt",
    references=(
        _user("user_id"),
        _WITHIN,
        _COURSE_ORGANIZATION,
        Reference(
            column="lab",
            into="lab_id",
            target="lab_id",
            among=table(Lab),
            match="r.organization_id = s.organization_id AND r.number = s.lab AND s.lab <> ''",
            message=_("there is no lab with the number “%(value)s” in that organization; import it first."),
        ),
        _COURSE,
    ),
    checks=(
        Check(
            column="lab",
            wrong="s.lab = '' AND s.course = '' AND s.lab_id IS NULL AND s.course_id IS NULL",
            message=_("an attempt is at a lab, at a course, or at a lab in a course; name one."),
        ),
        Check(
            column="completed_at",
            wrong="s.completed_at < s.started_at",
            message=_("the attempt is completed before it is started."),
        ),
        Check(
            column="max_score",
            wrong="(s.score IS NULL) <> (s.max_score IS NULL)",
            message=_("a score and the highest possible score go together; fill both score and max_score, or neither."),
        ),
        Check(
            column="score",
            wrong="s.score > s.max_score",
            message=_("“%(value)s” is more than the highest possible score."),
        ),
        Check(
            column="score",
            wrong="s.score IS NOT NULL AND s.lab = '' AND s.lab_id IS NULL AND s.course_id IS NOT NULL",
            message=_("only an attempt at a lab has a score; name the lab, or leave the score empty."),
        ),
    ),
)

# In the order in which they are imported: each refers only to those before it.
KINDS = (ORGANIZATIONS, USERS, LABS, COURSES, CLASSES, ENROLLMENTS, ATTEMPTS)
