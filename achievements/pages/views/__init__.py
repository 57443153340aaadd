"""The pages of achievements, a module for each kind."""
