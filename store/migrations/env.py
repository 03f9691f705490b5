"""Alembic environment: runs migrations on the connection that `store.migrate.migrate` provides."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
