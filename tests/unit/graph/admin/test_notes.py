"""Notes put in force and taken back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from graph.admin.notes import NoteAdmin
from graph.errors import InvalidAdminRequest
from schema_docs.notes.files import NotesFile
from schema_docs.sync.drift import SchemaDrift
from schema_docs.sync.sync import SyncReport, ignore_progress
from store.catalog import Catalog, Column, Table
from store.connections.connections import Connection

PETS = Connection(uuid4(), "pets", "sqlite", "", datetime.now(UTC))
CATALOG = Catalog("sqlite", (Table(None, "pets", (Column("name", "text", "text"),)),))
GOOD = NotesFile("good.yml", "models: [{name: pets, description: Animals.}]")
OTHER = NotesFile("other.yml", "models: [{name: pets, description: Others.}]")
BROKEN = NotesFile("broken.yml", "models: [")


class Notes:
    """The history of notes, the map and its target at once."""

    def __init__(self) -> None:
        self.sets: list[list[NotesFile]] = []
        self.targets = self

    async def open(self, name: str) -> Any:
        return self

    async def catalog(self) -> Catalog:
        return CATALOG

    async def update(self, name: str, progress: Any, notes: Sequence[NotesFile]) -> SyncReport:
        self.sets.insert(0, list(notes))
        return SyncReport(1, 1, 1, 0, 0, 0, 0.0, True, SchemaDrift())

    async def history(self, id: Any) -> list[Any]:
        return [SimpleNamespace(number=len(self.sets) - at) for at, _ in enumerate(self.sets)]

    async def current(self, id: Any) -> list[NotesFile]:
        return self.sets[0] if self.sets else []

    async def files(self, id: Any, number: int) -> list[NotesFile]:
        return self.sets[len(self.sets) - number]


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def admin(notes: Notes) -> NoteAdmin:
    fake: Any = notes
    return NoteAdmin(fake, fake)


async def test_new_notes_stand_beside_those_in_force_or_replace_them(admin: NoteAdmin) -> None:
    await admin.add(PETS, [GOOD], ignore_progress)
    both = await admin.add(PETS, [OTHER], ignore_progress)
    assert both.change is not None
    assert both.change.files == ("good.yml", "other.yml")
    one = await admin.add(PETS, [OTHER], ignore_progress, replace_all=True)
    assert one.change is not None
    assert one.change.files == ("other.yml",)


async def test_one_unreadable_file_keeps_all_of_them_out(admin: NoteAdmin, notes: Notes) -> None:
    imported = await admin.add(PETS, [GOOD, BROKEN], ignore_progress)
    assert imported.change is None
    assert imported.report.unreadable
    assert notes.sets == []


async def test_a_set_is_rolled_back_and_a_file_removed(admin: NoteAdmin, notes: Notes) -> None:
    with pytest.raises(InvalidAdminRequest):
        await admin.roll_back(PETS, None, ignore_progress)
    await admin.add(PETS, [GOOD], ignore_progress)
    await admin.add(PETS, [OTHER], ignore_progress)
    assert (await admin.roll_back(PETS, None, ignore_progress)).files == ("good.yml",)
    assert (await admin.roll_back(PETS, 2, ignore_progress)).files == ("good.yml", "other.yml")
    assert (await admin.remove(PETS, "good.yml", ignore_progress)).files == ("other.yml",)
    with pytest.raises(InvalidAdminRequest):
        await admin.remove(PETS, "good.yml", ignore_progress)


async def test_before_the_first_set_there_were_no_notes(admin: NoteAdmin) -> None:
    await admin.add(PETS, [GOOD], ignore_progress)
    assert (await admin.roll_back(PETS, None, ignore_progress)).files == ()
