"""Conversations, their runs and events, and the connections to targets.

Migrations go forward only: to go back, restore a backup.
"""

from alembic import op

revision = "0001"
down_revision = None

CONNECTIONS = """
CREATE TABLE connections (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_-]{1,63}$'),
    dialect text NOT NULL,
    description text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""

# `last_seq` changes with every batch of events: the free space keeps each change on its page, and no index
# may hold a column that changes with it.
CONVERSATIONS = """
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    asker text NOT NULL,
    database text NOT NULL,
    title text,
    last_seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70)
"""

# `lease_expires_at` changes with every heartbeat: the same goes for it. Whoever looks for expired leases
# finds the few running runs by `runs_one_running`.
RUNS = """
CREATE TABLE runs (
    id uuid PRIMARY KEY,
    conversation uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    asker text NOT NULL,
    question text NOT NULL,
    database text NOT NULL,
    input json NOT NULL,
    status text NOT NULL
        CHECK (status IN ('queued', 'running', 'interrupted', 'completed', 'failed', 'cancelled')),
    owner text,
    lease_expires_at timestamptz,
    attempt integer NOT NULL DEFAULT 1,
    cancel_requested boolean NOT NULL DEFAULT false,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    CHECK (status <> 'running' OR (owner IS NOT NULL AND lease_expires_at IS NOT NULL)),
    CHECK ((status IN ('queued', 'running')) = (finished_at IS NULL))
) WITH (fillfactor = 70)
"""

# No foreign keys: each would be looked up for every piece of a reply. Whoever removes a conversation removes
# its events. `json`, not `jsonb`: kept as it was written, and text with a zero character is no error.
EVENTS = """
CREATE TABLE run_events (
    conversation uuid NOT NULL,
    seq bigint NOT NULL,
    run_id uuid NOT NULL,
    channel text NOT NULL,
    name text,
    payload json NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (conversation, seq)
)
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.execute(CONNECTIONS)
    op.execute(CONVERSATIONS)
    op.execute("CREATE INDEX conversations_of_asker ON conversations (asker, updated_at DESC)")
    op.execute(RUNS)
    op.execute("CREATE UNIQUE INDEX runs_one_running ON runs (conversation) WHERE status = 'running'")
    op.execute("CREATE INDEX runs_of_conversation ON runs (conversation, created_at)")
    op.execute("CREATE INDEX runs_queued ON runs (created_at) WHERE status = 'queued'")
    op.execute("CREATE INDEX runs_finished ON runs (finished_at) WHERE finished_at IS NOT NULL")
    op.execute(EVENTS)
    op.execute("CREATE INDEX run_events_at ON run_events USING brin (at)")
