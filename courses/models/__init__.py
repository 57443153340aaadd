"""Courses and what they are made of, the ways to take them, and the records of training that achievements count."""

from courses.models.catalogue import (
    ContentProvider,
    Course,
    CourseActivity,
    CourseQuerySet,
    CourseTag,
    Lab,
    LearningPath,
    LearningPathCourse,
    LearningPathQuerySet,
    OwnedQuerySet,
    PublishingGroup,
    SubscriptionProfile,
)
from courses.models.training import (
    ASSIGNMENT_VALID,
    CourseAssignment,
    CourseAssignmentQuerySet,
    TrainingRecord,
    TrainingRecordQuerySet,
)

__all__ = [
    "ASSIGNMENT_VALID",
    "ContentProvider",
    "Course",
    "CourseActivity",
    "CourseAssignment",
    "CourseAssignmentQuerySet",
    "CourseQuerySet",
    "CourseTag",
    "Lab",
    "LearningPath",
    "LearningPathCourse",
    "LearningPathQuerySet",
    "OwnedQuerySet",
    "PublishingGroup",
    "SubscriptionProfile",
    "TrainingRecord",
    "TrainingRecordQuerySet",
]
