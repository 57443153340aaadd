"""Who brings badges to students: the built-in Open Badges issuer, and accounts at outside issuers."""
