"""Schema maps in PostgreSQL: versions, vector indexes, note history, and the jobs that sync them."""
