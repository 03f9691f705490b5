"""The map of each connection: its versions, the notes read into it, its passages and its values."""

from alembic import op

revision = "0002"
down_revision = "0001"

# One row a connection: what is in force. `map_versions` keeps what an earlier answer was based on.
MAPS = """
CREATE TABLE maps (
    connection_id uuid PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
    version integer NOT NULL,
    content_hash text NOT NULL,
    synced_at timestamptz NOT NULL,
    checked_at timestamptz NOT NULL
)
"""

# `json`, not `jsonb`: kept as it was written, and a comment with a zero character is no error.
VERSIONS = """
CREATE TABLE map_versions (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    version integer NOT NULL,
    body json NOT NULL,
    synced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, version)
)
"""

NOTES = """
CREATE TABLE map_notes (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    position integer NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (connection_id, position)
)
"""

# A passage of a table has `of_column` false and an empty `column_name`. No HNSW index on purpose: with
# a filter on the connection it finds a tenth of what is there, and an exact look within one takes 2 ms.
PASSAGES = """
CREATE TABLE map_passages (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    of_column boolean NOT NULL,
    table_name text NOT NULL,
    column_name text NOT NULL,
    hash text NOT NULL,
    body text NOT NULL,
    vector halfvec(256) NOT NULL,
    PRIMARY KEY (connection_id, of_column, table_name, column_name)
)
"""

# `plain` is the value in plain words. `keys` are numbers made of its words, of its words with one letter left
# out, and of its pairs of words, salted with the connection: one index serves all, and none meets another's.
VALUES = """
CREATE TABLE map_values (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    table_name text NOT NULL,
    column_name text NOT NULL,
    value text NOT NULL,
    plain text NOT NULL,
    keys integer[] NOT NULL
)
"""

# Without `fastupdate = off` new keys wait in a list that every search reads through, and the planner, knowing
# that, reads the whole table instead: 200 ms for 20,000 values, and 0.5 ms like this.
VALUES_BY_KEY = "CREATE INDEX map_values_keys ON map_values USING gin (keys) WITH (fastupdate = off)"


def upgrade() -> None:
    """Make the tables."""
    op.execute(MAPS)
    op.execute(VERSIONS)
    op.execute(NOTES)
    op.execute(PASSAGES)
    op.execute(VALUES)
    op.execute("CREATE INDEX map_values_of_column ON map_values (connection_id, table_name, column_name)")
    op.execute("CREATE INDEX map_values_plain ON map_values (connection_id, plain)")
    op.execute(VALUES_BY_KEY)
