"""Courses, labs, learning paths, course assignments and training records."""
