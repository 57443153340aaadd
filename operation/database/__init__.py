"""Django's PostgreSQL backend, with what it lacks towards a server that stops answering. docs/decisions/0015 says why."""
