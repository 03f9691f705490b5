"""Runs in PostgreSQL: records with leases, the queue, the event log, and notifications between processes."""
