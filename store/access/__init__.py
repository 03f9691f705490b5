"""Access control types: roles, policies, approved queries, catalog filter."""
