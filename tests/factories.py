"""A factory for every model. Organizations default to one new organization each; pass what must be shared.

Numbers in names are of one length: none is the beginning of another, and names are in the order in which they were made.
"""

import datetime as dt

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from achievements.models import Achievement, EarnedAchievement, Hold, Sweep, SweepProblem
from badges.models import (
    WITHOUT_ACCOUNT,
    Badge,
    BadgeProvider,
    BadgeTemplate,
    IssuanceBatch,
    IssuanceItem,
    IssuedBadge,
    Via,
)
from classes.models import Class, Enrollment
from courses.models import (
    ContentProvider,
    Course,
    CourseActivity,
    CourseAssignment,
    CourseTag,
    Lab,
    LearningPath,
    LearningPathCourse,
    PublishingGroup,
    SubscriptionProfile,
    TrainingRecord,
)
from listing.models import SavedView
from operation.models import SweepHint
from organizations.models import Brand, Organization, User
from organizations.roles import ADMINISTRATOR, INSTRUCTOR, STUDENT

PAST = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
PASSWORD = "correct horse battery staple"


class OrganizationFactory(DjangoModelFactory[Organization]):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n:05}")


class BrandFactory(DjangoModelFactory[Brand]):
    class Meta:
        model = Brand

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Brand {n:05}")
    colour = "#8a1c4a"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    organization = factory.SubFactory(OrganizationFactory)
    username = factory.Sequence(lambda n: f"user{n:05}")
    first_name = "Uma"
    last_name = factory.Sequence(lambda n: f"User{n:05}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.test")
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def manages(self: User, create: bool, extracted: list[Organization] | None, **_: object) -> None:
        """`manages=[organization]` gives Organization Management."""
        if extracted:
            self.managed_organizations.set(extracted)


def _role(name: str):
    def give(user: User, create: bool, extracted: object, **_: object) -> None:
        if create:
            user.groups.add(Group.objects.get(name=name))

    return factory.post_generation(give)


class StudentFactory(UserFactory):
    role = _role(STUDENT)
    username = factory.Sequence(lambda n: f"student{n:05}")
    first_name = "Sam"


class InstructorFactory(UserFactory):
    role = _role(INSTRUCTOR)
    username = factory.Sequence(lambda n: f"instructor{n:05}")
    first_name = "Ines"


class AdministratorFactory(UserFactory):
    """Manages its own organization unless `manages` says otherwise; may enter the Django admin."""

    role = _role(ADMINISTRATOR)
    username = factory.Sequence(lambda n: f"administrator{n:05}")
    first_name = "Ada"
    is_staff = True

    @factory.post_generation
    def manages(self: User, create: bool, extracted: list[Organization] | None, **_: object) -> None:
        self.managed_organizations.set([self.organization] if extracted is None else extracted)


class BadgeProviderFactory(DjangoModelFactory[BadgeProvider]):
    class Meta:
        model = BadgeProvider

    name = factory.Sequence(lambda n: f"Provider {n:05}")
    organization = factory.SubFactory(OrganizationFactory)
    kind = BadgeProvider.Kind.BUILT_IN
    api_url = factory.LazyAttribute(lambda row: "" if row.kind in WITHOUT_ACCOUNT else "https://api.badges.example/v1")


class BadgeTemplateFactory(DjangoModelFactory[BadgeTemplate]):
    class Meta:
        model = BadgeTemplate

    provider = factory.SubFactory(BadgeProviderFactory)
    external_id = factory.Sequence(lambda n: f"template-{n:05}")
    name = factory.Sequence(lambda n: f"Template {n:05}")
    read_at = PAST


class BadgeFactory(DjangoModelFactory[Badge]):
    class Meta:
        model = Badge

    name = factory.Sequence(lambda n: f"Badge {n:05}")
    organization = factory.SubFactory(OrganizationFactory)
    provider = factory.SubFactory(BadgeProviderFactory, organization=factory.SelfAttribute("..organization"))
    manual_issuance = True


