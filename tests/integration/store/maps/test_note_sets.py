"""History of note sets."""

from uuid import UUID

import pytest

from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.errors import NotFound
from store.maps.maps import MapStore
from store.maps.note_sets import MAX_NOTE_SETS, NoteSetStore
from store.maps.records import NoteFile, Revision

ONE, TWO = NoteFile("a.yml", "one"), NoteFile("b.md", "two\x7f")


@pytest.fixture
async def sales(database: Database) -> UUID:
    return (
        await ConnectionStore(database, CredentialCipher(bytes(32))).add("sales", "sqlite:////data/sales.db")
    ).id


async def put(database: Database, id: UUID, *notes: NoteFile) -> None:
    await MapStore(database).save_revision(id, Revision("{}", "", notes))


async def test_every_set_of_notes_is_kept_once(database: Database, sales: UUID) -> None:
    sets = NoteSetStore(database)
    await put(database, sales)
    assert await sets.current(sales) == ()
    for notes in ((ONE,), (ONE,), (ONE, TWO), ()):
        await put(database, sales, *notes)
    assert [(each.number, each.files) for each in await sets.history(sales)] == [
        (3, ()),
        (2, ("a.yml", "b.md")),
        (1, ("a.yml",)),
    ]
    assert await sets.files(sales, 2) == (ONE, TWO)
    assert await sets.current(sales) == ()
    with pytest.raises(NotFound):
        await sets.files(sales, 9)


async def test_the_oldest_sets_are_forgotten(database: Database, sales: UUID) -> None:
    for number in range(MAX_NOTE_SETS + 2):
        await put(database, sales, NoteFile("a.yml", str(number)))
    history = await NoteSetStore(database).history(sales)
    assert (len(history), history[0].number) == (MAX_NOTE_SETS, MAX_NOTE_SETS + 2)
