"""Table definitions compared with the migrations."""

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from store.database import Database
from store.schema import metadata


def is_declared(name: str | None, kind: str, parents: object) -> bool:
    """Leave out the tables of procrastinate and of Alembic itself."""
    return kind != "table" or not (name or "").startswith(("procrastinate", "alembic"))


async def test_the_migrations_create_the_tables_that_are_declared(database: Database) -> None:
    options = {"include_name": is_declared, "compare_type": True, "compare_server_default": True}
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(database.conninfo), poolclass=NullPool
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
