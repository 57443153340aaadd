"""The pages of badges, a module for each kind."""
