"""The rules of issuing badges from a course assignment: who may, which badges, and what stands in the way."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from badges.issuing import Source
from badges.issuing.reports import Refusal
from badges.models import Badge, BadgeQuerySet, IssuedBadge, IssuedBadgeQuerySet, Via
from courses.models import Course, CourseAssignment
from organizations.access import managed_organizations
from organizations.models import User
from organizations.roles import ISSUE_IN_ASSIGNMENTS


def may_issue(assignment: CourseAssignment, user: User) -> bool:
    """Whether the user may issue badges from this assignment (S37, S140): the permission, and one he or she manages."""
    managed = CourseAssignment.objects.managed_by(user).filter(pk=assignment.pk)
    return user.has_perm(ISSUE_IN_ASSIGNMENTS) and managed.exists()


def is_over(assignment: CourseAssignment) -> bool:
    """Whether it was cancelled before it was completed: then nothing is issued from it."""
    return assignment.cancelled_at is not None and assignment.completed_at is None


def refusal() -> Refusal:
    """Why nothing is issued from an assignment that is over."""
    return Refusal("assignment_cancelled", _("This course assignment was cancelled."))


def offered_badges(assignment: CourseAssignment, user: User) -> BadgeQuerySet:
    """The badges with manual issuance of the organizations the user manages, children included (S20).

    `is_of_course` marks those associated with the course, which come first (S143).
    """
    associated = Course.badges.through.objects.filter(course_id=assignment.course_id, badge_id=OuterRef("pk"))
    badges = Badge.objects.manually_issuable().filter(organization__in=managed_organizations(user))
    offered = badges.select_related("provider", "organization").annotate(is_of_course=Exists(associated))
    return offered.order_by("-is_of_course", "name", "pk")


def source(assignment: CourseAssignment) -> Source:
    """Where a badge issued from this assignment comes from."""
    return Source(Via.ASSIGNMENT, assignment.pk, assignment.course.name)


def refusals(assignment: CourseAssignment) -> dict[int, Refusal]:
    """By student id, what stands in the way of issuing from this assignment."""
    return {assignment.student_id: refusal()} if is_over(assignment) else {}


def badges_of(assignment: CourseAssignment, user: User) -> IssuedBadgeQuerySet:
    """The badges that the student was given and the user may see, the newest first: the original shows none (S40).

    Also those that were revoked and not given again; those that were refused for good, but not to the student.
    """
    given = IssuedBadge.objects.visible_to(user).last_of_each().filter(student_id=assignment.student_id)
    if user.pk == assignment.student_id:
        given = given.unrefused()
    return given.select_related("badge", "provider").order_by("-issued_at", "-pk")
