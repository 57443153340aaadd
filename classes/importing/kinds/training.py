"""Files of training: classes, enrollments and attempts."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from classes.importing import cells
from classes.importing.kinds.columns import (
    COURSE,
    COURSE_ORGANIZATION,
    NO_USER,
    ORGANIZATION,
    WITHIN,
    key,
    moment,
    number,
    path,
    text,
    user,
)
from classes.importing.shapes import FileColumn, Kind, LinkColumn, Reference, RowCheck, Trace, table
from classes.models import Class, Enrollment
from courses.models import Course, Lab, PublishingGroup, TrainingRecord
from organizations.models import Organization, User


def _cannot_take(wrong: str, message: str | Promise) -> RowCheck:
    """A class cannot take the course `c`; one that has it already keeps it."""
    return RowCheck(
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
        path("organization", is_required=True),
        key("number", target="number"),
        text("name", is_required=True),
        key("course"),
        path("course_organization"),
        moment("starts_at", is_required=True),
        moment("ends_at", is_required=True),
        FileColumn(name="time_zone", read=cells.time_zone, default="UTC", target="time_zone"),
        text("location"),
        number("min_students", 100_000, default=0),
        number("max_students", 100_000, default=20),
        FileColumn(name="instructors", read=cells.several(cells.username), type="text[]", default=[]),
    ),
    key=("organization_id", "number"),
    match="t.organization_id = s.organization_id AND t.number = s.number",
    references=(ORGANIZATION, COURSE_ORGANIZATION, COURSE),
    checks=(
        RowCheck(column="ends_at", wrong="s.ends_at <= s.starts_at", message=_("the class ends before it starts.")),
        RowCheck(
            column="max_students",
            wrong="s.max_students < s.min_students",
            message=_("the maximum is below the minimum."),
        ),
        RowCheck(
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
        LinkColumn(
            column="instructors",
            through=Class.instructors.through,
            owner="class_id",
            other="user_id",
            among=table(User),
            match="r.username = word",
            message=NO_USER,
        ),
    ),
)

_UNKNOWN, _IMPORT = Enrollment.Completion.UNKNOWN.value, Enrollment.CompletionVia.IMPORT.value
_VIA = f"CASE WHEN s.completion_status = '{_UNKNOWN}' THEN '' ELSE '{_IMPORT}' END"

ENROLLMENTS = Kind(
    name="enrollments",
    model=Enrollment,
    columns=(
        path("organization", is_required=True),
        key("class"),
        FileColumn(name="username", read=cells.username, is_required=True),
        moment("enrolled_at", is_required=True, read=cells.moment_of_training),
        FileColumn(
            name="enrollment_status",
            read=cells.choice(Enrollment.Status),
            default=Enrollment.Status.ENROLLED.value,
            target="enrollment_status",
        ),
        FileColumn(
            name="completion_status",
            read=cells.choice(Enrollment.Completion),
            default=Enrollment.Completion.UNKNOWN.value,
            target="completion_status",
        ),
        moment("completed_at", read=cells.moment_of_training),
    ),
    key=("klass_id", "student_id"),
    first={"completion_set_via": _VIA},
    traces=(
        Trace(
            of=("completion_status", "completed_at"),
            sets={"completion_set_via": _VIA, "completion_set_by_id": "NULL"},
        ),
    ),
    match="t.klass_id = s.klass_id AND t.student_id = s.student_id",
    references=(
        WITHIN,
        Reference(
            column="class",
            into="klass_id",
            target="klass_id",
            among=table(Class),
            match="r.organization_id = s.organization_id AND r.number = s.class",
            message=_("there is no class with the number “%(value)s” in that organization; import it first."),
        ),
        user("student_id"),
    ),
    checks=(
        RowCheck(
            column="completion_status",
            wrong="s.completion_status <> 'unknown' AND s.enrollment_status <> 'enrolled'",
            message=_(
                "only an Enrolled student has a completion status; leave it empty, or make the student Enrolled."
            ),
        ),
        RowCheck(
            column="completed_at",
            wrong="(s.completion_status = 'complete') <> (s.completed_at IS NOT NULL)",
            message=_("Complete needs the moment of completion, and every other completion status has none."),
        ),
    ),
)

# What the column of TrainingRecord holds.
HIGHEST_SCORE = 32_767
# A new score decides again whether the attempt passed; the old one, or none, leaves that as it is.
_SAME_SCORE = (
    "(coalesce(s.score, t.score), coalesce(s.max_score, t.max_score)) IS NOT DISTINCT FROM (t.score, t.max_score)"
)

ATTEMPTS = Kind(
    name="attempts",
    model=TrainingRecord,
    columns=(
        key("attempt", 200),
        FileColumn(name="username", read=cells.username, is_required=True),
        path("organization", is_required=True),
        FileColumn(name="lab", read=cells.text(64)),
        FileColumn(name="course", read=cells.text(64)),
        path("course_organization"),
        moment("started_at", is_required=True, read=cells.moment_of_training),
        moment("completed_at", read=cells.moment_of_training),
        FileColumn(
            name="passed",
            read=cells.boolean,
            type="boolean",
            default=None,
            target="passed",
            kept=f"CASE WHEN {_SAME_SCORE} THEN t.passed END",
        ),
        number("score", HIGHEST_SCORE, default=None),
        FileColumn(
            name="max_score", read=cells.number(1, HIGHEST_SCORE), type="integer", default=None, target="max_score"
        ),
        number("minutes_spent", 10_000_000, default=0),
    ),
    key=("attempt",),
    match=f"t.source = '{TrainingRecord.Source.IMPORT.value}' AND t.source_id = s.attempt",
    references=(
        user("user_id"),
        WITHIN,
        COURSE_ORGANIZATION,
        Reference(
            column="lab",
            into="lab_id",
            target="lab_id",
            among=table(Lab),
            match="r.organization_id = s.organization_id AND r.number = s.lab AND s.lab <> ''",
            message=_("there is no lab with the number “%(value)s” in that organization; import it first."),
        ),
        COURSE,
    ),
    checks=(
        RowCheck(
            column="lab",
            wrong="s.lab = '' AND s.course = '' AND s.lab_id IS NULL AND s.course_id IS NULL",
            message=_("an attempt is at a lab, at a course, or at a lab in a course; name one."),
        ),
        RowCheck(
            column="completed_at",
            wrong="s.completed_at < s.started_at",
            message=_("the attempt is completed before it is started."),
        ),
        RowCheck(
            column="max_score",
            wrong="(s.score IS NULL) <> (s.max_score IS NULL)",
            message=_("a score and the highest possible score go together; fill both score and max_score, or neither."),
        ),
        RowCheck(
            column="score",
            wrong="s.score > s.max_score",
            message=_("“%(value)s” is more than the highest possible score."),
        ),
        RowCheck(
            column="score",
            wrong="s.score IS NOT NULL AND s.lab = '' AND s.lab_id IS NULL AND s.course_id IS NOT NULL",
            message=_("only an attempt at a lab has a score; name the lab, or leave the score empty."),
        ),
    ),
)

# In the order in which they are imported: each refers only to those before it.
