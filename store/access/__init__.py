"""Access control: roles, policies, approved queries and the catalog filter."""
