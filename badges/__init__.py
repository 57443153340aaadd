"""Badges, their providers, and issuing. Knows nothing of classes or courses."""
