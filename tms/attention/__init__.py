"""Needs attention: everything that waits for a person, one line for each cause, with the repair in the line."""
