"""Syncs as jobs, what is known of them, and vectors of any length."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004"
down_revision = "0003"

# `traces` tell by table what its rows were like when they were looked at. `embedder` made the vectors; two of
# them may differ in length, so the column no longer fixes it.
MAPS = """
ALTER TABLE maps
    ADD COLUMN traces json NOT NULL DEFAULT '{}',
    ADD COLUMN embedder text NOT NULL DEFAULT 'wordllama-l2-supercat-256'
"""
VECTORS = "ALTER TABLE map_passages ALTER COLUMN vector TYPE halfvec"

# What people are told of a sync; its job is procrastinate's, and is gone when the sync has ended.
SYNCS = """
CREATE TABLE map_syncs (
    id uuid PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    "full" boolean NOT NULL,
    status text NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    job bigint,
    cancel_requested boolean NOT NULL DEFAULT false,
    task text,
    done integer NOT NULL DEFAULT 0,
    total integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    report json,
    error text,
    asked_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz
)
"""
# One at a time for each connection.
ONE = "CREATE UNIQUE INDEX map_syncs_one ON map_syncs (connection_id) WHERE ended_at IS NULL"

# What an unfinished sync has seen of each table, so that it can go on after its process was killed.
LOOKS = """
CREATE TABLE map_looks (
    sync_id uuid NOT NULL REFERENCES map_syncs ON DELETE CASCADE,
    table_name text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (sync_id, table_name)
)
"""


def upgrade() -> None:
    """Make the tables, and those of the queue."""
    op.execute(MAPS)
    op.execute(VECTORS)
    op.execute(SYNCS)
    op.execute(ONE)
    op.execute("CREATE INDEX map_syncs_of_connection ON map_syncs (connection_id, asked_at)")
    op.execute(LOOKS)
    # The driver reads it as a whole: it has no parameters, and functions with semicolons inside.
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
