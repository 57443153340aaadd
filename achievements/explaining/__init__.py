"""Answers for people: why not yet, what is in reach, whom an edit would award. Writes nothing."""
