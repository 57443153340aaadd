"""Scheduled classes, enrollments, and the roster with its issuing pages."""
