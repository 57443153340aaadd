"""PostgreSQL, emptied quickly between tests that commit."""
