"""Query results: comparison, empty-result diagnosis, user messages."""
