"""Documents of tables and the passages that are embedded."""
