"""Runs: records, queue, event log and notifications in PostgreSQL."""
