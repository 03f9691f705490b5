"""Database selection: resolves the connection that a conversation or a command is about."""

from store.connections.connections import Connection, ConnectionStore

# The database of conversations that name none, if there are several.
DEFAULT_DATABASE = "shop"


async def choose_database(connections: ConnectionStore, name: str | None) -> str:
    """Choose the connection of a conversation: the one named, else the only one, else the default.

    Raises `NotFound`.
    """
    if name is not None:
        return (await connections.find(name)).name
    names = [connection.name for connection in await connections.all()]
    return names[0] if len(names) == 1 else (await connections.find(DEFAULT_DATABASE)).name


async def find_connection(connections: ConnectionStore, name: str | None) -> Connection:
    """Return the connection that `choose_database` chooses. Raises `NotFound`."""
    return await connections.find(await choose_database(connections, name))
