"""Earlier sets of notes, and questions with queries that are known to be right."""

from alembic import op

revision = "0006"
down_revision = "0005"

# The last one is in force. An earlier one is put in force again as a new one, so that nothing gets lost.
NOTE_SETS = """
CREATE TABLE note_sets (
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    number integer NOT NULL,
    files json NOT NULL,
    put_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, number)
)
"""

NOTES_SO_FAR = """
INSERT INTO note_sets (connection_id, number, files)
SELECT connection_id, 1, json_agg(json_build_array(name, body) ORDER BY position)
FROM map_notes GROUP BY connection_id
"""

# `judged_version` is the map it was last held against.
EXAMPLES = """
CREATE TABLE examples (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
    question text NOT NULL,
    sql text NOT NULL,
    author text NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'verified', 'retired')),
    tags text[] NOT NULL,
    reason text NOT NULL DEFAULT '',
    judged_version integer,
    added_at timestamptz NOT NULL DEFAULT now()
)
"""

# A query may be longer than a key of an index.
EXAMPLES_ONCE = "CREATE UNIQUE INDEX examples_once ON examples (connection_id, md5(question), md5(sql))"

# Counts changes, so that who holds examples in memory hears of them.
EXAMPLE_CHANGES = """
CREATE TABLE example_changes (
    connection_id uuid PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
    count bigint NOT NULL
)
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(NOTE_SETS)
    op.execute(NOTES_SO_FAR)
    op.execute(EXAMPLES)
    op.execute(EXAMPLES_ONCE)
    op.execute(EXAMPLE_CHANGES)
