"""The pages of courses, a module for each kind."""
