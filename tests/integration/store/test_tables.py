from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from store.database import Database
from store.schema import metadata


def is_ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or name in metadata.tables


async def test_the_migrations_make_the_tables_that_are_declared(database: Database) -> None:
    def differences(connection: Connection) -> object:
        options = {"include_name": is_ours, "compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
