"""What each kind of file holds: its headings, what they refer to, and where its rows go. docs/import.md says it in words."""

from classes.importing.kinds.catalogue import COURSES, LABS, ORGANIZATIONS, USERS
from classes.importing.kinds.training import ATTEMPTS, CLASSES, ENROLLMENTS

KINDS = (ORGANIZATIONS, USERS, LABS, COURSES, CLASSES, ENROLLMENTS, ATTEMPTS)

__all__ = ["ATTEMPTS", "CLASSES", "COURSES", "ENROLLMENTS", "KINDS", "LABS", "ORGANIZATIONS", "USERS"]
