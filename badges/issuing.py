"""The only code that creates an IssuedBadge: by hand for many pairs, or for what the sweep found."""
