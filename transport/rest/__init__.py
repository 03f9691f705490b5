"""REST endpoints for threads, runs, connections and schema syncs."""
