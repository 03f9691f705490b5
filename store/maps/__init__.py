"""Schema maps in PostgreSQL: versions, vector indexes, note sets, sync jobs."""
