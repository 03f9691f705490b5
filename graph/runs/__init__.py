"""Run execution: service, workers, event log, admission, snapshots."""
