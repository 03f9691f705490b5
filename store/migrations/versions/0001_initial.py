"""Initial schema. Migrations only go forward: to go back, restore a backup.

`store/schema.py` declares the same tables for SQLAlchemy; a test compares the two.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None

# Target databases. `encrypted_address` holds address and credentials; `share_values` says whether stored
# values may be sampled, indexed and sent to a language model.
CONNECTIONS = """
CREATE TABLE connections (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_-]{1,63}$'),
    dialect text NOT NULL,
    description text NOT NULL,
    encrypted_address bytea NOT NULL,
    share_values boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""

# Access policy of a connection, as its author wrote it: the version that reads it validates it again. `salt`
# goes into the hashes of masked values.
POLICIES = """
CREATE TABLE policies (
    connection_id uuid PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
    body text NOT NULL,
    salt text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
)
"""

# Series of turns of one user about one connection (`database` is its name). `last_seq` changes with each
# batch of events: the free space keeps the new row version on its page (HOT update), which also requires that
# no index contains the column.
CONVERSATIONS = """
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    user_id text NOT NULL,
    database text NOT NULL,
    title text,
    last_seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70)
"""
CONVERSATIONS_BY_USER = "CREATE INDEX conversations_by_user ON conversations (user_id, updated_at DESC)"

# One row per run. `owner` is the process that executes it, `attempt` counts takeovers. `pending_interrupt` is
# the question to the user that an interrupted run waits for, until `interrupt_expires_at`. `compacted`: its
# intermediate events have been deleted. `lease_expires_at` changes with each heartbeat and is in no index,
# for the reason given above: expired leases are found among the few rows of `runs_one_running`.
RUNS = """
CREATE TABLE runs (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    user_id text NOT NULL,
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
    usage json,
    pending_interrupt json,
    interrupt_expires_at timestamptz,
    compacted boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    CHECK (status <> 'running' OR (owner IS NOT NULL AND lease_expires_at IS NOT NULL)),
    CHECK ((status IN ('queued', 'running')) = (finished_at IS NULL))
) WITH (fillfactor = 70)
"""
RUN_INDEXES = (
    "CREATE UNIQUE INDEX runs_one_running ON runs (conversation_id) WHERE status = 'running'",
    "CREATE INDEX runs_by_conversation ON runs (conversation_id, created_at)",
    "CREATE INDEX runs_queued ON runs (conversation_id, created_at) WHERE status = 'queued'",
    "CREATE INDEX runs_to_compact ON runs (finished_at) WHERE finished_at IS NOT NULL AND NOT compacted",
    "CREATE INDEX runs_interrupted ON runs (interrupt_expires_at) WHERE interrupt_expires_at IS NOT NULL",
)

# Event log. Events that are appended together are one row, since a row has a cost of its own and a question
# has a few dozen events. Each is `[position, channel, name, payload]` with the sequence number `base_seq +
# position`; `last_seq` is that of the last. `final_status` is set on the batch that ends a run. No foreign
# keys: they would be checked at each append; deleting a conversation deletes its events. `json`, not `jsonb`:
# it stores the text unchanged, and accepts an escaped NUL.
EVENT_BATCHES = """
CREATE TABLE event_batches (
    conversation_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    base_seq bigint NOT NULL,
    run_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    final_status text,
    events json NOT NULL,
    PRIMARY KEY (conversation_id, last_seq)
)
"""
# Single events, for people who look with SQL.
RUN_EVENTS = """
CREATE VIEW run_events AS
SELECT conversation_id, base_seq + (event ->> 0)::bigint AS seq, run_id,
    event ->> 1 AS channel, event ->> 2 AS name, event -> 3 AS payload, created_at
FROM event_batches, json_array_elements(events) AS event
"""

# Current version of the schema map of each connection. `change_tokens` describe the rows of each table when
# it was scanned; `embedder` made the vectors.
MAPS = """
CREATE TABLE maps (
    connection_id uuid PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
    version integer NOT NULL,
    content_hash text NOT NULL,
    change_tokens json NOT NULL,
    embedder text NOT NULL,
    synced_at timestamptz NOT NULL,
    checked_at timestamptz NOT NULL
)
"""

# Versions of each map, so that the basis of an earlier answer can be looked up. `json` for the reason given
# above: a comment of a table may contain a NUL.
MAP_VERSIONS = """
CREATE TABLE map_versions (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    version integer NOT NULL,
    body json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, version)
)
"""

# Note files that the current map includes.
MAP_NOTES = """
CREATE TABLE map_notes (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    position integer NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (connection_id, position)
)
"""

