"""Management commands of classes."""
