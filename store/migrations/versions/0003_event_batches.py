"""Events in batches; what runs wait for, what they used, and whether they are folded."""

from alembic import op

revision = "0003"
down_revision = "0002"

# What came together is one row: a row has a price of its own, and a question has a few dozen events. Each
# event is `[nth, channel, name, payload]`, and its number `before + nth`; `seq` is that of the last.
BATCHES = """
CREATE TABLE event_batches (
    conversation uuid NOT NULL,
    seq bigint NOT NULL,
    before bigint NOT NULL,
    run_id uuid NOT NULL,
    at timestamptz NOT NULL,
    ending text,
    events json NOT NULL,
    PRIMARY KEY (conversation, seq)
)
"""

KEEP = """
INSERT INTO event_batches (conversation, seq, before, run_id, at, ending, events)
SELECT conversation, seq, seq - 1, run_id, at,
    CASE WHEN channel = 'lifecycle'
        AND payload ->> 'event' IN ('completed', 'failed', 'interrupted', 'cancelled')
        THEN payload ->> 'event' END,
    json_build_array(json_build_array(1, channel, name, payload))
FROM run_events
"""

# For people, and for whoever wants to look at single events with SQL.
VIEW = """
CREATE VIEW run_events AS
SELECT conversation, before + (event ->> 0)::bigint AS seq, run_id,
    event ->> 1 AS channel, event ->> 2 AS name, event -> 3 AS payload, at
FROM event_batches, json_array_elements(events) AS event
"""

RUNS = """
ALTER TABLE runs
    ADD COLUMN usage json,
    ADD COLUMN waiting json,
    ADD COLUMN waits_until timestamptz,
    ADD COLUMN folded boolean NOT NULL DEFAULT false
"""


def upgrade() -> None:
    op.execute(BATCHES)
    op.execute(KEEP)
    op.execute("DROP TABLE run_events")
    op.execute(VIEW)
    op.execute(RUNS)
    op.execute("DROP INDEX runs_queued")
    op.execute("CREATE INDEX runs_queued ON runs (conversation, created_at) WHERE status = 'queued'")
    op.execute("DROP INDEX runs_finished")
    op.execute(
        "CREATE INDEX runs_unfolded ON runs (finished_at) WHERE finished_at IS NOT NULL AND NOT folded"
    )
    op.execute("CREATE INDEX runs_waiting ON runs (waits_until) WHERE waits_until IS NOT NULL")
