"""Who may ask about whom: about which students, and for each of them about which achievements, "Why not yet?" (N2).

Everybody may ask about himself, administrators about the people of their organizations, and whoever opens a roster
about the students on it, but for them only about the achievements that the class has to do with.
"""

from django.db.models import Exists, Q
from django.utils.functional import cached_property

from achievements.models import Achievement, AchievementQuerySet, EarnedAchievement
from classes.models import Class, Enrollment, EnrollmentQuerySet
from courses.models import Course, TrainingRecord
from tms.access import manages
from tms.models import User, UserQuerySet

SEE_EARNED = "achievements.view_earnedachievement"
NOT_ON_THE_ROSTER = [Enrollment.Status.CANCELLED, Enrollment.Status.DENIED]


def students_in_reach(user: User) -> UserQuerySet:
    """The people about whom the user may ask, and those whose organization the user manages without the permission."""
    by_roster = _on_rosters_of(user).values("student_id")
    visible = User.objects.visible_to(user).values("pk")
    return User.objects.get_queryset().filter(Q(pk__in=visible) | Q(pk__in=by_roster))


class Asking:
    """One user who asks about one student in reach."""

    def __init__(self, user: User, student: User) -> None:
        self.user = user
        self.student = student

    @cached_property
    def is_close(self) -> bool:
        """Whether the user is the student or administers the student: then every record may be shown."""
        if self.user == self.student:
            return True
        return self.user.has_perm(SEE_EARNED) and manages(self.user, self.student.organization_id)

    @cached_property
    def is_allowed(self) -> bool:
        """Whether the user may ask at all; who manages the student without the permission may not."""
        return self.is_close or _on_rosters_of(self.user).filter(student=self.student).exists()

    @property
    def achievements(self) -> AchievementQuerySet:
        """The achievements about which the user may ask."""
        reach = _in_reach_of(self.student) if self.is_close else self._of_classes()
        if self.user.has_perm(SEE_EARNED):
            reach |= Q(pk__in=Achievement.objects.visible_to(self.user).values("pk"))
        return Achievement.objects.filter(reach)

    def _of_classes(self) -> Q:
        """An instructor sees of an organization what belongs to the classes he or she teaches there (S136)."""
        lines = _on_rosters_of(self.user).filter(student=self.student)
        classes = Class.objects.filter(pk__in=lines.values("klass_id"))
        return Q(is_enabled=True) & (
            Q(organization_id__in=classes.values("organization_id")) | _global_for(self.student)
        )


def _on_rosters_of(user: User) -> EnrollmentQuerySet:
    return Enrollment.objects.on_rosters_of(user).exclude(enrollment_status__in=NOT_ON_THE_ROSTER)


def _global_for(student: User) -> Q:
    return Q(is_global=True) if student.organization.in_global_achievements else Q(pk__in=[])


def _in_reach_of(student: User) -> Q:
    """What the student could earn, or has earned: of the own organization, global, and, for whoever has taken a course
    in which outsiders may earn achievements, of the organizations that have such courses (S85).
    """
    open_courses = Course.objects.filter(achievements_for_outside_organizations=True)
    has_taken_one = Q(Exists(TrainingRecord.objects.filter(user=student, course__in=open_courses)))
    hosts = Q(organization_id__in=open_courses.values("organization_id")) & has_taken_one
    earned = EarnedAchievement.objects.filter(user=student).values("achievement_id")
    home = Q(organization_id=student.organization_id)
    return (Q(is_enabled=True) & (home | hosts | _global_for(student))) | Q(pk__in=earned)
