"""The only room that lets people in: passwords, sessions, letters to set a password, and how often one may try."""
