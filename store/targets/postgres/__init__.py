"""PostgreSQL target."""
