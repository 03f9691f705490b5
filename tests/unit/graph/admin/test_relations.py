"""Relationships that nobody declared, accepted and rejected."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from graph.admin.relations import DECISIONS_FILE, Relation, RelationAdmin
from graph.errors import InvalidAdminRequest
from schema_docs.notes.dbt_tests import NO_RELATIONSHIP
from schema_docs.notes.files import NotesFile
from schema_docs.schema_map import SchemaMap
from schema_docs.sync.sync import ignore_progress
from store.catalog import Catalog, Column, ForeignKey, Table
from store.connections.connections import Connection

PETS = Connection(uuid4(), "pets", "sqlite", "", datetime.now(UTC))
KEY = ForeignKey(("owner_id",), "owners", ("id",))
CATALOG = Catalog(
    "sqlite",
    (
        Table(None, "owners", (Column("id", "integer", "integer"), Column("city_id", "integer", "integer"))),
        Table(None, "visits", (Column("owner_id", "integer", "integer"),)),
    ),
)


class World:
    """A schema map and its notes."""

    def __init__(self) -> None:
        self.notes: list[NotesFile] = [NotesFile("mine.yml", "models: []")]

    async def schema(self, name: str) -> SchemaMap:
        return SchemaMap(name, 1, CATALOG, inferred_keys={"visits": (KEY,)})

    async def current(self, connection: Connection) -> Sequence[NotesFile]:
        return self.notes

    async def replace(self, connection: Connection, files: Sequence[NotesFile], progress: Any) -> None:
        self.notes = list(files)

    def decisions(self) -> list[str]:
        models = json.loads(self.notes[-1].text)["models"]
        return [name for model in models for test in model["columns"][0]["tests"] for name in test]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def admin(world: World) -> RelationAdmin:
    fake: Any = world
    return RelationAdmin(fake, fake)


async def test_relations_are_listed_with_how_they_are_known(admin: RelationAdmin) -> None:
    assert await admin.list(PETS) == [Relation("visits.owner_id", "owners.id", inferred=True)]


async def test_of_two_decisions_on_a_pair_the_later_counts(admin: RelationAdmin, world: World) -> None:
    accepted = await admin.accept(PETS, "visits.owner_id", "owners.id", ignore_progress)
    assert (str(accepted.column), world.decisions()) == ("visits.owner_id", ["relationships"])
    await admin.reject(PETS, "owners.city_id", "visits.owner_id", ignore_progress)
    await admin.reject(PETS, "visits.owner_id", "owners.id", ignore_progress)
    assert world.decisions() == [NO_RELATIONSHIP, NO_RELATIONSHIP]
    assert [file.name for file in world.notes] == ["mine.yml", DECISIONS_FILE]


@pytest.mark.parametrize("name", ["owner_id", "visits.owner", "cars.id"])
async def test_a_column_must_exist(admin: RelationAdmin, name: str) -> None:
    with pytest.raises(InvalidAdminRequest, match="There is no column"):
        await admin.accept(PETS, name, "owners.id", ignore_progress)


async def test_decisions_changed_by_hand_are_left_alone(admin: RelationAdmin, world: World) -> None:
    world.notes = [NotesFile(DECISIONS_FILE, "models:\n  - name: pets\n")]
    with pytest.raises(InvalidAdminRequest, match="edited by hand"):
        await admin.accept(PETS, "visits.owner_id", "owners.id", ignore_progress)
