"""Whether values of a connection may be told to a language model."""

from alembic import op

revision = "0007"
down_revision = "0006"

TELLS_VALUES = "ALTER TABLE connections ADD COLUMN tells_values boolean NOT NULL DEFAULT true"


def upgrade() -> None:
    """Let every connection that is there go on as it was."""
    op.execute(TELLS_VALUES)
