"""A fictional training company for `make run`: people, courses, classes, badges with art, and a year of training."""
