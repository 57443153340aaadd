"""Lists: search, filters, order, columns, choosing, pages and export, for every app. Knows nothing of what is listed."""
