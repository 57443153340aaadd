"""Who may ask about whom: about which students, and for each of them about which achievements, "Why not yet?" (N2).

Users may ask about themselves, administrators about the people of their organizations, and those who open a roster
about the students on it, but for them only about the achievements, badges and training that the class has to do with.
"""

from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.utils.functional import cached_property

from achievements.models import Achievement, AchievementQuerySet, EarnedAchievement, EarnedAchievementQuerySet
from achievements.reaching import reaches
from badges.models import IssuedBadge, IssuedBadgeQuerySet
from classes.models import Class, ClassQuerySet, Enrollment, EnrollmentQuerySet
from courses.models import CourseAssignment, CourseAssignmentQuerySet, TrainingRecord, TrainingRecordQuerySet
from organizations.access import manages
from organizations.models import Organization, OrganizationQuerySet, User, UserQuerySet
from organizations.scope import people_in_scope

SEE_EARNED, SEE_ISSUED = "achievements.view_earnedachievement", "badges.view_issuedbadge"
SEE_TRAINING, SEE_USERS = "courses.view_trainingrecord", "organizations.view_user"
SEE_ROSTERS = "classes.view_enrollment"
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

    @property
    def is_own(self) -> bool:
        """Whether the user asks about himself or herself."""
        return self.user == self.student

    @cached_property
    def is_manager(self) -> bool:
        """Whether the student's organization is one that the user manages."""
        return manages(self.user, self.student.organization_id)

    @property
    def is_close(self) -> bool:
        """Whether the user is the student or administers the student: then every record may be shown."""
        return self.is_own or (self.user.has_perm(SEE_EARNED) and self.is_manager)

    @property
    def sees_training(self) -> bool:
        """Whether all training of the student is open to the user, and not that of a roster alone."""
        return self.is_own or (self.user.has_perm(SEE_TRAINING) and self.is_manager)

    @property
    def sees_account(self) -> bool:
        """Whether what the account says is open to the user."""
        return self.is_own or self.opens_page

    @cached_property
    def is_allowed(self) -> bool:
        """Whether the user may ask at all; who manages the student without the permission may not."""
        return self.is_close or _on_rosters_of(self.user).filter(student=self.student).exists()

    @cached_property
    def address(self) -> str:
        """By which the user knows the student, or nothing outside the user's scope."""
        if self.is_own or not people_in_scope(self.user).filter(pk=self.student.pk).exists():
            return ""
        return self.student.email or self.student.username

    @cached_property
    def classes(self) -> ClassQuerySet:
        """Those with the student on a roster that the user may open, the newest first."""
        lines = _on_rosters_of(self.user).filter(student=self.student).values("klass_id")
        return Class.objects.with_roster_for(self.user).filter(pk__in=lines).order_by("-starts_at", "-pk")

    @property
    def opens_page(self) -> bool:
        """Whether the student is another one among the users whom the user looks after."""
        return not self.is_own and self.user.has_perm(SEE_USERS) and self.is_manager

    @property
    def takes_part(self) -> bool:
        """Whether the student takes part in achievements. Who does not is shown none on pages of his or her own (S89)."""
        return self.student.participates_in_achievements and self.student.organization.achievements_enabled

    @property
    def achievements(self) -> AchievementQuerySet:
        """The achievements about which the user may ask."""
        if self.is_own and not self.takes_part:
            return Achievement.objects.none()
        in_reach = Achievement.objects.in_reach_of(self.student) if self.is_close else self._of_classes()
        if not self.user.has_perm(SEE_EARNED):
            return in_reach
        managed = Achievement.objects.visible_to(self.user).values("pk")
        return Achievement.objects.filter(Q(pk__in=in_reach.values("pk")) | Q(pk__in=managed))

    @property
    def earned(self) -> EarnedAchievementQuerySet:
        """What the user may know that the student has earned: hidden, while the student takes no part (S89)."""
        rows = EarnedAchievement.objects.filter(user=self.student)
        if not self.takes_part:
            return rows.none()
        return rows if self.is_close else rows.filter(achievement__in=self.achievements.values("pk"))

    @property
    def issued(self) -> IssuedBadgeQuerySet:
        """The student's badges that the user's lists and rosters show; one's own only when they cannot be undone."""
        rows = IssuedBadge.objects.filter(student=self.student)
        if self.is_own:
            return rows.beyond_undo()
        sees_issued = self.user.has_perm(SEE_ISSUED)
        if sees_issued and self.is_manager:
            return rows
        shown = Q(badge__organization__in=self._trees_of_classes())
        if sees_issued:
            shown |= Q(pk__in=IssuedBadge.objects.visible_to(self.user).filter(student=self.student).values("pk"))
        return rows.filter(shown)

    @property
    def enrollments(self) -> EnrollmentQuerySet:
        """The student's places in classes that the user may know of."""
        rows = Enrollment.objects.filter(student=self.student)
        return rows if self.sees_training else _on_rosters_of(self.user).filter(student=self.student)

    @property
    def assignments(self) -> CourseAssignmentQuerySet:
        """The student's course assignments that the user may know of."""
        rows = CourseAssignment.objects.filter(student=self.student)
        return rows if self.sees_training else rows.none()

    @property
    def records(self) -> TrainingRecordQuerySet:
        """The student's training records that the user may know of."""
        rows = TrainingRecord.objects.filter(user=self.student)
        if self.sees_training:
            return rows
        lines = self.enrollments.annotate(words=Cast("pk", CharField())).values("words")
        return rows.filter(source=TrainingRecord.Source.ENROLLMENT, source_id__in=lines)

    def _trees_of_classes(self) -> OrganizationQuerySet:
        """Where the badges come from that a roster shows beside the student (N8)."""
        if not self.user.has_perm(SEE_ROSTERS):
            return Organization.objects.filter(pk__in=[])
        of_classes = Organization.objects.filter(pk__in=self.classes.values("organization_id"))
        return Organization.objects.in_trees_of(of_classes)

    def _of_classes(self) -> AchievementQuerySet:
        """An instructor sees of an organization what belongs to the classes he or she teaches there (S136)."""
        if not self.user.has_perm(SEE_ROSTERS):
            return Achievement.objects.none()
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
