"""The ground: our PostgreSQL, and the databases being asked."""
