"""Table definitions of the store, as SQLAlchemy metadata.

The migrations create the tables; a test compares them with these definitions. Statements are literal SQL and
do not use them. The columns are explained in `store/migrations/versions/0001_initial.py`.
"""

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)

metadata = MetaData()
Timestamp = DateTime(timezone=True)


def _of_connection(*, primary_key: bool = False) -> Column[object]:
    """Define the column that deletes a row together with its connection."""
    reference = ForeignKey("connections.id", ondelete="CASCADE")
    return Column("connection_id", Uuid, reference, primary_key=primary_key, nullable=False)


# Target databases with their encrypted addresses.
connections = Table(
    "connections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("dialect", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("encrypted_address", LargeBinary, nullable=False),
    Column("share_values", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", Timestamp, nullable=False, server_default=func.now()),
)

# Access policy of each connection.
policies = Table(
    "policies",
    metadata,
    _of_connection(primary_key=True),
    Column("body", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("updated_at", Timestamp, nullable=False, server_default=func.now()),
)

# Series of turns of one user about one connection.
conversations = Table(
    "conversations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("database", Text, nullable=False),
    Column("title", Text),
    Column("last_seq", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", Timestamp, nullable=False, server_default=func.now()),
    Column("updated_at", Timestamp, nullable=False, server_default=func.now()),
    Index("conversations_by_user", "user_id", text("updated_at DESC")),
)

# Executions of single turns, with lease and outcome.
runs = Table(
    "runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("database", Text, nullable=False),
    Column("input", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text),
    Column("lease_expires_at", Timestamp),
    Column("attempt", Integer, nullable=False, server_default=text("1")),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("error", Text),
    Column("usage", JSON),
    Column("pending_interrupt", JSON),
    Column("interrupt_expires_at", Timestamp),
    Column("compacted", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Timestamp, nullable=False, server_default=func.now()),
    Column("started_at", Timestamp),
    Column("finished_at", Timestamp),
    Index("runs_by_conversation", "conversation_id", "created_at"),
    Index("runs_one_running", "conversation_id", unique=True, postgresql_where=text("status = 'running'")),
    Index("runs_queued", "conversation_id", "created_at", postgresql_where=text("status = 'queued'")),
    Index(
        "runs_to_compact",
        "finished_at",
        postgresql_where=text("finished_at IS NOT NULL AND NOT compacted"),
    ),
    Index(
        "runs_interrupted",
        "interrupt_expires_at",
        postgresql_where=text("interrupt_expires_at IS NOT NULL"),
    ),
)

# Event log, several events per row. The view `run_events` shows them one by one.
event_batches = Table(
    "event_batches",
    metadata,
    Column("conversation_id", Uuid, primary_key=True),
    Column("last_seq", BigInteger, primary_key=True),
    Column("base_seq", BigInteger, nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("final_status", Text),
    Column("events", JSON, nullable=False),
)

# Current version of the schema map of each connection.
maps = Table(
    "maps",
    metadata,
    _of_connection(primary_key=True),
    Column("version", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("change_tokens", JSON, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("synced_at", Timestamp, nullable=False),
    Column("checked_at", Timestamp, nullable=False),
)

# Stored versions of each map.
map_versions = Table(
    "map_versions",
    metadata,
    _of_connection(primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Timestamp, nullable=False, server_default=func.now()),
)

# Note files that the current map includes.
map_notes = Table(
    "map_notes",
    metadata,
    _of_connection(primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
)

# Embedded passages about tables and columns. Partial HNSW indexes come and go with the size of a connection.
map_passages = Table(
    "map_passages",
    metadata,
    _of_connection(primary_key=True),
    Column("is_column", Boolean, primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("column_name", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("vector", HALFVEC, nullable=False),
)

# Column values for value lookup.
map_values = Table(
    "map_values",
    metadata,
    _of_connection(),
    Column("table_name", Text, nullable=False),
    Column("column_name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("normalized", Text, nullable=False),
    Column("keys", ARRAY(Integer), nullable=False),
    Index("map_values_by_column", "connection_id", "table_name", "column_name"),
    Index("map_values_by_normalized", "connection_id", "normalized"),
    Index("map_values_by_key", "keys", postgresql_using="gin"),
)

# Requested, running and finished syncs of maps.
map_syncs = Table(
    "map_syncs",
    metadata,
    Column("id", Uuid, primary_key=True),
    _of_connection(),
    Column("full", Boolean, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'queued'")),
    Column("job_id", BigInteger),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("task", Text),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("total", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("report", JSON),
    Column("error", Text),
    Column("requested_at", Timestamp, nullable=False, server_default=func.now()),
    Column("started_at", Timestamp),
    Column("finished_at", Timestamp),
    Index(
        "map_syncs_one_unfinished",
        "connection_id",
        unique=True,
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index("map_syncs_by_connection", "connection_id", "requested_at"),
)

# Scan results of an unfinished sync, by table.
map_sync_checkpoints = Table(
    "map_sync_checkpoints",
    metadata,
    Column("sync_id", ForeignKey("map_syncs.id", ondelete="CASCADE"), primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

# History of note files.
note_sets = Table(
    "note_sets",
    metadata,
    _of_connection(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("files", JSON, nullable=False),
    Column("created_at", Timestamp, nullable=False, server_default=func.now()),
)

# Questions with verified or proposed SQL.
examples = Table(
    "examples",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _of_connection(),
    Column("question", Text, nullable=False),
    Column("sql", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("checked_version", Integer),
    Column("created_at", Timestamp, nullable=False, server_default=func.now()),
    Index("examples_unique", "connection_id", text("md5(question)"), text("md5(sql)"), unique=True),
)

# Number of changes of the examples of each connection.
example_revisions = Table(
    "example_revisions",
    metadata,
    _of_connection(primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