class IssuanceBatchFactory(DjangoModelFactory[IssuanceBatch]):
    class Meta:
        model = IssuanceBatch

    idempotency_key = factory.Faker("uuid4", cast_to=None)
    organization = factory.SubFactory(OrganizationFactory)
    via = Via.ROSTER
    issued_by = factory.SubFactory(UserFactory, organization=factory.SelfAttribute("..organization"))
    created_at = PAST


class IssuedBadgeFactory(DjangoModelFactory[IssuedBadge]):
    class Meta:
        model = IssuedBadge

    badge = factory.SubFactory(BadgeFactory)
    provider = factory.SelfAttribute("badge.provider")
    student = factory.SubFactory(StudentFactory, organization=factory.SelfAttribute("..badge.organization"))
    issued_at = PAST
    recipient_email = factory.SelfAttribute("student.email")
    via = Via.ROSTER
    delivery = IssuedBadge.Delivery.DELIVERED
    status = IssuedBadge.Status.ACCEPTED
    delivered_at = PAST


class IssuanceItemFactory(DjangoModelFactory[IssuanceItem]):
    class Meta:
        model = IssuanceItem

    batch = factory.SubFactory(IssuanceBatchFactory)
    badge = factory.SubFactory(BadgeFactory)
    student = factory.SubFactory(StudentFactory)
    code = "already_held"
    message = "Refused."


class ContentProviderFactory(DjangoModelFactory[ContentProvider]):
    class Meta:
        model = ContentProvider

    name = factory.Sequence(lambda n: f"Content provider {n:05}")
    organization = factory.SubFactory(OrganizationFactory)


class PublishingGroupFactory(DjangoModelFactory[PublishingGroup]):
    class Meta:
        model = PublishingGroup

    name = factory.Sequence(lambda n: f"Publishing group {n:05}")
    organization = factory.SubFactory(OrganizationFactory)


class CourseTagFactory(DjangoModelFactory[CourseTag]):
    class Meta:
        model = CourseTag

    name = factory.Sequence(lambda n: f"Tag {n:05}")
    organization = factory.SubFactory(OrganizationFactory)


class LabFactory(DjangoModelFactory[Lab]):
    class Meta:
        model = Lab

    name = factory.Sequence(lambda n: f"Lab {n:05}")
    organization = factory.SubFactory(OrganizationFactory)


class CourseFactory(DjangoModelFactory[Course]):
    class Meta:
        model = Course
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Course {n:05}")
    organization = factory.SubFactory(OrganizationFactory)

    @factory.post_generation
    def tags(self: Course, create: bool, extracted: list[CourseTag] | None, **_: object) -> None:
        if extracted:
            self.tags.set(extracted)

    @factory.post_generation
    def badges(self: Course, create: bool, extracted: list[Badge] | None, **_: object) -> None:
        if extracted:
            self.badges.set(extracted)

    @factory.post_generation
    def published_to(self: Course, create: bool, extracted: list[Organization] | None, **_: object) -> None:
        """Make it ready for training in these organizations."""
        if extracted:
            self.content_provider = ContentProviderFactory.create(organization=self.organization)
            self.save(update_fields=["content_provider"])
            group = PublishingGroupFactory.create(organization=self.organization)
            group.publishes_to.set(extracted)
            self.publishing_groups.add(group)


class CourseActivityFactory(DjangoModelFactory[CourseActivity]):
    class Meta:
        model = CourseActivity

    course = factory.SubFactory(CourseFactory)
    name = factory.Sequence(lambda n: f"Activity {n:05}")
    kind = CourseActivity.Kind.VIDEO
    position = factory.Sequence(lambda n: n)


class SubscriptionProfileFactory(DjangoModelFactory[SubscriptionProfile]):
    class Meta:
        model = SubscriptionProfile

    name = factory.Sequence(lambda n: f"Subscription {n:05}")
    organization = factory.SubFactory(OrganizationFactory)


class LearningPathFactory(DjangoModelFactory[LearningPath]):
    class Meta:
        model = LearningPath

    name = factory.Sequence(lambda n: f"Path {n:05}")
    organization = factory.SubFactory(OrganizationFactory)
    subscription_profile = factory.SubFactory(
        SubscriptionProfileFactory, organization=factory.SelfAttribute("..organization")
    )


