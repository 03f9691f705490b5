"""SQLite target."""
