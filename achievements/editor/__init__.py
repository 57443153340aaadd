"""The builder: conditions as rows of a form, as text, and as the history of their changes."""