class LearningPathCourseFactory(DjangoModelFactory[LearningPathCourse]):
    class Meta:
        model = LearningPathCourse

    learning_path = factory.SubFactory(LearningPathFactory)
    course = factory.SubFactory(CourseFactory)
    position = factory.Sequence(lambda n: n)


class CourseAssignmentFactory(DjangoModelFactory[CourseAssignment]):
    class Meta:
        model = CourseAssignment

    student = factory.SubFactory(StudentFactory)
    course = factory.SubFactory(CourseFactory, organization=factory.SelfAttribute("..student.organization"))
    assigned_at = PAST
    expires_at = None


class TrainingRecordFactory(DjangoModelFactory[TrainingRecord]):
    """A completed attempt at a course by default; pass `lab=…, course=None` for a lab."""

    class Meta:
        model = TrainingRecord

    user = factory.SubFactory(StudentFactory)
    course = factory.SubFactory(CourseFactory, organization=factory.SelfAttribute("..user.organization"))
    started_at = PAST
    completed_at = factory.LazyAttribute(lambda record: record.started_at + dt.timedelta(hours=1))
    source = TrainingRecord.Source.IMPORT
    source_id = factory.Sequence(str)


class ClassFactory(DjangoModelFactory[Class]):
    """A class that ran in the past."""

    class Meta:
        model = Class
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Class {n:05}")
    organization = factory.SubFactory(OrganizationFactory)
    course = factory.SubFactory(CourseFactory, organization=factory.SelfAttribute("..organization"))
    starts_at = PAST
    ends_at = factory.LazyAttribute(lambda klass: klass.starts_at + dt.timedelta(hours=8))

    @factory.post_generation
    def instructors(self: Class, create: bool, extracted: list[User] | None, **_: object) -> None:
        if extracted:
            self.instructors.set(extracted)


class EnrollmentFactory(DjangoModelFactory[Enrollment]):
    class Meta:
        model = Enrollment

    klass = factory.SubFactory(ClassFactory)
    student = factory.SubFactory(StudentFactory, organization=factory.SelfAttribute("..klass.organization"))
    enrollment_status = Enrollment.Status.ENROLLED
    enrolled_at = PAST


class AchievementFactory(DjangoModelFactory[Achievement]):
    """Complete any one course, unless `conditions` says otherwise."""

    class Meta:
        model = Achievement

    name = factory.Sequence(lambda n: f"Achievement {n:05}")
    organization = factory.SubFactory(OrganizationFactory)
    conditions = [{"Subject": 10, "Count": 1, "Complete": True}]


class HoldFactory(DjangoModelFactory[Hold]):
    class Meta:
        model = Hold

    achievement = factory.SubFactory(AchievementFactory)
    version = 1
    count = 1200
    held_at = PAST


class SweepFactory(DjangoModelFactory[Sweep]):
    class Meta:
        model = Sweep

    kind = Sweep.Kind.FULL
    started_at = PAST


class SweepProblemFactory(DjangoModelFactory[SweepProblem]):
    class Meta:
        model = SweepProblem

    sweep = factory.SubFactory(SweepFactory)
    achievement = factory.SubFactory(AchievementFactory)
    code = "no_email"
    message = "Refused."


class EarnedAchievementFactory(DjangoModelFactory[EarnedAchievement]):
    class Meta:
        model = EarnedAchievement

    achievement = factory.SubFactory(AchievementFactory)
    user = factory.SubFactory(StudentFactory, organization=factory.SelfAttribute("..achievement.organization"))
    earned_at = PAST
    version = 1


class SavedViewFactory(DjangoModelFactory[SavedView]):
    """Of the list of issued badges."""

    class Meta:
        model = SavedView

    owner = factory.SubFactory(AdministratorFactory)
    page_name = "badges:issued"
    name = factory.Sequence(lambda n: f"View {n:05}")


class SweepHintFactory(DjangoModelFactory[SweepHint]):
    class Meta:
        model = SweepHint

    student_id = 1
