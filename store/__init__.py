"""Data access: the service's own PostgreSQL, and read-only access to target databases."""
