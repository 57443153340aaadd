"""The page that shows the audit: who did what, when, from where, and what was there before."""
