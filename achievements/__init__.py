"""What earns a badge by itself: conditions, the sweep, points."""
