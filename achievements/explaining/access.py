"""Who may ask about whom: about which students, and for each of them about which achievements, "Why not yet?" (N2).

Users may ask about themselves, administrators about the people of their organizations, and those who open a roster
about the students on it, but for them only about the achievements that the class has to do with.
"""

from django.db.models import Q
from django.utils.functional import cached_property

from achievements.models import Achievement, AchievementQuerySet
from achievements.reaching import reaches
from classes.models import Class, ClassQuerySet, Enrollment, EnrollmentQuerySet
from organizations.access import manages
from organizations.models import Organization, User, UserQuerySet
from organizations.scope import people_in_scope

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

    @cached_property
    def address(self) -> str:
        """By which the user knows the student, or nothing outside the user's scope."""
        if self.user == self.student or not people_in_scope(self.user).filter(pk=self.student.pk).exists():
            return ""
        return self.student.email or self.student.username

    @cached_property
    def classes(self) -> ClassQuerySet:
        """Those with the student on a roster that the user may open, the newest first."""
        lines = _on_rosters_of(self.user).filter(student=self.student).values("klass_id")
        return Class.objects.with_roster_for(self.user).filter(pk__in=lines).order_by("-starts_at", "-pk")

    @property
    def opens_page(self) -> bool:
        """Whether the student's page, which is another's, is open to the user."""
        if self.user == self.student or not self.user.has_perm("organizations.view_user"):
            return False
        return User.objects.visible_to(self.user).filter(pk=self.student.pk).exists()

    @property
    def takes_part(self) -> bool:
        """Whether the student takes part in achievements. Who does not is shown none on pages of his or her own (S89)."""
        return self.student.participates_in_achievements and self.student.organization.achievements_enabled

    @property
    def achievements(self) -> AchievementQuerySet:
        """The achievements about which the user may ask."""
        if self.user == self.student and not self.takes_part:
            return Achievement.objects.none()
        in_reach = Achievement.objects.in_reach_of(self.student) if self.is_close else self._of_classes()
        if not self.user.has_perm(SEE_EARNED):
            return in_reach
        managed = Achievement.objects.visible_to(self.user).values("pk")
        return Achievement.objects.filter(Q(pk__in=in_reach.values("pk")) | Q(pk__in=managed))

    def _of_classes(self) -> AchievementQuerySet:
        """An instructor sees of an organization what belongs to the classes he or she teaches there (S136)."""
        lines = _on_rosters_of(self.user).filter(student=self.student)
        classes = Class.objects.filter(pk__in=lines.values("klass_id"))
        reach = Q(organization_id__in=classes.values("organization_id"))
        if self.student.organization.in_global_achievements:
            of_classes = Organization.objects.filter(pk__in=classes.values("organization_id"))
            # Both: what is global in an outsider's own tree is no business of the class's instructor.
            reach |= reaches(Organization.objects.filter(pk=self.student.organization_id)) & reaches(of_classes)
        return Achievement.objects.enabled().filter(reach)


def _on_rosters_of(user: User) -> EnrollmentQuerySet:
    return Enrollment.objects.on_rosters_of(user).exclude(enrollment_status__in=NOT_ON_THE_ROSTER)
