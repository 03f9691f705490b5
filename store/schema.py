"""Our tables as SQLAlchemy knows them; the migrations make them, and a test keeps the two equal."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
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
Moment = DateTime(timezone=True)

connections = Table(
    "connections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("dialect", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    Column("tells_values", Boolean, nullable=False, server_default=text("true")),
)

# As somebody wrote it. `salt` goes into the hashes that masks make.
policies = Table(
    "policies",
    metadata,
    Column("connection_id", Uuid, ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("asker", Text, nullable=False),
    Column("database", Text, nullable=False),
    Column("title", Text),
    Column("last_seq", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    Column("updated_at", Moment, nullable=False, server_default=func.now()),
    Index("conversations_of_asker", "asker", text("updated_at DESC")),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("asker", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("database", Text, nullable=False),
    Column("input", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text),
    Column("lease_expires_at", Moment),
    Column("attempt", Integer, nullable=False, server_default=text("1")),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("error", Text),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("usage", JSON),
    Column("waiting", JSON),
    Column("waits_until", Moment),
    Column("folded", Boolean, nullable=False, server_default=text("false")),
    Index("runs_of_conversation", "conversation", "created_at"),
)
Index("runs_one_running", runs.c.conversation, unique=True, postgresql_where=runs.c.status == "running")
Index("runs_queued", runs.c.conversation, runs.c.created_at, postgresql_where=runs.c.status == "queued")
Index("runs_unfolded", runs.c.finished_at, postgresql_where=runs.c.finished_at.is_not(None) & ~runs.c.folded)
Index("runs_waiting", runs.c.waits_until, postgresql_where=runs.c.waits_until.is_not(None))

# The view `run_events` shows the events one by one.
event_batches = Table(
    "event_batches",
    metadata,
    Column("conversation", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("before", BigInteger, nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    Column("ending", Text),
    Column("events", JSON, nullable=False),
)
