"""Keys of values are gathered while a map is written, and sorted into their index at its end."""

from alembic import op

revision = "0008"
down_revision = "0007"

# The list of what waits is emptied in the transaction that fills it: searches find it empty.
GATHERED = "ALTER INDEX map_values_keys SET (fastupdate = on)"


def upgrade() -> None:
    """Let keys wait in a list."""
    op.execute(GATHERED)
