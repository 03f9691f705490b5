"""The policy of each connection."""

from alembic import op

revision = "0005"
down_revision = "0004"

# As it was written: what it means is looked at again by the version that reads it.
POLICIES = """
CREATE TABLE policies (
    connection_id uuid PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
    body text NOT NULL,
    salt text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
)
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(POLICIES)