# Embedded passages about tables and columns; that of a table has an empty `column_name`. Vectors may have any
# length, because embedders differ. No HNSW index for all connections: filtered by connection it finds a tenth
# of the matches, and an exact search within one connection takes 2 ms. Large connections get partial indexes
# (`store/maps/vector_indexes.py`).
MAP_PASSAGES = """
CREATE TABLE map_passages (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    is_column boolean NOT NULL,
    table_name text NOT NULL,
    column_name text NOT NULL,
    hash text NOT NULL,
    body text NOT NULL,
    vector halfvec NOT NULL,
    PRIMARY KEY (connection_id, is_column, table_name, column_name)
)
"""

# Column values for value lookup. `normalized` is the value as plain words. `keys` are hashes of its words, of
# its words with one letter removed and of its word pairs, salted with the connection: one index serves all
# connections, and their keys do not collide.
MAP_VALUES = """
CREATE TABLE map_values (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    table_name text NOT NULL,
    column_name text NOT NULL,
    value text NOT NULL,
    normalized text NOT NULL,
    keys integer[] NOT NULL
)
"""
# The GIN index keeps `fastupdate`: the map writer empties the pending list in the transaction that fills it.
# Otherwise every search would read the list, and the planner would prefer a sequential scan (200 ms for
# 20,000 values instead of 0.5 ms).
MAP_VALUE_INDEXES = (
    "CREATE INDEX map_values_by_column ON map_values (connection_id, table_name, column_name)",
    "CREATE INDEX map_values_by_normalized ON map_values (connection_id, normalized)",
    "CREATE INDEX map_values_by_key ON map_values USING gin (keys)",
)

# Syncs of maps, as users see them. The job of the queue (`job_id`) belongs to procrastinate and is deleted
# when the sync has finished.
MAP_SYNCS = """
CREATE TABLE map_syncs (
    id uuid PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    "full" boolean NOT NULL,
    status text NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    job_id bigint,
    cancel_requested boolean NOT NULL DEFAULT false,
    task text,
    done integer NOT NULL DEFAULT 0,
    total integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    report json,
    error text,
    requested_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz
)
"""
MAP_SYNC_INDEXES = (
    "CREATE UNIQUE INDEX map_syncs_one_unfinished ON map_syncs (connection_id) WHERE finished_at IS NULL",
    "CREATE INDEX map_syncs_by_connection ON map_syncs (connection_id, requested_at)",
)

# Scan results of an unfinished sync by table, so that it can resume after its process was killed.
MAP_SYNC_CHECKPOINTS = """
CREATE TABLE map_sync_checkpoints (
    sync_id uuid NOT NULL REFERENCES map_syncs ON DELETE CASCADE,
    table_name text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (sync_id, table_name)
)
"""

# History of note files; the highest number is in force. A rollback adds the earlier set under a new number,
# so that nothing is lost.
NOTE_SETS = """
CREATE TABLE note_sets (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    number integer NOT NULL,
    files json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, number)
)
"""

# Questions with verified or proposed SQL. `checked_version` is the map version it was last validated against.
EXAMPLES = """
CREATE TABLE examples (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    question text NOT NULL,
    sql text NOT NULL,
    author text NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'verified', 'archived')),
    tags text[] NOT NULL,
    reason text NOT NULL DEFAULT '',
    checked_version integer,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""
# Hashed, because a query may be longer than an index key.
EXAMPLES_UNIQUE = "CREATE UNIQUE INDEX examples_unique ON examples (connection_id, md5(question), md5(sql))"

# Counts changes of the examples of a connection, so that processes notice that their index is out of date.
EXAMPLE_REVISIONS = """
CREATE TABLE example_revisions (
    connection_id uuid PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
    revision bigint NOT NULL
)
"""


def upgrade() -> None:
    """Create the tables, and those of the job queue."""
    statements = (
        *("CREATE EXTENSION IF NOT EXISTS vector", CONNECTIONS, POLICIES),
        *(CONVERSATIONS, CONVERSATIONS_BY_USER, RUNS, *RUN_INDEXES, EVENT_BATCHES, RUN_EVENTS),
        *(MAPS, MAP_VERSIONS, MAP_NOTES, MAP_PASSAGES, MAP_VALUES, *MAP_VALUE_INDEXES),
        *(MAP_SYNCS, *MAP_SYNC_INDEXES, MAP_SYNC_CHECKPOINTS, NOTE_SETS),
        *(EXAMPLES, EXAMPLES_UNIQUE, EXAMPLE_REVISIONS),
    )
    for statement in statements:
        op.execute(statement)
    # Sent as a whole: it has no parameters, and contains functions with semicolons.
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
