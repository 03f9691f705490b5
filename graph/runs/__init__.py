"""Run execution: service, worker, executor, event log, admission control and snapshots."""
