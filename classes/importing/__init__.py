"""Training data from CSV files: users, courses, labs, classes, enrollments, attempts. docs/import.md is for its users.

`reading` turns a file into checked rows, `kinds` says what each kind of file holds, `staging` finds in the database what
the rows refer to, `merging` writes them, and `running` does it all in one transaction.
"""
