"""Template tags of badges."""
