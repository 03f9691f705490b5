"""Target for any database that SQLAlchemy supports."""
