import datetime as dt
from typing import Any

import pytest

from courses.models import (
    ContentProvider,
    Course,
    CourseAssignment,
    CourseTag,
    Lab,
    LearningPath,
    PublishingGroup,
    SubscriptionProfile,
    TrainingRecord,
)
from tests.factories import (
    PAST,
    ContentProviderFactory,
    CourseActivityFactory,
    CourseAssignmentFactory,
    CourseFactory,
    CourseTagFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    PublishingGroupFactory,
    SubscriptionProfileFactory,
    TrainingRecordFactory,
)
from tests.violations import violates

pytestmark = pytest.mark.django_db

OWNED: dict[type[Any], Any] = {
    ContentProvider: ContentProviderFactory,
    PublishingGroup: PublishingGroupFactory,
    CourseTag: CourseTagFactory,
    Lab: LabFactory,
    Course: CourseFactory,
    SubscriptionProfile: SubscriptionProfileFactory,
    LearningPath: LearningPathFactory,
}


@pytest.mark.parametrize(
    ("factory", "constraint"),
    [
        (ContentProviderFactory, "content_provider_name_unique"),
        (PublishingGroupFactory, "publishing_group_name_unique"),
        (CourseTagFactory, "course_tag_name_unique"),
        (SubscriptionProfileFactory, "subscription_profile_name_unique"),
    ],
)
def test_names_differ_within_an_organization(factory, constraint):
    row = factory.create()

    with violates(constraint):
        factory.create(organization=row.organization, name=row.name)


@pytest.mark.parametrize(
    ("factory", "constraint"), [(LabFactory, "lab_number_unique"), (CourseFactory, "course_number_unique")]
)
def test_numbers_differ_within_an_organization(factory, constraint):
    row = factory.create(number="A-1")

    with violates(constraint):
        factory.create(organization=row.organization, number="A-1")


@pytest.mark.parametrize("factory", [LabFactory, CourseFactory])
def test_several_may_have_no_number(factory):
    row = factory.create()

    assert factory.create(organization=row.organization).number == ""


def test_a_passing_score_is_a_percentage():
    with violates("lab_passing_score_is_a_percentage"):
        LabFactory.create(passing_score=101)


@pytest.mark.parametrize(("kind", "has_lab"), [("lab", False), ("video", True)])
def test_a_lab_activity_and_no_other_names_a_lab(kind, has_lab):
    with violates("course_activity_lab_names_its_lab"):
        CourseActivityFactory.create(kind=kind, lab=LabFactory.create() if has_lab else None)


def test_paths_differ_in_name_within_a_subscription_profile():
    path = LearningPathFactory.create()

    with violates("learning_path_name_unique"):
        LearningPathFactory.create(subscription_profile=path.subscription_profile, name=path.name)


def test_a_course_is_on_a_path_once():
    step = LearningPathCourseFactory.create()

    with violates("learning_path_course_once"):
        LearningPathCourseFactory.create(learning_path=step.learning_path, course=step.course)


def test_a_place_on_a_path_is_taken_once():
    step = LearningPathCourseFactory.create(position=1)

    with violates("learning_path_place_once"):
        LearningPathCourseFactory.create(learning_path=step.learning_path, position=1)


def test_a_source_has_one_training_record():
    record = TrainingRecordFactory.create()

    with violates("training_record_source_unique"):
        TrainingRecordFactory.create(source=record.source, source_id=record.source_id)


def test_a_training_record_is_of_a_lab_or_a_course():
    with violates("training_record_of_a_lab_or_a_course"):
        TrainingRecordFactory.create(course=None, lab=None)


def test_a_training_record_ends_after_its_start():
    with violates("training_record_ends_after_its_start"):
        TrainingRecordFactory.create(completed_at=PAST - dt.timedelta(seconds=1))


@pytest.mark.parametrize(
    ("score", "max_score"), [(8, 7), (0, 0), (7, None), (None, 7)], ids=["above", "of nothing", "alone", "missing"]
)
def test_a_score_is_within_its_maximum(score, max_score):
    with violates("training_record_score_within_its_maximum"):
        TrainingRecordFactory.create(course=None, lab=LabFactory.create(), score=score, max_score=max_score)


@pytest.mark.parametrize(
    ("field", "values"), [("score", {"score": -1, "max_score": 7}), ("max_score", {"score": 0, "max_score": -7})]
)
def test_a_score_is_not_negative(field, values):
    with violates(f"courses_trainingrecord_{field}_check"):
        TrainingRecordFactory.create(course=None, lab=LabFactory.create(), **values)


def test_only_a_record_of_a_lab_has_a_score():
    with violates("training_record_score_is_of_a_lab"):
        TrainingRecordFactory.create(score=7, max_score=7)


@pytest.mark.parametrize(("score", "max_score"), [(0, 1), (7, 7), (32_767, 32_767), (None, None)])
def test_a_record_of_a_lab_in_a_course_may_have_a_score(score, max_score):
    record = TrainingRecordFactory.create(lab=LabFactory.create(), score=score, max_score=max_score)

    record.refresh_from_db()
    assert (record.score, record.max_score) == (score, max_score)


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_an_administrator_sees_what_managed_organizations_own(world, model):
    there = set(model.objects.all())  # the course of the world, and what it needs
    own = OWNED[model].create(organization=world.academy)
    OWNED[model].create(organization=world.outside)

    assert set(model.objects.visible_to(world.administrator)) - there == {own}


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
@pytest.mark.parametrize("persona", ["instructor", "contractor", "student", "stranger"])
def test_others_administer_nothing(world, model, persona):
    OWNED[model].create(organization=world.academy)

    assert list(model.objects.visible_to(world.personas[persona])) == []


def test_a_course_is_ready_with_a_content_provider_and_a_publishing_group(world):
    ready, archived, unpublished = (
        CourseFactory.create(content_provider=ContentProviderFactory.create()) for _ in range(3)
    )
    groups = [PublishingGroupFactory.create() for _ in range(2)]
    ready.publishing_groups.set(groups)
    archived.publishing_groups.set(groups)
    Course.objects.filter(pk=archived.pk).update(is_archived=True)
    assert unpublished.publishing_groups.count() == 0

    assert list(Course.objects.exclude(pk=world.course.pk).ready_for_training()) == [ready]


def test_an_assignment_is_seen_by_its_student_and_by_who_administers(world):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    CourseAssignmentFactory.create(student=world.guest, course__organization=world.outside)

    seen = {n for n, user in world.personas.items() if assignment in CourseAssignment.objects.visible_to(user)}

    assert seen == {"administrator", "student"}
    assert list(CourseAssignment.objects.visible_to(world.administrator)) == [assignment]


def test_an_assignment_is_managed_by_student_or_by_course(world):
    by_student = CourseAssignmentFactory.create(student=world.student, course__organization=world.outside)
    by_course = CourseAssignmentFactory.create(student=world.stranger, course=world.course)
    CourseAssignmentFactory.create(student=world.administrator, course__organization=world.outside)
    world.administrator.managed_organizations.set([world.academy])

    assert set(CourseAssignment.objects.all().managed_by(world.administrator)) == {by_student, by_course}


def test_training_records_are_seen_by_their_owner_and_by_who_administers_the_owner(world):
    record = TrainingRecordFactory.create(user=world.student)
    TrainingRecordFactory.create(user=world.guest, course=world.course)

    seen = {n for n, user in world.personas.items() if record in TrainingRecord.objects.visible_to(user)}

    assert seen == {"administrator", "student"}
    assert list(TrainingRecord.objects.visible_to(world.administrator)) == [record]
