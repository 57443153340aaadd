"""Management commands of badges."""
